"""What a cancel takes back, and what of it turns out to be kept. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from order_events import Cancellation, CancelReason, ChangeKind, Order, OrderChanged, OrderLine
from order_intake.domain.shipments import ShipmentState, units_kept, units_shipped


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as it stands; `cancelled_version` is the version its cancel made."""

    order: Order
    version: int
    cancelled_version: int | None


@dataclass(frozen=True, slots=True)
class CancelWish:
    """Who wants an order cancelled, when and why."""

    at: datetime
    reason: CancelReason
    actor: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Changed:
    """The order's next state, and what is said of it."""

    state: OrderState
    event: OrderChanged


@dataclass(frozen=True, slots=True)
class AlreadyCancelled:
    """It was cancelled before, whoever asked; the first cancel's answer holds."""

    state: OrderState


@dataclass(frozen=True, slots=True)
class AlreadyShipped:
    """Every unit has left; what has left can come back only as a return."""

    order: Order


def cancel(
    held: OrderState, shipments: Iterable[ShipmentState], wish: CancelWish
) -> Changed | AlreadyCancelled | AlreadyShipped:
    """Cancel of each line what is not known to have left."""
    if held.cancelled_version is not None:
        return AlreadyCancelled(held)
    shipped = units_shipped(shipments)
    lines = tuple(_with_cancelled(line, max(0, line.quantity - shipped[line.line_id])) for line in held.order.lines)
    if not any(line.cancelled for line in lines):
        return AlreadyShipped(held.order)
    cancellation = Cancellation(at=wish.at, reason=wish.reason, actor=wish.actor)
    order = held.order.model_copy(update={"lines": lines, "cancellation": cancellation})
    version = held.version + 1
    event = OrderChanged(order=order, changes=(ChangeKind.CANCELLED,), reason=wish.note, actor=wish.actor)
    return Changed(OrderState(order, version, version), event)


def keep(held: OrderState, shipments: Iterable[ShipmentState]) -> Changed | None:
    """Lower what is cancelled of a cancelled order to what its shipments have not kept; None where nothing changes.

    `cancelled` only goes down and not below zero, so shipments may be read in any order, twice, or with versions
    skipped, and every order version is said once.
    """
    kept = units_kept(shipments)
    lines = tuple(_kept(line, kept) for line in held.order.lines)
    if lines == held.order.lines:
        return None
    order = held.order.model_copy(update={"lines": lines})
    reason = "units had left or could not be taken back"
    event = OrderChanged(order=order, changes=(ChangeKind.KEPT,), reason=reason, actor="order-intake")
    return Changed(OrderState(order, held.version + 1, held.cancelled_version), event)


def _kept(line: OrderLine, kept: Counter[str]) -> OrderLine:
    return _with_cancelled(line, max(0, min(line.cancelled, line.quantity - kept[line.line_id])))


def _with_cancelled(line: OrderLine, cancelled: int) -> OrderLine:
    return line if cancelled == line.cancelled else line.model_copy(update={"cancelled": cancelled})
