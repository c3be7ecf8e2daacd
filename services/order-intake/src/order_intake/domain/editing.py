"""What a newer state of an order makes of the one that is held. Pure.

A unit that has left stays; what is no longer wanted of the rest is cancelled, and the allocator takes it back. Somebody
who *asks* for what comes too late is told so, line by line; of what a shop says *is so*, that much is taken as can be.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from order_events import ChangeKind, Order, OrderLine, PaymentStatus, Problem
from order_events.orders import OrderFacts
from order_intake.domain.cancelling import Changed, OrderState, next_version, taken_back
from order_intake.domain.differences import places
from order_intake.domain.problems import problem
from order_intake.domain.refunds import with_refunds

# Who an order is stays: by these it was found.
_FACTS = tuple(name for name in OrderFacts.model_fields if name not in {"shop", "source", "source_id"})
_WORK = ("lines", "ship_to", "destination")  # what is asked of these after everything has left comes too late


class Word(Struct, frozen=True):
    """Who says what an order is from now on, and why; `is_so`: the shop says what has happened already."""

    actor: str
    reason: str | None = None
    is_so: bool = False


class Same(Struct, frozen=True):
    """It says nothing that is not held."""


class TooLate(Struct, frozen=True):
    """What was asked for cannot be any more, or never could: by field."""

    problems: tuple[Problem, ...]


def edit(held: OrderState, wanted: Order, left: Counter[str], word: Word) -> Changed | Same | TooLate:
    """Make a newer state of an order its next version.

    Args:
        held: the order as it stands.
        wanted: what it is to say; its holds and its cancellation are the ones it is to have.
        left: units of each line that have left from here.
        word: who says so.
    """
    broken = [*_cannot_be(held.order, wanted), *([] if word.is_so else _too_late(held.order, wanted, left))]
    if broken:
        return TooLate(tuple(broken))
    order = with_refunds(_next(held.order, wanted, left))
    fields = places(held.order, order)
    if not fields:
        return Same()
    return next_version(held, order, _kinds(held.order, order, fields), word.reason, word.actor)


def _next(held: Order, wanted: Order, left: Counter[str]) -> Order:
    facts = {name: getattr(wanted, name) for name in _FACTS}
    made = {"holds": wanted.holds, "cancellation": held.cancellation or wanted.cancellation}
    over = made["cancellation"] is not None
    return held.model_copy(update={**facts, **made, "lines": tuple(_lines(held, wanted, left, over=over))})


def _lines(held: Order, wanted: Order, left: Counter[str], *, over: bool) -> list[OrderLine]:
    """The held lines in their sequence, none ever gone, and the new ones behind them.

    Of an order that was cancelled before, what is cancelled is only for its shipments to say: it may be less by now.
    """
    if held.cancellation is not None:
        return list(held.lines)
    said = {line.line_id: line for line in wanted.lines}
    kept = [_line(line, said.pop(line.line_id, None), left[line.line_id], over=over) for line in held.lines]
    return [*kept, *(taken_back(one, 0) if over else one for one in said.values())]


def _line(held: OrderLine, said: OrderLine | None, left: int, *, over: bool) -> OrderLine:
    """A line as it is said now; less is wanted of it only down to what has left."""
    says = said or held
    quantity = max(held.quantity, says.quantity)
    elsewhere = max(held.fulfilled_elsewhere, min(says.fulfilled_elsewhere, quantity - left))
    wants = 0 if said is None or over else _wanted(said)
    cancelled = min(quantity - max(wants, min(quantity, left + elsewhere)), quantity)
    return says.model_copy(update={"quantity": quantity, "cancelled": cancelled, "fulfilled_elsewhere": elsewhere})


def _wanted(line: OrderLine) -> int:
    return max(0, line.quantity - line.cancelled)


def _cannot_be(held: Order, wanted: Order) -> list[Problem]:
    """What no later state of an order may say: stock and money are kept by these."""
    found = []
    if wanted.currency != held.currency:
        found.append(problem("currency", "cannot_change", f"the order is in {held.currency}"))
    known = {line.line_id: line.sku for line in held.lines}
    for n, line in enumerate(wanted.lines):
        if known.get(line.line_id, line.sku) != line.sku:
            message = f"line {line.line_id} is of {known[line.line_id]}: remove it and add another line"
            found.append(problem(f"lines[{n}].sku", "cannot_change", message))
    return found


def _too_late(held: Order, wanted: Order, left: Counter[str]) -> list[Problem]:
    """What is asked for and cannot be done any more: a cancel takes back what it can, an edit all that it names."""
    if held.cancellation is not None:
        return []
    return _too_late_to_edit(held, wanted, left) if wanted.cancellation is None else _too_late_to_cancel(held, left)


def _too_late_to_cancel(held: Order, left: Counter[str]) -> list[Problem]:
    if not _all_left(held.lines, left):
        return []
    message = f"everything has left: {_named(held.lines)}; what has left can come back as a return"
    return [problem("cancelled", "already_shipped", message)]


def _too_late_to_edit(held: Order, wanted: Order, left: Counter[str]) -> list[Problem]:
    """Units that are no longer wanted and have left, by line; and another address when nothing is left to send."""
    said = {line.line_id: (n, line) for n, line in enumerate(wanted.lines)}
    found = []
    for line in held.lines:
        n, now = said.get(line.line_id, (None, None))
        gone, wants = min(left[line.line_id] + line.fulfilled_elsewhere, line.quantity), _wanted(now) if now else 0
        if wants < min(gone, _wanted(line)):
            field = "lines" if n is None else f"lines[{n}].quantity"
            message = f"{gone} units of line {line.line_id} have left; what has left can come back as a return"
            found.append(problem(field, "already_shipped", message))
    moved = [name for name in _WORK[1:] if getattr(wanted, name) != getattr(held, name)]
    if moved and _all_left(wanted.lines, left):
        found.append(problem(moved[0], "already_shipped", f"everything has left: {_named(held.lines)}"))
    return found


def _all_left(lines: Sequence[OrderLine], left: Mapping[str, int]) -> bool:
    return all(_wanted(line) <= left.get(line.line_id, 0) + line.fulfilled_elsewhere for line in lines)


def _named(lines: Sequence[OrderLine]) -> str:
    return ", ".join(f"line {line.line_id}" for line in lines[:20])


def _kinds(held: Order, order: Order, fields: Sequence[str]) -> tuple[ChangeKind, ...]:
    """What happened, in words that readers act on."""
    before, after = {one.hold_id for one in held.holds}, {one.hold_id for one in order.holds}
    told = {
        ChangeKind.CANCELLED: order.cancellation is not None and held.cancellation is None,
        ChangeKind.PAID: order.payment.status is PaymentStatus.PAID and held.payment.status is not PaymentStatus.PAID,
        ChangeKind.HELD: bool(after - before),
        ChangeKind.RELEASED: bool(before - after),
        ChangeKind.EDITED: order.cancellation is None and any(_is_work(field) for field in fields),
    }
    return tuple(kind for kind, holds in told.items() if holds) or (ChangeKind.OTHER,)


def _is_work(field: str) -> bool:
    """Whether it is of what is to be sent, where to, and how; not of money, holds or names."""
    return field.partition(".")[0].partition("[")[0] in {*_WORK, "customer", "shipping", "wishes", "instructions"}
