"""Where units that are wanted come from: the cheapest places that have them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from allocator.domain.allocation import Priced, Short, Weighed
from allocator.domain.cheapest import Chosen, cheapest
from allocator.domain.money import minor_units
from allocator.domain.network import Network, Point, metres
from allocator.domain.order import Line, Order
from allocator.domain.stock import Shelf

POLICY = "least_cost/1"
Item = tuple[str, str | None]  # the key of a SKU, and the only place it may come from, if the customer picks it up


class Want(NamedTuple):
    """Units of a line that want a place; at least one."""

    line: Line
    units: int


class Given(NamedTuple):
    """Units of a line that a place gives."""

    line: Line
    location_id: str
    units: int


class Placed(NamedTuple):
    """Where the units come from, what each opened place's parcel costs, and per line what nobody has."""

    given: Sequence[Given]
    fixed: Mapping[str, int]
    short: Mapping[str, Short]
    weighed: Weighed
    priced: Priced


class _Candidates:
    """Columns, one row per location that keeps a wanted SKU: what it would cost, or the rule that excludes it.

    The places that are able stand once more apart, as the rows among which the cheapest are chosen.
    """

    __slots__ = ("able", "cost", "excluded", "fixed", "km", "location_ids", "offers")

    def __init__(self) -> None:
        self.location_ids: list[str] = []
        self.km: list[float | None] = []
        self.cost: list[int | None] = []
        self.excluded: list[str | None] = []
        self.able: list[str] = []
        self.offers: list[Sequence[int]] = []
        self.fixed: list[int] = []

    def exclude(self, location_id: str, rule: str) -> None:
        """A place that keeps a wanted SKU and may not give it, by this rule."""
        self.location_ids.append(location_id)
        self.km.append(None)
        self.cost.append(None)
        self.excluded.append(rule)

    def take(self, location_id: str, offers: Sequence[int], distance: int | None, fixed: int) -> None:
        """A place that can give something, so far away (in metres), and what its parcel would cost."""
        self.location_ids.append(location_id)
        self.km.append(None if distance is None else (distance + 50) // 100 / 10)
        self.cost.append(minor_units(fixed))
        self.excluded.append(None)
        self.able.append(location_id)
        self.offers.append(offers)
        self.fixed.append(fixed)


def place(order: Order, wants: Sequence[Want], excluded: Collection[str], shelf: Shelf, network: Network) -> Placed:
    """Give each want its units from the cheapest set of places; what is short says why.

    Args:
        order: where it goes.
        wants: units per line, in the order of the lines; the first line is served first.
        excluded: places that may give nothing to this order.
        shelf: what is there; it is not changed.
        network: the places and the rates.
    """
    demand = _demand(wants)
    candidates = _candidates(order, _offers(demand, shelf), excluded, network)
    chosen = cheapest(list(demand.values()), candidates.offers, candidates.fixed)
    given = _by_line(wants, list(demand), candidates.able, chosen)
    return Placed(
        given,
        {candidates.able[row]: candidates.fixed[row] for row in chosen.opened},
        _short(wants, given, excluded, shelf) if any(chosen.missing) else {},
        _weighed(candidates, chosen),
        Priced(network.rates.currency, network.rates.per_kg),
    )


def _demand(wants: Sequence[Want]) -> dict[Item, int]:
    """Units per item, summed over lines, so that two lines of a SKU never count the same stock twice."""
    demand: dict[Item, int] = {}
    for line, units in wants:
        item = line.sku_key, line.only
        demand[item] = demand.get(item, 0) + units
    return demand


def _offers(demand: Mapping[Item, int], shelf: Shelf) -> Iterable[tuple[str, Sequence[int]]]:
    """Per location that keeps a wanted SKU, in the order of locations, what it has of each item."""
    if len(demand) == 1:
        [(sku, only)] = demand
        if only is None:
            return [(location_id, (level.available,)) for location_id, level in shelf.at(sku).items()]
    columns = [_column(item, demand, shelf) for item in demand]
    keeping = sorted(set().union(*columns))
    return [(location_id, [column.get(location_id, 0) for column in columns]) for location_id in keeping]


def _column(item: Item, demand: Mapping[Item, int], shelf: Shelf) -> dict[str, int]:
    """What each location that keeps an item can give of it; what is picked up there goes first."""
    sku, only = item
    levels = shelf.at(sku).items()
    if only is None:
        return {at: max(0, level.available - demand.get((sku, at), 0)) for at, level in levels}
    return {at: level.available if at == only else 0 for at, level in levels}


def _candidates(
    order: Order, offers: Iterable[tuple[str, Sequence[int]]], excluded: Collection[str], network: Network
) -> _Candidates:
    candidates = _Candidates()
    origin, rates = Point.of(order.latitude, order.longitude), network.rates
    for location_id, row in offers:
        location = network.locations.get(location_id)
        if location is None:
            candidates.exclude(location_id, "unknown_location")
        elif location_id in excluded:
            candidates.exclude(location_id, "gave_units_back")
        elif not any(row):
            candidates.exclude(location_id, "no_stock")
        else:
            distance = metres(origin, location.point)
            candidates.take(location_id, row, distance, rates.of_parcel(distance))
    return candidates


def _by_line(wants: Sequence[Want], items: Sequence[Item], places: Sequence[str], chosen: Chosen) -> list[Given]:
    """Hand the picks of each item to its lines, first come, first served."""
    if len(wants) == 1:
        return [Given(wants[0].line, places[pick.place], pick.units) for pick in chosen.picks]
    piles: dict[Item, list[tuple[str, int]]] = {}
    for pick in chosen.picks:
        piles.setdefault(items[pick.item], []).append((places[pick.place], pick.units))
    return [given for want in wants for given in _from_pile(want, piles.get((want.line.sku_key, want.line.only), []))]


def _from_pile(want: Want, pile: list[tuple[str, int]]) -> list[Given]:
    given, needed = [], want.units
    while needed and pile:
        place, units = pile.pop(0)
        taken = min(needed, units)
        given.append(Given(want.line, place, taken))
        needed -= taken
        if units > taken:
            pile.insert(0, (place, units - taken))
    return given


def _short(wants: Sequence[Want], given: Sequence[Given], excluded: Collection[str], shelf: Shelf) -> dict[str, Short]:
    found: dict[str, int] = {}
    for line, _, units in given:
        found[line.line_id] = found.get(line.line_id, 0) + units
    missing = [(line, units - found.get(line.line_id, 0)) for line, units in wants]
    return {line.line_id: Short(units, _why(line, excluded, shelf)) for line, units in missing if units}


def _why(line: Line, excluded: Collection[str], shelf: Shelf) -> str:
    if line.sku_key not in shelf.known:
        return "unknown_sku"
    elsewhere = any(level.available for place, level in shelf.at(line.sku_key).items() if place in excluded)
    return "no_location_left" if elsewhere else "out_of_stock"


def _weighed(candidates: _Candidates, chosen: Chosen) -> Weighed:
    return Weighed(
        tuple(candidates.location_ids),
        tuple(candidates.km),
        tuple(candidates.cost),
        tuple(candidates.excluded),
        chosen.exact,
        chosen.gap,
    )
