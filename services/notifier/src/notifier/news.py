"""What an event says, as the thing the notifier holds."""

import re

from notifier.domain.hearing import short_in
from notifier.domain.needs import ASKS
from notifier.domain.things import WE_ALL, Decision, Edit, Need, Order, Shipment, ShipTo, Thing
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
OURS = "order-intake"  # the owner of holds that set themselves
# Where the units of a line changed; all lines where there are more of them than before.
_LINE = re.compile(r"lines(?:\[(?P<n>[0-9]{1,6})\]\.(?:quantity|cancelled))?")


def thing_of(received: Received[Read]) -> Thing:
    """The thing an event is about, as the notifier holds it."""
    match received.body:
        case PlacedRead() | ChangedRead():
            return _order(received, received.body)
        case DecidedRead():
            return _decision(received, received.body)
        case ShipmentRead():
            return _shipment(received, received.body)


def _order(received: Received[Read], body: PlacedRead | ChangedRead) -> Order:
    order = body.order
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
        expired=order.payment.status == "expired",
        holds=tuple([hold.hold_id for hold in order.holds]) if order.holds else (),
        edits=_edits(received, body) if isinstance(body, ChangedRead) and body.fields else (),
        needs=_needs(received, order) if order.holds else (),
        told_by={one.fact: one.who for one in order.told_by} if order.told_by else WE_ALL,
    )


def _edits(received: Received[Read], body: ChangedRead) -> tuple[Edit, ...]:
    """The edit that this version is, where it changed what is sent or where to; a cancel has its own message."""
    if "edited" not in body.changes or "cancelled" in body.changes:
        return ()
    of_lines = [found for found in map(_LINE.fullmatch, body.fields) if found]
    places = {int(found["n"]) for found in of_lines if found["n"]}
    touched = tuple(line.line_id for n, line in enumerate(body.order.lines) if n in places)
    of_address = any(field.partition(".")[0] == "ship_to" for field in body.fields)
    if not of_lines and not of_address:
        return ()
    lines = len(body.order.lines)
    return (Edit(received.version, received.time, touched, lines, bool(of_lines), of_address),)


def _needs(received: Received[Read], order: OrderRead) -> tuple[Need, ...]:
    """The holds that set themselves and that the customer can end; who else sets one writes to them if they like."""
    return tuple(
        Need(hold.hold_id, hold.reason, received.version, received.time)
        for hold in order.holds
        if hold.owner == OURS and hold.reason in ASKS
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
