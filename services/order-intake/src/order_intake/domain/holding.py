"""Why an order must not leave yet: holds that somebody sets, and those that set themselves. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from order_events import Hold, Order, OrderLine, PaymentStatus, Problem, RiskLevel
from order_intake.domain.cancelling import ITSELF
from order_intake.domain.causes import Cause, HoldReason, is_unread
from order_intake.domain.problems import problem
from order_intake.domain.rules import missing_address
from order_intake.domain.shops import Shop

AnyOrder = TypeVar("AnyOrder", bound=Order)
MOST_OF_ONE_OWNER = 10  # Shopify's limit
UNPAID = frozenset({PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID, PaymentStatus.VOIDED, PaymentStatus.EXPIRED})


def causes(order: Order, shop: Shop, undeliverable: Sequence[Problem]) -> list[Cause]:
    """All that keeps an order of which something is still wanted."""
    if not is_open(order):
        return []
    return [*_of_money(order, shop), *_of_address(order, undeliverable), *_of_lines(order, shop)]


def is_open(order: Order) -> bool:
    """Whether something of it is still to be done here."""
    return order.cancellation is None and any(_open(line) for line in order.lines)


def _of_money(order: Order, shop: Shop) -> Iterator[Cause]:
    if order.payment.status in UNPAID:
        yield Cause(HoldReason.AWAITING_PAYMENT, f"the payment is {order.payment.status}", "payment")
    if shop.holds_high_risk and order.risk is RiskLevel.HIGH:
        yield Cause(HoldReason.HIGH_RISK_OF_FRAUD, "the shop thinks it likely to be fraud", "risk")


def _of_address(order: Order, undeliverable: Sequence[Problem]) -> Iterator[Cause]:
    problems = [*missing_address(order), *undeliverable]
    if problems:
        note = "; ".join(f"{one.field}: {one.message}" for one in problems[:5])
        there = order.destination.model_dump_json(exclude={"address_class"})  # which we add ourselves
        where = f"{there}{order.ship_to.model_dump_json() if order.ship_to else ''}"
        yield Cause(HoldReason.INCORRECT_ADDRESS, note, where)


def _of_lines(order: Order, shop: Shop) -> Iterator[Cause]:
    if order.destination.country_code in shop.customs_countries:
        bare = tuple(line.line_id for line in order.lines if _open(line) and not (line.hs_code and line.origin_country))
        if bare:
            note = f"customs want an HS code and an origin: {', '.join(bare[:20])}"
            yield Cause(HoldReason.OTHER, note, f"customs {bare}", bare)


def _open(line: OrderLine) -> bool:
    return line.quantity - line.cancelled > line.fulfilled_elsewhere


def holds_of(
    held: Iterable[Hold], causes_now: Iterable[Cause], released: Collection[str], now: datetime, *, read: bool = True
) -> tuple[Hold, ...]:
    """The holds an order has: what somebody set stays; what set itself stands as long as its cause, once.

    Args:
        held: those it has.
        causes_now: what keeps it as it is now.
        released: ids of holds that somebody released; the same cause does not set them again.
        now: when a new one is set.
        read: whether a body was read; without one, what could not be understood of the last one still cannot.
    """
    before = list(held)
    stays = [hold for hold in before if hold.owner != ITSELF or (is_unread(hold.hold_id) and not read)]
    since = {hold.hold_id: hold for hold in before if hold.owner == ITSELF}
    own = {cause.hold_id: since.get(cause.hold_id) or _hold(cause, now) for cause in causes_now}
    return (*stays, *(hold for id_, hold in own.items() if id_ not in released))


def waits_for_payment(holds: Iterable[Hold]) -> bool:
    """Whether an order waits for its payment."""
    return any(one.owner == ITSELF and one.reason == HoldReason.AWAITING_PAYMENT for one in holds)


def with_holds(order: AnyOrder, holds: Sequence[Hold]) -> AnyOrder:
    """An order with these holds; what waits for no payment takes its stock, and its time does not end."""
    facts: dict[str, object] = {"holds": tuple(holds)}
    if order.payment.status in UNPAID and not waits_for_payment(holds):
        facts["payment"] = order.payment.model_copy(update={"reserve_until": None, "takes_no_stock": False})
    return order.model_copy(update=facts)


def _hold(cause: Cause, now: datetime) -> Hold:
    return Hold(
        hold_id=cause.hold_id, reason=cause.reason, note=cause.note, owner=ITSELF, at=now, line_ids=cause.line_ids
    )


def cannot_hold(order: Order, hold: Hold) -> Problem | None:
    """Why this hold cannot be set, or None."""
    if order.cancellation is not None:
        return problem("order_id", "cancelled", f"order {order.name} is cancelled")
    if Counter(one.owner for one in order.holds)[hold.owner] >= MOST_OF_ONE_OWNER:
        return problem("owner", "too_many_holds", f"{hold.owner} holds it {MOST_OF_ONE_OWNER} times already")
    unknown = set(hold.line_ids) - {line.line_id for line in order.lines}
    if unknown:
        return problem("line_ids", "unknown", f"the order has no line {', '.join(sorted(unknown)[:20])}")
    return None
