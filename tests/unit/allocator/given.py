"""Small orders, shelves and networks to decide on."""

from datetime import UTC, datetime

from allocator.domain.allocation import Held, Unit
from allocator.domain.network import Location, Network, Point, Rates
from allocator.domain.order import Line, Order
from allocator.domain.settling import Heard, Settled, settle
from allocator.domain.shipments import Shipment, ShipmentLine
from allocator.domain.stock import Bucket, Level, Shelf
from order_events import Cause, FulfilledBy, ShortagePolicy

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CAUSE = Cause("a-record", NOW)
SEOUL = (37.5665, 126.9780)


def a_line(line_id: str = "1", sku: str = "mug", quantity: int = 1, cancelled: int = 0, **more) -> Line:
    return Line(line_id, sku, sku, quantity, cancelled, more.pop("weight_g", 0), **more)


def an_order(*lines: Line, order_id: str = "o1", version: int = 1, policy: str = "ship_available", **more) -> Order:
    return Order(
        order_id=order_id,
        version=version,
        currency="KRW",
        policy=ShortagePolicy(policy),
        test=more.get("test", False),
        placed_at="2026-11-23T09:00:00Z",
        latitude=more.get("at", SEOUL)[0],
        longitude=more.get("at", SEOUL)[1],
        ship_by=None,
        deliver_by=None,
        lines=lines or (a_line(),),
        waits=more.get("waits", False),
    )


def a_shelf(levels: dict[str, dict[str, int]], known: tuple[str, ...] = ()) -> Shelf:
    """Available units by SKU and location."""
    return Shelf.of([Level(sku, at, sku, n) for sku, places in levels.items() for at, n in places.items()], known)


def a_network(*location_ids: str, rates: Rates | None = None, at: tuple[float, float] | None = SEOUL) -> Network:
    """Locations that all lie at one point, so that only parcels cost."""
    point = Point.of(*at) if at else None
    locations = {name: Location(name, point, FulfilledBy.MANUAL, None) for name in location_ids or "ABCDEF"}
    return Network(locations, rates or Rates("KRW", 3_000_000, 500_000, 100_000))


def a_shipment(shipment_id: str, version: int, at: str, **lines: tuple[int, int, int, int]) -> Shipment:
    """Lines named `l1`, ... as (ordered, shipped, released, answered)."""
    return Shipment(shipment_id, version, at, tuple(ShipmentLine(name[1:], *sums) for name, sums in lines.items()))


class Desk:
    """An allocator's domain with what it holds: hears facts one by one, as a handler would."""

    def __init__(self, shelf: Shelf, network: Network | None = None) -> None:
        self.shelf = shelf
        self.network = network or a_network()
        self.held: dict[str, Held] = {}
        self.said: list[Held] = []

    def hear(self, *facts: Order | Shipment | str) -> Settled:
        settled = settle([self._heard(fact) for fact in facts], self.held, self.shelf, self.network)
        self.held |= settled.changed
        self.said += [said.held for said in settled.said]
        return settled

    def _heard(self, fact: Order | Shipment | str) -> Heard:
        if isinstance(fact, Order):
            return Heard(fact.order_id, CAUSE, order=fact)
        if isinstance(fact, Shipment):
            return Heard(fact.shipment_id.rpartition("-F")[0], CAUSE, shipment=fact)
        return Heard(fact, CAUSE)

    def available(self, sku: str, at: str) -> int:
        return self.shelf.at(sku)[at].available

    def buckets(self, sku: str, at: str) -> tuple[int, int]:
        level = self.shelf.at(sku)[at]
        return level.available, level.committed


def told(held: Held) -> list[tuple[str, int, str, str | None, str | None]]:
    """What is said of each unit, short enough to read."""
    return [(u.line_id, u.units, u.outcome.value, u.location_id, u.reason) for u in held.units]


def booked(shelf: Shelf) -> dict[tuple[str, str, Bucket], int]:
    """What the ledger adds up to, per SKU, location and bucket."""
    sums: dict[tuple[str, str, Bucket], int] = {}
    for entry in shelf.entries:
        move = entry.move
        for bucket, units in ((move.source, -entry.moved), (move.target, entry.moved)):
            if bucket:
                at = move.sku_key, move.location_id, bucket
                sums[at] = sums.get(at, 0) + units
    return sums


def ordered(held: Held) -> dict[str, int]:
    """Units said per line; must be what was ordered."""
    sums: dict[str, int] = {}
    for unit in held.units:
        sums[unit.line_id] = sums.get(unit.line_id, 0) + unit.units
    return sums


__all__ = [
    "Desk", "Unit", "a_line", "a_network", "a_shelf", "a_shipment", "an_order", "booked", "ordered", "told",
]  # fmt: skip
