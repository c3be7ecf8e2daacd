"""What order-intake listens to: each handler reads, decides, writes."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from order_events import Event
from order_intake import store
from order_intake.domain.booking import Delivery, said_on_kafka
from order_intake.domain.cancelling import keep
from order_intake.domain.checkouts import too_old, with_used_record_id
from order_intake.domain.reading import SHOPIFY, Schema, read_record, record_key, schema_of, shop_named
from order_intake.domain.shipments import with_newest
from order_intake.domain.shops import Shop, unregistered
from order_intake.doors import take, take_again
from order_intake.reads import ShipmentRead, state_of
from order_intake.store.shops import shops_of
from order_intake.timers import READ_AGAIN, on_hold_expires, on_payment_expires, on_words_known
from service_runtime import (
    Answers,
    Batch,
    ByKey,
    ByVersion,
    Connection,
    Projection,
    Received,
    Timer,
    Work,
    consumes,
    consumes_outside,
    fires,
)
from service_runtime.horizon import is_too_old

CHECKOUTS = "checkout.completed"
TELLING = frozenset({"x-schema", "x-shop"})


@consumes_outside(
    CHECKOUTS, key=record_key, replay=ByKey("the checkout's own id: what was taken is answered as before")
)
async def on_checkouts(batch: Batch[bytes], work: Work) -> Answers:
    """Take each order once, and answer each record as HTTP would."""
    answers = await take(work, await deliveries_of(work.conn, batch, lambda _: work.now))
    for received, answer in zip(batch, answers, strict=True):
        work.emit(Event(said_on_kafka(received.ce_id, answer), 1, received.cause))
    return Answers.done(batch)


async def deliveries_of(
    conn: Connection, records: Iterable[Received[bytes]], now: Callable[[Received[bytes]], datetime]
) -> list[Delivery]:
    """Records as a door takes them, each in the words that it says it is in."""
    said = [(one, headers_of(one)) for one in records]
    codes = {shop_named(headers) for _, headers in said if schema_of(headers) == Schema.SHOPIFY}
    shops = await shops_of(conn, codes) if codes else {}
    return [_delivery(one, headers, shops, now(one)) for one, headers in said]


def headers_of(received: Received[bytes]) -> dict[str, str]:
    """Those of a record's headers that say how it is read."""
    return {name: (value or b"").decode() for name, value in received.record.headers if name in TELLING}


def _delivery(
    received: Received[bytes], headers: Mapping[str, str], shops: Mapping[str, Shop], now: datetime
) -> Delivery:
    code = shop_named(headers)
    reading = read_record(received.body, headers, shops.get(code) or unregistered(code))
    read = with_used_record_id(reading) if received.conflict else reading
    if is_too_old(received.time, now):
        read = too_old(reading)
    door = f"{CHECKOUTS}/{SHOPIFY}/{code}" if schema_of(headers) == Schema.SHOPIFY else CHECKOUTS
    return Delivery(door, received.place, received.record.headers, received.body, read, received.cause)


@consumes(ShipmentRead, replay=ByVersion(store.versions))
async def on_shipments(batch: Batch[ShipmentRead], work: Work) -> Answers:
    """Keep how each shipment stands, and say what was kept after all of what an order took back."""
    seen = {received.order_id: received for received in batch}
    taken_back = await store.taken_back(work.conn, list(seen))
    held = await store.shipments_of(work.conn, list(taken_back))
    kept = {
        order_id: keep(order, with_newest(held[order_id], state_of(seen[order_id])), seen[order_id].body.settled, since)
        for order_id, (order, since) in taken_back.items()
    }
    changes = {order_id: changed for order_id, changed in kept.items() if changed}
    await save_shipments(batch, work)
    await store.diverge(work.conn, list(changes))
    await store.change_orders(work.conn, list(changes.values()), work.now)
    causes = {received.order_id: received.cause for received in batch}
    work.emit_all(Event(c.event, c.state.version, causes[order_id]) for order_id, c in changes.items())
    return Answers.done(batch)


async def save_shipments(batch: Batch[ShipmentRead], work: Work) -> None:
    """Keep how each shipment stands: all that this projection is."""
    await store.save_shipments(work.conn, [state_of(received) for received in batch])


@fires(READ_AGAIN)
async def on_read_again(batch: Batch[Timer], work: Work) -> Answers:
    """Read orders again of whose shops more words are known now: what waited for one is released."""
    await take_again(work, {timer.order_id: timer.cause for timer in batch})
    return Answers.done(batch)


HANDLERS = (on_checkouts, on_shipments, on_hold_expires, on_payment_expires, on_words_known, on_read_again)
PROJECTIONS = (Projection("shipment", ("shipment",), on_shipments, save_shipments),)
