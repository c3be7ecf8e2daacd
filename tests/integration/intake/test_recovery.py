"""What order-intake takes over of itself: the same rows, so that the same checkout is a repeat and no name comes twice."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.integration.intake.test_store import deliveries, names, order_id, state_of, taken
from tests.unit.intake.checkouts import checkout

from order_events import CancelReason, Event
from order_intake import recovery, store
from order_intake.domain.booking import Taken
from order_intake.domain.cancelling import CancelWish, Changed, cancel
from order_intake.doors import take
from service_runtime import Connection, Received, Work, json_of
from service_runtime.decoding import Routes, decode
from service_runtime.reading import Handler, Place, Record
from service_runtime.recovering import TakeOver

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def read_back(step: TakeOver, events: Sequence[Event]) -> list[Received[Any]]:
    """Events as they come from their topic."""
    routes = Routes.of([Handler(_never, {model.event_type: model for model in step.models})])
    records = [
        Record(
            Place(e.destination, 0, n), e.body.key.encode(), json_of(e.body), tuple(e.headers("order-intake", NOW)), 0
        )
        for n, e in enumerate(events)
    ]
    return [one for one in (decode(record, routes) for record in records) if isinstance(one, Received)]


async def _never(*_: Any) -> Any:
    raise AssertionError


async def rows(conn: Connection) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in await conn.fetch(
            "SELECT order_id, shop, number, version, cancelled_version, accepted_at, document::jsonb FROM orders ORDER BY order_id"
        )
    ]


async def lose_everything(conn: Connection) -> None:
    await conn.execute("TRUNCATE orders, shop_counter, refused")


async def test_orders_their_names_and_what_tells_a_repeat_are_what_they_were(conn: Connection):
    work = Work(conn, NOW)
    await take(work, deliveries(checkout(source_id="1"), checkout(source_id="2"), checkout(source_id="3", shop="B")))
    before = await rows(conn)
    await lose_everything(conn)
    assert await recovery.placed.take(conn, read_back(recovery.placed, work.events)) == 3
    assert await rows(conn) == before
    [again, new] = await taken(conn, checkout(source_id="1"), checkout(source_id="4"))
    assert isinstance(again, Taken)
    assert again.repeated
    assert names([new]) == ["#1003"]


async def test_a_cancelled_order_is_cancelled_and_knows_which_version_did_it(conn: Connection):
    work = Work(conn, NOW)
    await take(work, deliveries(checkout(source_id="1")))
    wish = CancelWish(NOW, CancelReason.CUSTOMER, "customer", None)
    changed = cancel(await state_of(conn, "1"), [], wish)
    assert isinstance(changed, Changed)
    await store.change_orders(conn, [changed], NOW)
    before = await rows(conn)
    said = [*work.events, Event(changed.event, changed.state.version, work.events[0].cause)]
    await lose_everything(conn)
    await recovery.placed.take(conn, read_back(recovery.placed, said))
    assert await recovery.changed.take(conn, read_back(recovery.changed, said)) == 1
    assert await rows(conn) == before
    assert await recovery.changed.take(conn, read_back(recovery.changed, said)) == 0
    assert (await state_of(conn, "1")).order.order_id == order_id("1")


async def test_what_an_order_was_made_of_is_kept_again_when_its_checkout_is_heard_again(conn: Connection):
    work = Work(conn, NOW)
    await take(work, deliveries(checkout(source_id="1")))
    before = await conn.fetch("SELECT at, order_ids, inputs FROM raw_batch")
    await lose_everything(conn)
    await conn.execute("TRUNCATE raw_batch")
    await recovery.placed.take(conn, read_back(recovery.placed, work.events))
    for _ in range(2):
        await recovery.raw_inputs.take(conn, deliveries(checkout(source_id="1")))
    assert await conn.fetch("SELECT at, order_ids, inputs FROM raw_batch") == before
    assert len(before) == 1
