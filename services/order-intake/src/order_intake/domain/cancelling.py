"""What a cancel takes back, and what of it turns out to be kept. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from order_events import Cancellation, CancelReason, ChangeKind, Order, OrderChanged, OrderLine
from order_intake.domain.differences import places
from order_intake.domain.refunds import with_asked, with_less_asked
from order_intake.domain.shipments import Settled, ShipmentState, units_kept, units_shipped

ITSELF = "order-intake"  # who acts where nobody asked
MOST_FIELDS = 100  # that one version says


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
    """The order's next state, and what is said of it; `takes_back`: fewer units of it are wanted than before."""

    state: OrderState
    event: OrderChanged
    takes_back: bool = False


@dataclass(frozen=True, slots=True)
class AlreadyCancelled:
    """It was cancelled before, whoever asked; the first cancel's answer holds."""

    state: OrderState


@dataclass(frozen=True, slots=True)
class AlreadyShipped:
    """Every unit has left; what has left can come back only as a return."""

    order: Order


def next_version(
    held: OrderState, order: Order, kinds: tuple[ChangeKind, ...], reason: str | None, actor: str
) -> Changed:
    """An order's next version, and what is said of it; the version that first holds a cancellation is its cancel's."""
    version, cancels = held.version + 1, order.cancellation is not None and held.order.cancellation is None
    fields = places(held.order, order)[:MOST_FIELDS]
    event = OrderChanged(order=order, changes=kinds, reason=reason, actor=actor, fields=fields)
    state = OrderState(order, version, version if cancels else held.cancelled_version)
    return Changed(state, event, takes_back=_takes_back(held.order, order))


def _takes_back(before: Order, after: Order) -> bool:
    was = {line.line_id: line.cancelled for line in before.lines}
    return any(line.cancelled > was.get(line.line_id, 0) for line in after.lines)


def taken_back(line: OrderLine, left: int) -> OrderLine:
    """The line once nothing more of it is wanted: what has left, from here or from the shop itself, stays."""
    return _with_cancelled(line, max(0, line.quantity - left - line.fulfilled_elsewhere))


def cancel(
    held: OrderState, shipments: Iterable[ShipmentState], wish: CancelWish
) -> Changed | AlreadyCancelled | AlreadyShipped:
    """Cancel of each line what is not known to have left."""
    if held.order.cancellation is not None:
        return AlreadyCancelled(held)
    shipped = units_shipped(shipments)
    lines = tuple(taken_back(line, shipped[line.line_id]) for line in held.order.lines)
    if not any(line.cancelled for line in lines):
        return AlreadyShipped(held.order)
    cancellation = Cancellation(at=wish.at, reason=wish.reason, actor=wish.actor)
    order = held.order.model_copy(update={"lines": lines, "cancellation": cancellation})
    order = with_asked(held.order, order, wish.reason, wish.at)
    return next_version(held, order, (ChangeKind.CANCELLED,), wish.note, wish.actor)


def keep(held: OrderState, shipments: Iterable[ShipmentState], settled: Settled | None, since: int) -> Changed | None:
    """Lower what is cancelled of an order to what its shipments have not kept; None where nothing changes.

    `cancelled` only goes down and not below zero, so shipments may be read in any order, twice, or with versions
    skipped, and every order version is said once.

    Args:
        held: an order of which units were taken back.
        shipments: the newest state of each that was read.
        settled: what the fulfiller says of all that was asked back, if it does.
        since: the version that took units back last.
    """
    kept = units_kept(shipments, settled, since)
    lines = tuple(_kept(line, kept) for line in held.order.lines)
    if lines == held.order.lines:
        return None
    order = with_less_asked(held.order.model_copy(update={"lines": lines}))
    reason = "units had left or could not be taken back"
    return next_version(held, order, (ChangeKind.KEPT,), reason, ITSELF)


def _kept(line: OrderLine, kept: Counter[str]) -> OrderLine:
    most = line.quantity - kept[line.line_id] - line.fulfilled_elsewhere
    return _with_cancelled(line, max(0, min(line.cancelled, most)))


def _with_cancelled(line: OrderLine, cancelled: int) -> OrderLine:
    return line if cancelled == line.cancelled else line.model_copy(update={"cancelled": cancelled})
