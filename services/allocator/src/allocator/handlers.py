"""What the allocator listens to: it reads, decides, writes."""

from collections.abc import Sequence
from typing import Any

import structlog

from allocator import store
from allocator.domain.allocation import Held
from allocator.domain.announcing import events_of
from allocator.domain.codes import sku_key
from allocator.domain.order import TAKES_NO_STOCK, Line, Order
from allocator.domain.settling import Heard, settle
from allocator.domain.shipments import Shipment, ShipmentLine
from allocator.domain.stock import Shelf
from allocator.reads import (
    LineRead,
    OrderChangedRead,
    OrderPlacedRead,
    OrderRead,
    Read,
    ShipmentRead,
)
from order_events import DeliveryMethod
from service_runtime import Answers, Batch, ByVersion, Connection, Received, Work, consumes

ORDERS = (OrderPlacedRead.event_type, OrderChangedRead.event_type)
LOG = structlog.get_logger("allocator")


@consumes(
    OrderPlacedRead, OrderChangedRead, ShipmentRead,
    selector=lambda body: bool(body.matters), replay=ByVersion(store.versions),
)  # fmt: skip
async def on_orders_and_shipments(batch: Batch[Read], work: Work) -> Answers:
    """Decide each order anew against what is held and what is there, and announce decisions and stock."""
    facts = [_heard(event) for event in batch]
    held = await store.held(work.conn, [fact.order_id for fact in facts])
    shelf = await store.shelf(work.conn, _skus(facts, held))
    network = await store.network(work.conn)
    settled = settle(facts, held, shelf, network)
    await store.save(work.conn, held, settled, shelf, work.now)
    work.emit_all(events_of(settled, shelf, network, work.now))
    _tell_what_was_missing(shelf)
    return Answers.done(batch)


async def lock_stock(conn: Connection, events: Sequence[Received[Any]]) -> None:
    """Lock the stock of all SKUs that the events name, or that are held of their orders."""
    orders = [event.body.order for event in events if event.type in ORDERS]
    named = {sku_key(line.sku) for order in orders for line in order.lines}
    maybe_held = {event.order_id for event in events if event.type != OrderPlacedRead.event_type}
    await store.lock_stock(conn, named, maybe_held)


def _heard(event: Received[Read]) -> Heard:
    body = event.body
    if isinstance(body, ShipmentRead):
        return Heard(body.order_id, event.cause, shipment=shipment_of(body, event.version))
    return Heard(body.order.order_id, event.cause, order=order_of(body.order, event.version))


def shipment_of(body: ShipmentRead, version: int) -> Shipment:
    """A shipment as the domain knows it."""
    lines = [ShipmentLine(one.line_id, one.ordered, one.shipped, one.released, one.answered) for one in body.lines]
    return Shipment(body.shipment_id, version, body.location_id, tuple(lines))


def order_of(read: OrderRead, version: int) -> Order:
    """An order as the domain knows it."""
    return Order(
        order_id=read.order_id,
        version=version,
        currency=read.currency,
        policy=read.shortage_policy,
        test=read.test,
        placed_at=read.placed_at,
        latitude=read.destination.latitude,
        longitude=read.destination.longitude,
        ship_by=read.promise.ship_by,
        deliver_by=read.promise.deliver_by,
        lines=tuple([_line(one) for one in read.lines]),
        waits=read.payment.takes_no_stock,
    )


def _line(read: LineRead) -> Line:
    method = read.delivery_method
    return Line(
        read.line_id,
        read.sku,
        sku_key(read.sku),
        read.quantity,
        read.cancelled,
        read.weight_g,
        method not in TAKES_NO_STOCK,
        read.pickup_location if method is DeliveryMethod.PICKUP else None,
        read.fulfilled_elsewhere,
    )


def _skus(facts: Sequence[Heard], held: dict[str, Held]) -> set[str]:
    skus = {line.sku_key for fact in facts if fact.order for line in fact.order.lines}
    return skus.union(*(one.skus for one in held.values()))


def _tell_what_was_missing(shelf: Shelf) -> None:
    """A partner sent what it had given back, and somebody else has been promised it: an operator must count."""
    for entry in shelf.entries:
        if entry.missing:
            LOG.error(
                "more left than was there",
                sku=entry.sku,
                location_id=entry.move.location_id,
                missing=entry.missing,
                shipment_id=entry.move.reference,
                event_id=entry.cause.id,
            )
