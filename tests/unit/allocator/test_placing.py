"""Whole orders against whole shelves: never more than there is, units conserved, never dearer than trying everything."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.allocator.given import Desk, a_line, a_shelf, an_order, booked, ordered

from allocator.domain.network import Location, Network, Point, Rates
from allocator.domain.placing import Want, place
from order_events import FulfilledBy
from sizes import size

SKUS, PLACES = ("mug", "pot", "cup"), ("A", "B", "C", "D", "E")
STOCK = st.dictionaries(
    st.sampled_from(SKUS), st.dictionaries(st.sampled_from(PLACES), st.integers(0, 4), min_size=1), max_size=3
)
LINES = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 4)), min_size=1, max_size=4)
POINTS = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=5, max_size=5)


def network_of(points) -> Network:
    locations = {
        name: Location(name, Point.of(float(lat), float(lon)), FulfilledBy.MANUAL, None)
        for name, (lat, lon) in zip(PLACES, points, strict=True)
    }
    return Network(locations, Rates("KRW", 3_000_000, 0, 1_000_000))


def order_of(lines):
    return an_order(*[a_line(str(n), sku, units) for n, (sku, units) in enumerate(lines)], at=(0.0, 0.0))


def by_trying_everything(lines, stock, network) -> int:
    """What the cheapest set costs that fills as much of the order as all places together."""
    wanted: dict[str, int] = {}
    for sku, units in lines:
        wanted[sku] = wanted.get(sku, 0) + units

    def filled(places):
        return [min(units, sum(stock.get(sku, {}).get(at, 0) for at in places)) for sku, units in wanted.items()]

    def cost(places):
        return sum(
            place(order_of([("x", 1)]), [Want(a_line("0", "x", 1), 1)], (), a_shelf({"x": {at: 1}}), network).fixed[at]
            for at in places
        )

    prices = {at: cost([at]) for at in PLACES}
    sets = [chosen for count in range(6) for chosen in combinations(PLACES, count) if filled(chosen) == filled(PLACES)]
    return min(sum(prices[at] for at in chosen) for chosen in sets)


@settings(max_examples=size(150, 5000))
@given(LINES, STOCK, POINTS)
def test_an_order_is_never_dearer_than_trying_every_set_of_places(lines, stock, points):
    network = network_of(points)
    desk = Desk(a_shelf(stock), network)
    desk.hear(order_of(lines))
    held = desk.held["o1"]
    assert sum(one.fixed for one in held.places.values()) == by_trying_everything(lines, stock, network)


@settings(max_examples=size(150, 5000))
@given(st.lists(LINES, min_size=1, max_size=4), STOCK, POINTS)
def test_a_batch_never_takes_more_than_there_is_and_conserves_units(orders, stock, points):
    desk = Desk(a_shelf(stock), network_of(points))
    desk.hear(*[order_of(lines)._replace(order_id=f"o{n}") for n, lines in enumerate(orders)])
    for n, lines in enumerate(orders):
        assert ordered(desk.held[f"o{n}"]) == {str(line): units for line, (_, units) in enumerate(lines)}
    taken = booked(desk.shelf)
    for sku, places in stock.items():
        for at, units in places.items():
            assert desk.buckets(sku, at) == (
                units - taken.get((sku, at, "committed"), 0),
                units - desk.available(sku, at),
            )
            assert 0 <= desk.available(sku, at) <= units


@settings(max_examples=size(50, 1000))
@given(LINES, STOCK, POINTS)
def test_the_same_order_against_the_same_stock_is_decided_the_same(lines, stock, points):
    one, other = Desk(a_shelf(stock), network_of(points)), Desk(a_shelf(stock), network_of(points))
    one.hear(order_of(lines))
    other.hear(order_of(lines))
    assert one.held == other.held
    assert one.shelf.entries == other.shelf.entries


@settings(max_examples=size(100, 2000))
@given(LINES, STOCK, POINTS)
def test_what_is_backordered_is_nowhere_to_be_had(lines, stock, points):
    desk = Desk(a_shelf(stock), network_of(points))
    desk.hear(order_of(lines))
    short = {unit.line_id for unit in desk.held["o1"].units if unit.reason}
    for n, (sku, _) in enumerate(lines):
        if str(n) in short:
            assert not any(level.available for level in desk.shelf.at(sku).values())
