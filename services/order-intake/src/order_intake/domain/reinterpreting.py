"""What an order would be if its checkout were read today, and how that differs from what is held. Pure.

Who an order is stays (its ids, its name), and what became of it since: cancelled units, holds, the cancellation. So
does what has left: an order is a word about work that is still to be done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from order_events import ChangeKind, Order, OrderChanged, OrderLine
from order_events.orders import OrderFacts
from order_intake.domain.cancelling import Changed, OrderState
from order_intake.domain.checkouts import Readable, Reading
from order_intake.domain.differences import Difference, between
from order_intake.domain.policy import as_decided
from order_intake.domain.shipments import ShipmentState, units_shipped

# What stock is taken by. Where today's reading says something else here, no word about the same order mends it.
_UNITS = ("line_id", "sku", "quantity", "delivery_method", "pickup_location")


@dataclass(frozen=True, slots=True)
class Differs:
    """Today's reading says something else of the same units; `order` is what the order should be."""

    diff: tuple[Difference, ...]
    order: Order


@dataclass(frozen=True, slots=True)
class OtherUnits:
    """Today's reading is of other goods, or of another order: it is not applied to this one."""

    diff: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """Nothing is to be done."""


@dataclass(frozen=True, slots=True)
class NotReadable:
    """Today's rules would refuse it; the order stands as it was accepted."""

    why: str


Reinterpreted = Differs | OtherUnits | Same | NotReadable


@dataclass(frozen=True, slots=True)
class Dispatched:
    """Units of a line that have left, as they were."""

    line_id: str
    quantity: int


def reinterpret(today: Reading, held: Order) -> Reinterpreted:
    """Compare what a checkout says today with the order that was made of it."""
    if isinstance(today, Readable) and today.order.updated_at != held.updated_at:
        return NotReadable("its shop changed it since it was accepted: what it was made of is not what it says now")
    if not isinstance(today, Readable):
        return NotReadable("; ".join(f"{one.field}: {one.message}" for one in today.problems[:3]))
    order = as_decided(_as_it_stands(today.order, held), held, says_shortage=today.says_shortage)
    diff = between(held, order)
    if not diff:
        return Same()
    same_units = today.order_id == held.order_id and _units(held) == _units(order)
    return Differs(diff, order) if same_units else OtherUnits(diff)


def dispatched(order: Order, shipments: Iterable[ShipmentState]) -> list[Dispatched]:
    """What has left of each line, in the order's sequence."""
    shipped = units_shipped(shipments)
    return [Dispatched(line.line_id, shipped[line.line_id]) for line in order.lines if shipped[line.line_id]]


def apply(held: OrderState, order: Order, actor: str, reason: str) -> Changed:
    """The order's next version: it says what it should have said."""
    event = OrderChanged(order=order, changes=(ChangeKind.EDITED,), reason=reason, actor=actor)
    return Changed(OrderState(order, held.version + 1, held.cancelled_version), event)


def _as_it_stands(today: Order, held: Order) -> Order:
    """Today's reading under the name that was given, with all that was done to the order since."""
    cancelled = {line.line_id: line.cancelled for line in held.lines}
    lines = tuple(_with_cancelled(line, cancelled.get(line.line_id, 0)) for line in today.lines)
    facts = {name: getattr(today, name) for name in OrderFacts.model_fields}
    return held.model_copy(update={**facts, "lines": lines})


def _with_cancelled(line: OrderLine, cancelled: int) -> OrderLine:
    return line.model_copy(update={"cancelled": min(cancelled, line.quantity)}) if cancelled else line


def _units(order: Order) -> list[tuple[Any, ...]]:
    return [tuple(getattr(line, name) for name in _UNITS) for line in order.lines]
