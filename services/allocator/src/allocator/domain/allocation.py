"""What the allocator holds of an order: sums that only grow, and what was said last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from allocator.domain.order import Line, Order
from order_events import UnitOutcome

MAX_HOPS = 5  # places that may give units back unasked before the order stops looking; docs/architecture/exchange.md
ELSEWHERE = "fulfilled_elsewhere"  # the shop has sent it itself
COMING = (UnitOutcome.ALLOCATED, UnitOutcome.BACKORDERED)


class Share(NamedTuple):
    """Units of a line ever given to a place, and ever asked back from it."""

    assigned: int
    asked: int


class Place(NamedTuple):
    """A place that was ever used: what its parcel costs (thousandths), and its share of each line."""

    fixed: int
    shares: Mapping[str, Share]


class Sums(NamedTuple):
    """A shipment line so far. `over`: units that left although they had been given back."""

    released: int
    answered: int
    shipped: int
    over: int


NOTHING = Sums(0, 0, 0, 0)


class Folded(NamedTuple):
    """The newest state read of a shipment in which a sum had grown; lines where nothing happened are left out."""

    location_id: str
    version: int
    lines: Mapping[str, Sums]


class Short(NamedTuple):
    """Units without a place, and why."""

    units: int
    reason: str


class Unit(NamedTuple):
    """What becomes of some units of a line."""

    line_id: str
    units: int
    outcome: UnitOutcome
    location_id: str | None
    reason: str | None


class Weighed(NamedTuple):
    """The candidates of the last placing, as columns of equal length, and how good the answer is known to be."""

    location_ids: tuple[str, ...] = ()
    km: tuple[float | None, ...] = ()
    cost: tuple[int | None, ...] = ()
    excluded: tuple[str | None, ...] = ()
    exact: bool = True
    gap: int = 0


class Priced(NamedTuple):
    """The currency and weight rate (thousandths per kg) of the last placing; None: no rates were known."""

    currency: str | None = None
    per_kg: int = 0


NO_PRICE, NOT_WEIGHED = Priced(), Weighed()


@dataclass(slots=True)
class Held:
    """An order's allocation, as a value: a change makes a new one.

    `order` is None while only its shipments were read. `decided` is the order version last decided, `excluded` the
    places that gave units back unasked, `declined` what was given up for good, per line.
    """

    order_id: str
    order: Order | None = None
    decided: int = 0
    revision: int = 0
    places: Mapping[str, Place] = field(default_factory=dict)
    shipments: Mapping[str, Folded] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    declined: Mapping[str, tuple[Short, ...]] = field(default_factory=dict)
    units: tuple[Unit, ...] = ()
    priced: Priced = NO_PRICE
    weighed: Weighed = NOT_WEIGHED

    @property
    def hops_left(self) -> bool:
        """Whether units given back may still look for another place."""
        return len(self.excluded) <= MAX_HOPS

    @property
    def is_open(self) -> bool:
        """Whether units that come from stock are still to leave: allocated or backordered, and not shipped."""
        if self.order is None:
            return False
        stocked = {line.line_id for line in self.order.lines if self.order.takes_stock(line)}
        coming = sum(
            unit.units
            for unit in self.units
            if unit.outcome in COMING and unit.reason != ELSEWHERE and unit.line_id in stocked
        )
        return coming > sum(sums.shipped for one in self.shipments.values() for sums in one.lines.values())

    @property
    def skus(self) -> set[str]:
        """The keys of the SKUs whose stock its decision may touch."""
        return {line.sku_key for line in self.order.lines if self.order.takes_stock(line)} if self.order else set()

    @property
    def waiting_for(self) -> frozenset[str]:
        """The keys of the SKUs that would let it be decided anew, should they come."""
        if self.order is None or self.order.waits or not self.hops_left:
            return frozenset()
        waiting = {unit.line_id for unit in self.units if unit.outcome is UnitOutcome.BACKORDERED}
        return (
            frozenset(line.sku_key for line in self.order.lines if line.line_id in waiting) if waiting else frozenset()
        )


class Spot(NamedTuple):
    """A line at a place: units live there, those of them asked back and not answered, and those that have left."""

    location_id: str
    live: int
    pending: int
    shipped: int


def sums_at(shipments: Mapping[str, Folded]) -> dict[tuple[str, str], Sums]:
    """Per (location, line) the sums over all shipments there."""
    totals: dict[tuple[str, str], Sums] = {}
    for shipment in shipments.values():
        for line_id, sums in shipment.lines.items():
            at = shipment.location_id, line_id
            so_far = totals.get(at)
            totals[at] = Sums(*map(sum, zip(so_far, sums, strict=True))) if so_far else sums
    return totals


def spots_of(held: Held) -> dict[str, list[Spot]]:
    """Per line, where its units are, in the order of locations."""
    if not held.places:
        return {}
    totals = sums_at(held.shipments)
    spots: dict[str, list[Spot]] = {}
    for location_id in sorted(held.places):
        for line_id, share in held.places[location_id].shares.items():
            sums = totals.get((location_id, line_id), NOTHING)
            spots.setdefault(line_id, []).append(_spot(location_id, share, sums))
    return spots


def _spot(location_id: str, share: Share, sums: Sums) -> Spot:
    live = live_at(share, sums)
    pending = min(live, max(0, share.asked - sums.answered))
    return Spot(location_id, live, pending, sums.shipped - sums.over)


def live_at(share: Share, sums: Sums) -> int:
    """The units of a line that have this place."""
    return max(0, share.assigned - sums.released)


def live_of(spots: Iterable[Spot]) -> int:
    """The units of a line that have a place."""
    return sum([spot.live for spot in spots])


def firm_of(spots: Iterable[Spot]) -> int:
    """The units of a line that have a place and are not asked back."""
    return sum([spot.live - spot.pending for spot in spots])


def units_of(
    line: Line, live: Iterable[tuple[str, int]], back: Iterable[Short], declined: Iterable[Short]
) -> list[Unit]:
    """What becomes of every unit of a line: what is neither placed, backordered nor declined is cancelled."""
    said = [Unit(line.line_id, units, UnitOutcome.ALLOCATED, place, None) for place, units in live if units]
    said += [Unit(line.line_id, one.units, UnitOutcome.BACKORDERED, None, one.reason) for one in back]
    said += [Unit(line.line_id, one.units, UnitOutcome.DECLINED, None, one.reason) for one in declined]
    return _with_cancelled(line, said)


def units_from_nowhere(line: Line, reason: str) -> list[Unit]:
    """What becomes of a line that takes no stock: all that is wanted is allocated at no location."""
    said = [Unit(line.line_id, line.wanted, UnitOutcome.ALLOCATED, None, reason)] if line.wanted else []
    return _with_cancelled(line, said)


def _with_cancelled(line: Line, said: list[Unit]) -> list[Unit]:
    if line.elsewhere:
        done = min(line.elsewhere, line.quantity - sum([unit.units for unit in said]))
        said = [*said, Unit(line.line_id, done, UnitOutcome.ALLOCATED, None, ELSEWHERE)] if done > 0 else said
    cancelled = line.quantity - sum([unit.units for unit in said])
    return [*said, Unit(line.line_id, cancelled, UnitOutcome.CANCELLED, None, None)] if cancelled else said
