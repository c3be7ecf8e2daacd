"""The notifier and replays: no mail comes of one, unless two people named that very mail."""

import asyncio
from typing import Any

from tests.integration.notifier.conftest import Notifier
from tests.integration.notifier.saying import decided, placed, updated
from tests.integration.notifier.test_service import to

from replayed import order, originals, outcomes
from running_services import eventually
from service_runtime.replay.ticket import Mode

READ = ("order.placed", "allocation.decided", "shipment.updated")


async def told(notifier: Notifier, name: str) -> None:
    await notifier.hears((updated(name, 1), 3), (decided(name, 1), 1), (placed(name, **to(name)), 1))
    await notifier.until_told(name, ("confirmed", "sent"), ("delayed", "sent"), ("shipped", "sent"))
    await notifier.until_said(name, 3)


async def again(notifier: Notifier, job: str, **how: Any) -> list[str]:
    records = [record for topic in READ for record in await originals(notifier, topic)]
    await order(notifier, records, job, **how)
    return await outcomes(notifier.http, job, len(records))


async def test_all_that_was_heard_is_heard_again_and_nobody_is_told(notifier: Notifier) -> None:
    await told(notifier, "quiet")
    assert set(await again(notifier, "everything")) == {"done"}
    assert len(notifier.mails_to("quiet")) == 3
    assert len(await notifier.notices("quiet")) == 3


async def test_under_force_nobody_is_told_either(notifier: Notifier) -> None:
    await told(notifier, "forced")
    assert set(await again(notifier, "force", mode=Mode.FORCE)) == {"handled"}
    assert set(await again(notifier, "after force")) == {"done"}
    assert len(notifier.mails_to("forced")) == 3


async def test_under_force_the_mail_that_was_named_goes_once_more_and_no_other(notifier: Notifier) -> None:
    await told(notifier, "named")
    rows = await notifier.db.fetch("SELECT key FROM effect WHERE order_id = 'named' AND state = 'confirmed'")
    shipped = next(row["key"] for row in rows if "shipped" in row["key"])
    assert len(rows) == 3
    for record in [record for topic in READ for record in await originals(notifier, topic)]:
        await order(notifier, [record], "by name", mode=Mode.FORCE, effects=(shipped,))
        await asyncio.sleep(0.3)  # each in a batch of its own
    await eventually(lambda: len(notifier.mails_to("named")) == 4)
    assert set(await again(notifier, "afterwards")) == {"done"}
    state = "SELECT state = 'confirmed' AND attempts = 2 FROM effect WHERE key = $1"
    await eventually(lambda: notifier.db.fetchval(state, shipped))
    assert len(notifier.mails_to("named")) == 4
    assert len(await notifier.notices("named")) == 3


async def test_a_mail_nobody_was_told_is_not_lost_by_a_force_that_does_not_name_it(notifier: Notifier) -> None:
    await notifier.hears((placed("unnamed", **to("unnamed")), 1))
    await notifier.until_told("unnamed", ("confirmed", "sent"))
    await notifier.db.execute("DELETE FROM message WHERE order_id = 'unnamed'")
    key = await notifier.db.fetchval("DELETE FROM effect WHERE order_id = 'unnamed' RETURNING key")
    await notifier.db.execute("DELETE FROM outbox WHERE cause LIKE 'unnamed|%'")  # as if nobody had ever been told
    [record] = [one for one in await originals(notifier, "order.placed") if one.key == b"unnamed"]
    await order(notifier, [record], "not-named", mode=Mode.FORCE)
    assert await outcomes(notifier.http, "not-named", 1) == ["refused"]
    assert len(notifier.mails_to("unnamed")) == 1
    await order(notifier, [record], "named-now", mode=Mode.FORCE, effects=(key,))
    assert await outcomes(notifier.http, "named-now", 1) == ["handled"]
    await eventually(lambda: len(notifier.mails_to("unnamed")) == 2)
