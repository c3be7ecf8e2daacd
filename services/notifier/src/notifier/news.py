"""What an event says, as the thing the notifier holds."""

from notifier.domain.hearing import short_in
from notifier.domain.things import (
    Asked,
    Decision,
    Line,
    Order,
    Package,
    Shipment,
    ShipmentLine,
    Shipping,
    Thing,
    Units,
)
from notifier.readers import (
    ChangedRead,
    CreatedRead,
    DecidedRead,
    OrderRead,
    PlacedRead,
    Read,
    ShipmentRead,
    UnitsRead,
    UpdatedRead,
)
from service_runtime import Received


def thing_of(received: Received[Read]) -> Thing:
    """The thing an event is about, as the notifier holds it."""
    match received.body:
        case PlacedRead() | ChangedRead():
            return _order(received, received.body.order)
        case DecidedRead():
            return _decision(received, received.body)
        case CreatedRead() | UpdatedRead():
            return _shipment(received, received.body)


def _order(received: Received[Read], order: OrderRead) -> Order:
    price = order.shipping.price
    return Order(
        order_id=order.order_id,
        version=received.version,
        at=received.time,
        cancel_version=None if order.cancellation is None else received.version,
        test=order.test,
        name=order.name,
        shop=order.shop,
        locale=order.locale,
        country=order.destination.country_code,
        shipping=Shipping(price.amount, price.currency) if price else None,
        lines=tuple(
            Line(line.line_id, line.title, line.quantity, line.price.amount, line.price.currency)
            for line in order.lines
        ),
        customer=vars(order.customer),
        ship_to=vars(order.ship_to) if order.ship_to else {},
        wishes=vars(order.wishes),
    )


def _decision(received: Received[Read], decided: DecidedRead) -> Decision:
    units = tuple(_units(one) for one in decided.units)
    return Decision(
        order_id=decided.order_id,
        revision=decided.revision,
        order_version=decided.order_version,
        at=received.time,
        units=units,
        asked=tuple(Asked(a.location_id, a.line_id, a.quantity) for a in decided.asked),
        short=short_in(units),
    )


def _units(read: UnitsRead) -> Units:
    expected = read.expected_at.isoformat() if read.expected_at else None
    return Units(read.line_id, read.quantity, read.outcome.value, read.location_id, read.reason, expected)


def _shipment(received: Received[Read], shipment: ShipmentRead) -> Shipment:
    return Shipment(
        shipment_id=shipment.shipment_id,
        order_id=shipment.order_id,
        version=received.version,
        revision=shipment.revision,
        at=received.time,
        location_id=shipment.location_id,
        lines=tuple(ShipmentLine(n.line_id, n.ordered, n.released, n.answered) for n in shipment.lines),
        packages=tuple(
            Package(p.package_id, p.carrier, p.number, p.url, tuple((n.line_id, n.quantity) for n in p.lines))
            for p in shipment.packages
        ),
    )
