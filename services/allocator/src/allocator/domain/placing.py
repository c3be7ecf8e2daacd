"""Where units that are wanted come from: the cheapest places that have them."""

from collections.abc import Collection, Mapping, Sequence
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


class _Candidates(NamedTuple):
    """Columns, one row per location that keeps a wanted SKU: its offers, or the rule that excludes it."""

    location_ids: list[str]
    offers: list[list[int]]
    excluded: list[str | None]
    km: list[float | None]
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
    items = list(demand)
    columns = _candidates(order, items, demand, excluded, shelf, network)
    able = [row for row, rule in enumerate(columns.excluded) if rule is None]
    chosen = cheapest(
        list(demand.values()), [columns.offers[row] for row in able], [columns.fixed[row] for row in able]
    )
    places = [columns.location_ids[row] for row in able]
    given = _by_line(wants, items, places, chosen)
    return Placed(
        given,
        {places[i]: columns.fixed[able[i]] for i in chosen.opened},
        _short(wants, given, excluded, shelf) if any(chosen.missing) else {},
        _weighed(columns, chosen),
        Priced(network.rates.currency, network.rates.per_kg),
    )


def _demand(wants: Sequence[Want]) -> dict[Item, int]:
    """Units per item, summed over lines, so that two lines of a SKU never count the same stock twice."""
    demand: dict[Item, int] = {}
    for line, units in wants:
        item = line.key, line.only
        demand[item] = demand.get(item, 0) + units
    return demand


def _candidates(
    order: Order,
    items: Sequence[Item],
    demand: Mapping[Item, int],
    excluded: Collection[str],
    shelf: Shelf,
    network: Network,
) -> _Candidates:
    columns = _Candidates([], [], [], [], [])
    origin = Point.of(order.latitude, order.longitude)
    pickups = any(only for _, only in items)
    for location_id in _keeping(items, shelf):
        offers = [_offer(item, location_id, demand, shelf, pickups) for item in items]
        rule = _rule_against(location_id, offers, excluded, network)
        distance = None if rule else metres(origin, network.locations[location_id].point)
        columns.location_ids.append(location_id)
        columns.offers.append(offers)
        columns.excluded.append(rule)
        columns.km.append(None if distance is None else round(distance / 1000, 1))
        columns.fixed.append(0 if rule else network.rates.of_parcel(distance))
    return columns


def _keeping(items: Sequence[Item], shelf: Shelf) -> list[str]:
    if len(items) == 1:
        return sorted(shelf.at(items[0][0]))
    return sorted({location_id for sku, _ in items for location_id in shelf.at(sku)})


def _offer(item: Item, location_id: str, demand: Mapping[Item, int], shelf: Shelf, pickups: bool) -> int:
    """What a place can give of an item; what is picked up there goes first."""
    sku, only = item
    level = shelf.at(sku).get(location_id)
    if level is None or only not in (None, location_id):
        return 0
    if pickups and only is None:
        return max(0, level.available - demand.get((sku, location_id), 0))
    return level.available


def _rule_against(location_id: str, offers: Sequence[int], excluded: Collection[str], network: Network) -> str | None:
    if location_id in excluded:
        return "gave_units_back"
    if location_id not in network.locations:
        return "unknown_location"
    return None if any(offers) else "no_stock"


def _by_line(wants: Sequence[Want], items: Sequence[Item], places: Sequence[str], chosen: Chosen) -> list[Given]:
    """Hand the picks of each item to its lines, first come, first served."""
    if len(wants) == 1:
        return [Given(wants[0].line, places[pick.place], pick.units) for pick in chosen.picks]
    piles: dict[Item, list[tuple[str, int]]] = {}
    for pick in chosen.picks:
        piles.setdefault(items[pick.item], []).append((places[pick.place], pick.units))
    return [given for want in wants for given in _from_pile(want, piles.get((want.line.key, want.line.only), []))]


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
    short = {}
    for line, units in wants:
        missing = units - sum(one.units for one in given if one.line.line_id == line.line_id)
        if missing:
            short[line.line_id] = Short(missing, _why(line, excluded, shelf))
    return short


def _why(line: Line, excluded: Collection[str], shelf: Shelf) -> str:
    if line.key not in shelf.known:
        return "unknown_sku"
    elsewhere = any(level.available for place, level in shelf.at(line.key).items() if place in excluded)
    return "no_location_left" if elsewhere else "out_of_stock"


def _weighed(columns: _Candidates, chosen: Chosen) -> Weighed:
    return Weighed(
        tuple(columns.location_ids),
        tuple(columns.km),
        tuple([None if rule else minor_units(c) for c, rule in zip(columns.fixed, columns.excluded, strict=True)]),
        tuple(columns.excluded),
        chosen.exact,
        chosen.gap,
    )
