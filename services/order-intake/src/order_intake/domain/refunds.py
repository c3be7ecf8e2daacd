"""Money that is owed back, and whether it came. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from order_events import CancelReason, Money, Order, OrderLine, PaymentStatus, Refund, RefundAsked, RefundLine
from order_events.types import MAX_AMOUNT

DUE_AFTER = timedelta(days=3)
# What was given for an order and not yet given back.
_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_PAID, PaymentStatus.PARTIALLY_REFUNDED})


def asked_for(before: Order, after: Order, reason: CancelReason, now: datetime) -> RefundAsked | None:
    """What the shop owes the customer for units that were cancelled here; None where nothing was paid."""
    was = {line.line_id: line.cancelled for line in before.lines}
    units = Counter({line.line_id: line.cancelled - was.get(line.line_id, 0) for line in after.lines})
    owed = [line for line in after.lines if units[line.line_id] > 0]
    if before.payment.status not in _PAID or not owed:
        return None
    return RefundAsked(
        lines=tuple(RefundLine(line_id=line.line_id, quantity=units[line.line_id]) for line in owed),
        amount=Money(amount=min(_worth(owed, units), _left_of(before)), currency=after.currency),
        reason=reason,
        due_by=now + DUE_AFTER,
        refunded_at=None,
    )


def _left_of(order: Order) -> int:
    """What was paid and not given back or asked for, as far as it is known; else whatever the units are worth."""
    if order.payment.paid is None or order.payment.paid.currency != order.currency:
        return MAX_AMOUNT
    gone = sum(refund.amount.amount for refund in order.refunds if refund.amount)
    return max(0, order.payment.paid.amount - gone)


def with_asked(before: Order, after: Order, reason: CancelReason, now: datetime) -> Order:
    """The order after a cancel of ours, with what is owed for it."""
    asked = asked_for(before, after, reason, now)
    return after.model_copy(update={"refunds_asked": (*before.refunds_asked, asked)}) if asked else after


def with_less_asked(order: Order) -> Order:
    """The order after some of what was cancelled turned out to be kept: nothing is owed for that."""
    if not order.refunds_asked:
        return order
    return order.model_copy(update={"refunds_asked": tuple(_as_cancelled(one, order) for one in order.refunds_asked)})


def _as_cancelled(asked: RefundAsked, order: Order) -> RefundAsked:
    lines = {line.line_id: line for line in order.lines}
    units = Counter({one.line_id: min(one.quantity, lines[one.line_id].cancelled) for one in asked.lines})
    left = [lines[line_id] for line_id, count in units.items() if count]
    amount = asked.amount.model_copy(update={"amount": min(asked.amount.amount, _worth(left, units))})
    owed = tuple(RefundLine(line_id=line.line_id, quantity=units[line.line_id]) for line in left)
    return asked.model_copy(update={"lines": owed, "amount": amount})


def _worth(lines: Sequence[OrderLine], units: Counter[str]) -> int:
    return sum(line.price.amount * units[line.line_id] for line in lines)


def with_refunds(order: Order) -> Order:
    """The order with each ask settled that the refunds so far cover, the oldest first."""
    if not order.refunds_asked:
        return order
    came = sorted(order.refunds, key=lambda refund: refund.at)
    wanted = accumulate(asked.amount.amount for asked in order.refunds_asked)
    settled = zip(order.refunds_asked, wanted, strict=True)
    return order.model_copy(update={"refunds_asked": tuple(_settled(asked, sum_, came) for asked, sum_ in settled)})


def _settled(asked: RefundAsked, sum_: int, came: Sequence[Refund]) -> RefundAsked:
    if asked.refunded_at is not None:
        return asked
    so_far = accumulate(refund.amount.amount if refund.amount else 0 for refund in came)
    at = next((refund.at for refund, total in zip(came, so_far, strict=True) if total >= sum_), None)
    return asked.model_copy(update={"refunded_at": at})
