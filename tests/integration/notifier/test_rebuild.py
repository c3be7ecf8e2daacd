"""What the notifier holds of orders is rebuilt from Kafka, and nobody is told anything by it."""

from typing import Any
from uuid import uuid4

from tests.integration.notifier.conftest import Notifier
from tests.integration.notifier.saying import an_order, cancelled, decided, placed, updated
from tests.integration.notifier.test_service import to

from order_events import OrderChanged
from running_services import eventually
from sizes import size

ORDERS = size(60, 3000)
TABLES = ("customer_order", "decision", "shipment", "eventful")


async def held(notifier: Notifier) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: [tuple(row) for row in await notifier.db.fetch(f"SELECT t::text FROM {table} t ORDER BY 1")]
        for table in TABLES
    }


async def done(notifier: Notifier) -> list[tuple[Any, ...]]:
    """What customers were told, and what was done outside."""
    sql = "SELECT message_id, status, version FROM message UNION ALL SELECT key, state, attempts FROM effect ORDER BY 1"
    return [tuple(row) for row in await notifier.db.fetch(sql)]


async def rebuilt(notifier: Notifier) -> dict[str, Any]:
    asked = {"replay_id": f"job-{uuid4().hex}", "actor": "kim", "reason": "a bug wrote it wrongly"}
    answer = await notifier.http.post("/projections/order/rebuild", json=asked)
    assert answer.status_code == 202, answer.text

    async def ended() -> dict[str, Any] | None:
        state = (await notifier.http.get("/projections/order")).json()
        return state if state["state"] != "running" else None

    return dict(await eventually(ended, timeout_s=120))


def edited(order_id: str, **more: Any) -> OrderChanged:
    order = an_order(order_id, **more)
    return OrderChanged.model_validate({"order": order, "changes": ["edited"], "reason": None, "actor": "kim"})


async def test_what_is_held_is_rebuilt_word_for_word_and_no_mail_goes_out(notifier: Notifier) -> None:
    for n in range(ORDERS):
        id_, who = f"r{n}", to(f"r{n}")
        short = 1 if n % 3 == 0 else 2
        await notifier.hears((placed(id_, **who), 1), (decided(id_, short), 1), (edited(id_, **who), 2))
        if n % 4 == 0:
            await notifier.hears((cancelled(id_, **who), 3), (decided(id_, 2, revision=2, order_version=3, asked=2), 2))
        if n % 2 == 0:
            await notifier.hears((updated(id_, 1, revision=1), 2), (updated(id_, 1, 1, revision=1), 3))

    async def quiet() -> bool:
        told = await notifier.db.fetchval("SELECT count(*) FROM message WHERE fact = 'confirmed' AND version > 0")
        under_way = await notifier.db.fetchval("SELECT count(*) FROM effect WHERE state <> 'confirmed'")
        shipped = await notifier.db.fetchval("SELECT count(*) FROM shipment WHERE version = 3")
        return bool(told == ORDERS and not under_way and shipped == (ORDERS + 1) // 2)

    await eventually(quiet, timeout_s=120)
    before, told, mails = await held(notifier), await done(notifier), len(notifier.office.taken)
    state = await rebuilt(notifier)
    assert (state["state"], state["error"]) == ("done", None)
    assert state["hash_before"] == state["hash_after"]
    assert await held(notifier) == before
    await notifier.db.execute("UPDATE customer_order SET wishes = '{}', doc = '{}' WHERE order_id = 'r1'")
    await notifier.db.execute("DELETE FROM eventful")
    state = await rebuilt(notifier)
    assert state["hash_before"] != state["hash_after"]
    assert await held(notifier) == before
    assert (await done(notifier), len(notifier.office.taken)) == (told, mails)


async def test_live_handling_goes_on_from_what_was_rebuilt(notifier: Notifier) -> None:
    await notifier.hears((placed("g1", **to("g1")), 1), (decided("g1", 2), 1))
    await notifier.until_told("g1", ("confirmed", "sent"))
    assert (await rebuilt(notifier))["state"] == "done"
    await notifier.hears((updated("g1", 2), 2))
    await notifier.until_told("g1", ("confirmed", "sent"), ("shipped", "sent"))
    assert len(notifier.mails_to("g1")) == 2
