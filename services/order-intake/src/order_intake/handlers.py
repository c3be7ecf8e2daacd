"""What order-intake listens to: each handler reads, decides, writes."""

from datetime import datetime

from order_events import Event
from order_intake import store
from order_intake.domain.booking import Delivery, said_on_kafka
from order_intake.domain.cancelling import keep
from order_intake.domain.checkouts import order_key, read_checkout, too_old, with_used_record_id
from order_intake.domain.shipments import with_newest
from order_intake.doors import take
from order_intake.reads import ShipmentRead, state_of
from order_intake.timers import on_hold_expires, on_payment_expires
from service_runtime import Answers, Batch, ByKey, ByVersion, Projection, Received, Work, consumes, consumes_outside
from service_runtime.horizon import is_too_old

CHECKOUTS = "checkout.completed"


@consumes_outside(CHECKOUTS, key=order_key, replay=ByKey("the checkout's own id: what was taken is answered as before"))
async def on_checkouts(batch: Batch[bytes], work: Work) -> Answers:
    """Take each order once, and answer each record as HTTP would."""
    answers = await take(work, [delivery_of(received, work.now) for received in batch])
    for received, answer in zip(batch, answers, strict=True):
        work.emit(Event(said_on_kafka(received.ce_id, answer), 1, received.cause))
    return Answers.done(batch)


def delivery_of(received: Received[bytes], now: datetime) -> Delivery:
    """A record as a door takes it."""
    reading = read_checkout(received.body)
    read = with_used_record_id(reading) if received.conflict else reading
    if is_too_old(received.time, now):
        read = too_old(reading)
    return Delivery(CHECKOUTS, received.place, received.record.headers, received.body, read, received.cause)


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


HANDLERS = (on_checkouts, on_shipments, on_hold_expires, on_payment_expires)
PROJECTIONS = (Projection("shipment", ("shipment",), on_shipments, save_shipments),)
