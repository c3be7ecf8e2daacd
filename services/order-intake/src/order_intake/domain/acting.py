"""What operators and time do to an order: holds set, released and expired, payments that never came, edits. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from order_events import Cancellation, CancelReason, ChangeKind, Hold, Order, OrderLine, PaymentStatus, Problem
from order_intake.domain.cancelling import ITSELF, Changed, OrderState, next_version, taken_back
from order_intake.domain.causes import HoldReason
from order_intake.domain.editing import Same, TooLate
from order_intake.domain.holding import cannot_hold, waits_for_payment, with_holds
from order_intake.domain.problems import problem
from order_intake.domain.shipments import ShipmentState, units_shipped


class UnitsWanted(Struct, frozen=True):
    """How many units of a line are wanted from now on."""

    line_id: str
    quantity: int


def hold(held: OrderState, wanted: Hold) -> Changed | Same | TooLate:
    """Set a hold; one of the same id that stands is the same hold."""
    order = held.order
    if any(one.hold_id == wanted.hold_id for one in order.holds):
        return Same()
    if broken := cannot_hold(order, wanted):
        return TooLate((broken,))
    after = order.model_copy(update={"holds": (*order.holds, wanted)})
    return next_version(held, after, (ChangeKind.HELD,), wanted.note, wanted.owner or ITSELF)


def release(held: OrderState, hold_id: str, actor: str, note: str | None) -> Changed | Same:
    """Release one hold; the order leaves when its last one goes. Released from its payment, it takes its stock now."""
    left = tuple(one for one in held.order.holds if one.hold_id != hold_id)
    if len(left) == len(held.order.holds):
        return Same()
    released = with_holds(held.order, left)
    return next_version(held, released, (ChangeKind.RELEASED,), note, actor)


def expire_hold(held: OrderState, hold_id: str, now: datetime) -> Changed | Same:
    """Release a hold whose time is over; one that was prolonged stays."""
    one = next((one for one in held.order.holds if one.hold_id == hold_id), None)
    if one is None or one.expires_at is None or one.expires_at > now:
        return Same()
    return release(held, hold_id, ITSELF, "the hold expired")


def expire_payment(held: OrderState, shipments: Iterable[ShipmentState], now: datetime) -> Changed | Same:
    """Cancel an order that nobody paid in time.

    One that was paid stays, one that has more time now, and one of which somebody has said that it need not be paid
    first, by releasing its hold.
    """
    order = held.order
    until = order.payment.reserve_until
    if order.cancellation or until is None or until > now or not waits_for_payment(order.holds):
        return Same()
    left = units_shipped(shipments)
    lines = tuple(taken_back(line, left[line.line_id]) for line in order.lines)
    gone = {
        "lines": lines,
        "cancellation": Cancellation(at=now, reason=CancelReason.DECLINED, actor=ITSELF),
        "payment": order.payment.model_copy(update={"status": PaymentStatus.EXPIRED}),
        "holds": tuple(one for one in order.holds if one.reason != HoldReason.AWAITING_PAYMENT),
    }
    kinds = (ChangeKind.CANCELLED, ChangeKind.EXPIRED)
    return next_version(held, order.model_copy(update=gone), kinds, "payment expired", ITSELF)


def unknown_lines(order: Order, wanted: Sequence[UnitsWanted], added: Sequence[OrderLine]) -> list[Problem]:
    """Lines that are named and are not there, and new ones under an id that is taken."""
    known = {line.line_id for line in order.lines}
    found = [
        problem(f"lines[{n}].line_id", "unknown", f"the order has no line {one.line_id}: name a new one in `add`")
        for n, one in enumerate(wanted)
        if one.line_id not in known
    ]
    taken = [
        problem(f"add[{n}].line_id", "unique", f"the order has a line {line.line_id}: name it in `lines`")
        for n, line in enumerate(added)
        if line.line_id in known
    ]
    return [*found, *taken]


def with_units(order: Order, wanted: Sequence[UnitsWanted], added: Sequence[OrderLine]) -> tuple[OrderLine, ...]:
    """An order's lines with other quantities, and with new ones behind them; what is not named stays."""
    by_id = {one.line_id: one.quantity for one in wanted}
    return (*(_with_units(line, by_id.get(line.line_id)) for line in order.lines), *added)


def _with_units(line: OrderLine, units: int | None) -> OrderLine:
    if units is None:
        return line
    quantity = max(line.quantity, units)
    return line.model_copy(update={"quantity": quantity, "cancelled": quantity - units})
