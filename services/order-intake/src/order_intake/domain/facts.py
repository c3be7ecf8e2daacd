"""What a shop says of an order bit by bit, beside the whole: refunds, and what it has sent itself. Pure.

The bits and the whole may come in any sequence, and each more than once. A bit is known by its id, its newest state
counts, and what an order says is the whole with every bit that the whole does not hold yet.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from order_events import Order, OrderLine, Refund

AnyOrder = TypeVar("AnyOrder", bound=Order)


class Kind(StrEnum):
    """What was said."""

    REFUND = "refund"
    FULFILMENT = "fulfilment"


class Fact(Struct, frozen=True):
    """One bit: `units` of each line that were refunded unsent, or sent; none where it came to nothing."""

    kind: Kind
    fact_id: str
    at: datetime
    units: dict[str, int]
    refund: str | None = None  # as JSON


def newest(facts: Iterable[Fact]) -> list[Fact]:
    """Of each bit its newest state."""
    by_id: dict[tuple[Kind, str], Fact] = {}
    for fact in facts:
        known = by_id.get((fact.kind, fact.fact_id))
        if known is None or known.at <= fact.at:
            by_id[fact.kind, fact.fact_id] = fact
    return list(by_id.values())


def with_facts(order: AnyOrder, facts: Sequence[Fact]) -> AnyOrder:
    """An order with all that was said of it bit by bit."""
    known = newest(facts)
    sent: Counter[str] = Counter()
    for fact in known:
        sent.update(fact.units if fact.kind is Kind.FULFILMENT else {})
    has = {refund.refund_id for refund in order.refunds}
    new = [fact for fact in known if fact.kind is Kind.REFUND and fact.fact_id not in has and fact.refund]
    if not new and not sent:
        return order
    gone: Counter[str] = Counter()
    for fact in new:
        gone.update(fact.units)
    refunds = (*order.refunds, *(Refund.model_validate_json(fact.refund or "") for fact in new))
    lines = tuple(_line(line, gone[line.line_id], sent[line.line_id]) for line in order.lines)
    ordered = tuple(sorted(refunds, key=lambda refund: (refund.at, refund.refund_id)))
    return order.model_copy(update={"refunds": ordered, "lines": lines})


def _line(line: OrderLine, gone: int, sent: int) -> OrderLine:
    """Units that were sent stay sent; of the others as many are gone as were refunded."""
    elsewhere = min(max(line.fulfilled_elsewhere, sent), line.quantity)
    cancelled = min(line.cancelled + gone, line.quantity - elsewhere)
    return line.model_copy(update={"fulfilled_elsewhere": elsewhere, "cancelled": max(0, cancelled)})
