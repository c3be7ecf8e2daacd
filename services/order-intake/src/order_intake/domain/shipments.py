"""What order-intake knows of an order's shipments. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct

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


class Staying(Struct, frozen=True):
    """A line of which units were asked back: how many of it its order's shipments have sent or will send."""

    line_id: str
    units: Count


class Settled(Struct, frozen=True):
    """All that was asked back of an order is answered, as of the decision on this version of it."""

    order_version: Count
    lines: tuple[Staying, ...]


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


def units_kept(shipments: Iterable[ShipmentState], settled: Settled | None, since: int) -> Counter[str]:
    """Units of each line that are not to be had back: they have left, or stay now that all asks are answered.

    What is settled as of an older version than `since`, which took units back last, may still come back: what is once
    said to be kept is never taken back, so it is not guessed.
    """
    left = units_shipped(shipments)
    if settled is None or settled.order_version < since:
        return left
    return left | Counter({line.line_id: line.units for line in settled.lines})
