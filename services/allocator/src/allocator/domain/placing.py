"""Where units that are wanted come from: the cheapest places that have them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import compress
from typing import NamedTuple, TypeVar

from allocator.domain.allocation import Priced, Short, Weighed
from allocator.domain.cheapest import Chosen, cheapest
from allocator.domain.money import minor_units
from allocator.domain.network import Network, Point, metres
from allocator.domain.order import Line, Order
from allocator.domain.stock import Shelf

POLICY = "least_cost/1"
T = TypeVar("T")
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


class _Candidates(NamedTuple):
    """The locations that keep a wanted SKU, with the rule that excludes each, and those among them that are able.

    `location_ids` and `excluded` are columns over all; `able`, `offers`, `metres` and `fixed` over the able.
    """

    location_ids: list[str]
    excluded: list[str | None]
    able: list[str]
    offers: list[tuple[int, ...]]
    metres: list[int | None]
    fixed: list[int]


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
    candidates = _candidates(order, demand, excluded, shelf, network)
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


def _offers(demand: Mapping[Item, int], shelf: Shelf) -> tuple[list[str], list[tuple[int, ...]]]:
    """The locations that keep a wanted SKU, in their order, and what each has of each item."""
    if len(demand) == 1:
        [(sku, only)] = demand
        if only is None:
            levels = shelf.at(sku)
            return list(levels), [(level.available,) for level in levels.values()]
    columns = [_column(item, demand, shelf) for item in demand]
    keeping = sorted(set().union(*columns))
    return keeping, [tuple([column.get(location_id, 0) for column in columns]) for location_id in keeping]


def _column(item: Item, demand: Mapping[Item, int], shelf: Shelf) -> dict[str, int]:
    """What each location that keeps an item can give of it; what is picked up there goes first."""
    sku, only = item
    levels = shelf.at(sku).items()
    if only is None:
        return {at: max(0, level.available - demand.get((sku, at), 0)) for at, level in levels}
    return {at: level.available if at == only else 0 for at, level in levels}


def _candidates(
    order: Order, demand: Mapping[Item, int], excluded: Collection[str], shelf: Shelf, network: Network
) -> _Candidates:
    """How far each able location is, and what its parcel would cost; one that is not able stands with the reason."""
    location_ids, rows = _offers(demand, shelf)
    locations = list(map(network.locations.get, location_ids))
    nothing = (0,) * len(demand)
    rules = [
        "unknown_location" if location is None
        else "gave_units_back" if location_id in excluded
        else "no_stock" if row == nothing
        else None
        for location_id, location, row in zip(location_ids, locations, rows, strict=True)
    ]  # fmt: skip
    able = [rule is None for rule in rules]
    points = [location.point for location in compress(locations, able) if location]
    distances = metres(Point.of(order.latitude, order.longitude), points)
    fixed = network.rates.of_parcels(distances)
    return _Candidates(
        location_ids, rules, list(compress(location_ids, able)), list(compress(rows, able)), distances, fixed
    )


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
    km = [None if far is None else (far + 50) // 100 / 10 for far in candidates.metres]
    cost = [minor_units(fixed) for fixed in candidates.fixed]
    rules = candidates.excluded
    return Weighed(
        tuple(candidates.location_ids), _among(km, rules), _among(cost, rules), tuple(rules), chosen.exact, chosen.gap
    )


def _among(values: Sequence[T | None], rules: Sequence[str | None]) -> tuple[T | None, ...]:
    """The values of the able locations as a column over all."""
    if len(values) == len(rules):
        return tuple(values)
    of_able = iter(values)
    return tuple([next(of_able) if rule is None else None for rule in rules])
