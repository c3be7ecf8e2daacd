"""How an order stands: derived from its lines and shipments, never stored. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from order_events import Order, OrderLine, PaymentStatus, ShipmentStatus
from order_intake.domain.shipments import ShipmentState, units_shipped


class OrderStatus(StrEnum):
    """Whether an order still has work in it."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Fulfilment(StrEnum):
    """How far an order's goods are (Shopify's OrderDisplayFulfillmentStatus)."""

    UNFULFILLED = "unfulfilled"
    IN_PROGRESS = "in_progress"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    ON_HOLD = "on_hold"


@dataclass(frozen=True, slots=True)
class Status:
    """The axes of an order's status that are known here."""

    order: OrderStatus
    fulfilment: Fulfilment
    payment: PaymentStatus


def status_of(order: Order, shipments: Sequence[ShipmentState]) -> Status:
    """The status of an order with these shipments."""
    fulfilment = _fulfilment(order, shipments)
    if order.cancellation is not None:
        return Status(OrderStatus.CANCELLED, fulfilment, order.payment.status)
    done = fulfilment is Fulfilment.FULFILLED
    return Status(OrderStatus.CLOSED if done else OrderStatus.OPEN, fulfilment, order.payment.status)


def _fulfilment(order: Order, shipments: Sequence[ShipmentState]) -> Fulfilment:
    """All that is still wanted has left, some of it has, it is being worked on, or nothing happened yet."""
    shipped = units_shipped(shipments)
    for line in order.lines:
        shipped[line.line_id] += line.fulfilled_elsewhere
    wanted = [line for line in order.lines if line.quantity > line.cancelled]
    if wanted and all(_left(line, shipped) for line in wanted):
        return Fulfilment.FULFILLED
    if shipped.total():
        return Fulfilment.PARTIALLY_FULFILLED
    if order.holds:
        return Fulfilment.ON_HOLD
    working = any(shipment.status is ShipmentStatus.IN_PROGRESS for shipment in shipments)
    return Fulfilment.IN_PROGRESS if working else Fulfilment.UNFULFILLED


def _left(line: OrderLine, shipped: Mapping[str, int]) -> bool:
    return shipped.get(line.line_id, 0) >= line.quantity - line.cancelled
