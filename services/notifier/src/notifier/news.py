"""What an event says, as the thing the notifier holds."""

from notifier.domain.hearing import short_in
from notifier.domain.things import Decision, Order, Shipment, ShipTo, Thing
from notifier.reads import (
    ChangedRead,
    DecidedRead,
    OrderRead,
    PlacedRead,
    Read,
    ShipmentRead,
)
from service_runtime import Received

NOWHERE = ShipTo()


def thing_of(received: Received[Read]) -> Thing:
    """The thing an event is about, as the notifier holds it."""
    match received.body:
        case PlacedRead() | ChangedRead():
            return _order(received, received.body.order)
        case DecidedRead():
            return _decision(received, received.body)
        case ShipmentRead():
            return _shipment(received, received.body)


def _order(received: Received[Read], order: OrderRead) -> Order:
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
        shipping=order.shipping.price,
        lines=order.lines,
        customer=order.customer,
        ship_to=order.ship_to or NOWHERE,
        wishes=order.wishes,
    )


def _decision(received: Received[Read], decided: DecidedRead) -> Decision:
    return Decision(
        order_id=decided.order_id,
        revision=decided.revision,
        order_version=decided.order_version,
        at=received.time,
        units=decided.units,
        asked=decided.asked,
        short=short_in(decided.units),
    )


def _shipment(received: Received[Read], shipment: ShipmentRead) -> Shipment:
    return Shipment(
        shipment_id=shipment.shipment_id,
        order_id=shipment.order_id,
        version=received.version,
        revision=shipment.revision,
        at=received.time,
        location_id=shipment.location_id,
        lines=shipment.lines,
        packages=shipment.packages,
    )
