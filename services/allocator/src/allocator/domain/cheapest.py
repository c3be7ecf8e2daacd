"""The cheapest set of places for one order. Pure: columns and whole numbers in, picks out."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from operator import add, lt
from typing import NamedTuple

EXACT_UP_TO = 12  # candidates for which the answer is proven least; docs of the decision: design.md section 4
_COUNT_BITS = 10  # weight = cost and one, so that of two equal costs the fewer places win (up to 1,023 places)

Row = Sequence[int]
Rows = Sequence[Row]
Needs = list[tuple[int, int]]  # (item, units still to be found), without the items that are complete


class Pick(NamedTuple):
    """Units of an item taken from a place, both by their position."""

    place: int
    item: int
    units: int


class Chosen(NamedTuple):
    """The places opened, cheapest first, what each gives, and what nobody has.

    `gap` is 0 where `exact`, else the most by which another set could be cheaper.
    """

    opened: tuple[int, ...]
    picks: tuple[Pick, ...]
    missing: tuple[int, ...]
    cost: int
    exact: bool
    gap: int


def cheapest(wanted: Row, offers: Rows, fixed: Row) -> Chosen:
    """Fill as many units as possible, from the set of places that costs least to open.

    Units cost the same wherever they come from, so the set decides. Of sets that cost the same the smaller wins, then
    the one whose places come first by cost and position.

    Args:
        wanted: units per item, each >= 0.
        offers: per place the units it can give of each item.
        fixed: per place what opening it costs, each >= 0.
    Returns:
        The set and its picks; exact up to `EXACT_UP_TO` places after those that cannot matter are left out.
    """
    if offers and any(wanted):
        first = fixed.index(min(fixed))
        if _covers(offers[first], wanted):
            return _from_one(first, wanted, fixed[first])
    targets = _fillable(wanted, offers)
    if not any(targets):
        return _filled(wanted, targets, offers, fixed, ())
    by_cost = sorted(range(len(offers)), key=fixed.__getitem__)
    if _covers(offers[by_cost[0]], targets):
        return _filled(wanted, targets, offers, fixed, by_cost[:1])
    forced = _forced(targets, offers)
    needs = [need - sum([offers[place][item] for place in forced]) for item, need in enumerate(targets)]
    rest = _rest([place for place in by_cost if place not in forced], [max(0, need) for need in needs], offers, fixed)
    opened = sorted([*forced, *rest.opened], key=by_cost.index)
    return _filled(wanted, targets, offers, fixed, opened)._replace(exact=rest.gap == 0, gap=rest.gap)


def _from_one(place: int, wanted: Row, cost: int) -> Chosen:
    picks = [Pick(place, item, units) for item, units in enumerate(wanted) if units]
    return Chosen((place,), tuple(picks), (0,) * len(wanted), cost, exact=True, gap=0)


class _Rest(NamedTuple):
    opened: Row
    gap: int


def _forced(targets: Row, offers: Rows) -> set[int]:
    """The places without which some item cannot be filled: every set that fills all holds them."""
    forced: set[int] = set()
    for target, column in zip(targets, zip(*offers, strict=True), strict=True):
        spare = sum(column) - target
        if target and max(column) > spare:
            forced.update([place for place, units in enumerate(column) if units > spare])
    return forced


def _rest(by_cost: Row, needs: Row, offers: Rows, fixed: Row) -> _Rest:
    """The cheapest set for what the forced places leave open, and how far from the best it may be."""
    if not any(needs):
        return _Rest((), 0)
    places = _that_matter(by_cost, needs, offers)
    if len(places) <= EXACT_UP_TO:
        return _Rest(_least(places, needs, offers, fixed), 0)
    opened = _greedy(places, needs, offers, fixed)
    cost = sum([fixed[place] for place in opened])
    return _Rest(opened, cost - _lower_bound(places, needs, offers, fixed))


def _fillable(wanted: Row, offers: Rows) -> list[int]:
    if len(wanted) == 1:
        return [min(wanted[0], sum([row[0] for row in offers]))]
    return [min(units, sum([row[item] for row in offers])) for item, units in enumerate(wanted)]


def _covers(row: Row, targets: Row) -> bool:
    return not any(map(lt, row, targets))


def _that_matter(by_cost: Row, targets: Row, offers: Rows) -> list[int]:
    """The places some best set may hold: each gives something, and no cheaper one gives all of every item it has."""
    places: list[int] = []
    fully: list[int] = []
    for place in by_cost:
        has, has_all = _items(offers[place], targets)
        if has and not any(has & ~other == 0 for other in fully):
            places.append(place)
            fully.append(has_all)
    return places


def _items(row: Row, targets: Row) -> tuple[int, int]:
    has = has_all = 0
    for item, target in enumerate(targets):
        if target and row[item]:
            has |= 1 << item
            if row[item] >= target:
                has_all |= 1 << item
    return has, has_all


class _Search:
    """Branch and bound over places in order of cost; the first of equals found is the one that comes first.

    A set still to be completed needs at least as many places as the item that lacks most takes of the place that has
    most of it, and the next ones in order are the cheapest left: that is the bound.
    """

    def __init__(self, places: Row, targets: Row, offers: Rows, fixed: Row) -> None:
        self.rows = [offers[place] for place in places]
        self.weights = [(fixed[place] << _COUNT_BITS) + 1 for place in places]
        self.best = sum(self.weights) + 1
        self.best_set: tuple[int, ...] = ()
        self._sums = [0, *accumulate(self.weights)]
        nothing = [0] * len(targets)
        backwards = self.rows[::-1]
        self._left = [*accumulate(backwards, _added, initial=nothing)][:0:-1]
        self._most = [*accumulate(backwards, _larger, initial=nothing)][:0:-1]

    def run(self, first: int, needs: Needs, weight: int, taken: tuple[int, ...]) -> None:
        """Complete the set `taken` with places from `first` on, wherever that can beat the best."""
        if not needs:
            if weight < self.best:
                self.best, self.best_set = weight, taken
            return
        if first == len(self.rows):
            return
        at_least = self._places_needed(first, needs)
        if at_least is None or weight + self._sums[first + at_least] - self._sums[first] >= self.best:
            return
        row = self.rows[first]
        left = [(item, need - row[item]) for item, need in needs if need > row[item]]
        if left != needs:
            self.run(first + 1, left, weight + self.weights[first], (*taken, first))
        self.run(first + 1, needs, weight, taken)

    def _places_needed(self, first: int, needs: Needs) -> int | None:
        """How many of the places from `first` on it takes at least, or None when all of them are not enough."""
        places, most, left = 1, self._most[first], self._left[first]
        for item, need in needs:
            if need > most[item]:
                if need > left[item]:
                    return None
                places = max(places, -(-need // most[item]))
        return places


def _added(one: Row, other: Row) -> list[int]:
    return list(map(add, one, other))


def _larger(one: Row, other: Row) -> list[int]:
    return list(map(max, one, other))


def _least(places: Row, targets: Row, offers: Rows, fixed: Row) -> list[int]:
    search = _Search(places, targets, offers, fixed)
    search.run(0, [(item, units) for item, units in enumerate(targets) if units], 0, ())
    return [places[position] for position in search.best_set]


def _greedy(places: Row, targets: Row, offers: Rows, fixed: Row) -> list[int]:
    """Open the place that costs least per unit it adds, until nothing is left; then close what was not needed."""
    needs, opened = list(targets), []
    while any(needs):
        units = {p: sum(map(min, offers[p], needs)) for p in places if p not in opened}
        best = min((p for p in units if units[p]), key=lambda p: (Fraction(fixed[p] + 1, units[p]), places.index(p)))
        opened.append(best)
        needs = [max(0, need - given) for need, given in zip(needs, offers[best], strict=True)]
    for place in sorted(opened, key=lambda p: (-fixed[p], -places.index(p))):
        others = [p for p in opened if p != place]
        if all(sum(offers[p][item] for p in others) >= target for item, target in enumerate(targets)):
            opened = others
    return sorted(opened, key=places.index)


def _lower_bound(places: Row, targets: Row, offers: Rows, fixed: Row) -> int:
    """What any set must cost: the dearest item, filled by fractions of the places that are cheapest for it."""
    wanted = [(item, target) for item, target in enumerate(targets) if target]
    return max(_fractional(places, target, item, offers, fixed) for item, target in wanted)


def _fractional(places: Row, target: int, item: int, offers: Rows, fixed: Row) -> int:
    needed, cost = target, 0
    having = [p for p in places if offers[p][item]]
    for place in sorted(having, key=lambda p: Fraction(fixed[p], min(offers[p][item], target))):
        given = min(offers[place][item], target)
        if given >= needed:
            return cost + fixed[place] * needed // given
        needed -= given
        cost += fixed[place]
    return cost


def _filled(wanted: Row, targets: Row, offers: Rows, fixed: Row, opened: Row) -> Chosen:
    """Each item from the opened places in turn, so that the cheapest gives most."""
    picks = []
    for item, target in enumerate(targets):
        needed = target
        for place in opened:
            units = min(needed, offers[place][item])
            if units:
                picks.append(Pick(place, item, units))
                needed -= units
    missing = tuple([want - target for want, target in zip(wanted, targets, strict=True)])
    return Chosen(tuple(opened), tuple(picks), missing, sum([fixed[place] for place in opened]), exact=True, gap=0)
