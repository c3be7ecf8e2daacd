"""What order-intake knows of an order's shipments. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from order_events import ShipmentStatus
from order_events.types import MAX_COUNT

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]


@dataclass(frozen=True, slots=True)
class LineState:
    """One line of a shipment: `released` is ever given back, `answered` how much of what was asked back is settled."""

    line_id: str
    ordered: Count
    shipped: Count
    released: Count
    answered: Count


@dataclass(frozen=True, slots=True)
class ShipmentState:
    """A shipment as it stood at its newest version that was read."""

    shipment_id: str
    order_id: str
    version: int
    status: ShipmentStatus
    lines: tuple[LineState, ...]


def with_newest(held: Iterable[ShipmentState], seen: ShipmentState) -> list[ShipmentState]:
    """An order's shipments after one more was read: the highest version counts, whatever came first."""
    by_id = {state.shipment_id: state for state in held}
    known = by_id.get(seen.shipment_id)
    if known is None or known.version < seen.version:
        by_id[seen.shipment_id] = seen
    return list(by_id.values())


def units_shipped(shipments: Iterable[ShipmentState]) -> Counter[str]:
    """Units of each line that have left."""
    shipped: Counter[str] = Counter()
    for shipment in shipments:
        for line in shipment.lines:
            shipped[line.line_id] += line.shipped
    return shipped


def units_kept(shipments: Iterable[ShipmentState]) -> Counter[str]:
    """Units of each line that a cancel does not get back.

    Where a shipment has answered for all units it ever held, all it did not release is kept. Until then only what has
    left counts: an answer may be to an edit before the cancel, and the rest may still come back. A unit that is kept
    leaves in the end, so nothing is missed; what is once said to be kept is never taken back, so it is not guessed.
    """
    kept: Counter[str] = Counter()
    for shipment in shipments:
        for line in shipment.lines:
            settled = line.answered >= line.ordered
            kept[line.line_id] += line.ordered - line.released if settled else line.shipped
    return kept
