"""The cheapest set of places: exact where it says so, and never dearer than trying everything."""

from itertools import combinations

from hypothesis import event, given, settings
from hypothesis import strategies as st

from allocator.domain.cheapest import EXACT_UP_TO, Pick, cheapest
from sizes import size

FEW, FOUR, SIX = st.integers(0, 5), st.integers(1, 4), st.integers(0, 6)


@st.composite
def problems(draw, places=FEW, items=FOUR, wants=SIX, least=0):
    rows, columns = draw(places), draw(items)
    wanted = draw(st.lists(wants, min_size=columns, max_size=columns))
    offers = [draw(st.lists(st.integers(least, 5), min_size=columns, max_size=columns)) for _ in range(rows)]
    fixed = draw(st.lists(st.integers(0, 9), min_size=rows, max_size=rows))
    return wanted, offers, fixed


def fillable(wanted, offers, places):
    return [min(want, sum(offers[place][item] for place in places)) for item, want in enumerate(wanted)]


def by_trying_everything(wanted, offers, fixed):
    """The least (cost, places) of the sets that fill as much as all places together do, and the first such set."""
    every = sorted(range(len(offers)), key=lambda place: (fixed[place], place))
    most = fillable(wanted, offers, every)
    sets = (chosen for count in range(len(offers) + 1) for chosen in combinations(every, count))
    fits = (
        (sum(fixed[i] for i in s), len(s), [every.index(i) for i in s], s)
        for s in sets
        if fillable(wanted, offers, s) == most
    )
    cost, count, _, first = min(fits)
    return cost, count, first


@settings(max_examples=size(400, 20_000))
@given(problems())
def test_it_is_the_first_of_the_cheapest_and_smallest_sets_that_trying_everything_finds(problem):
    chosen = cheapest(*problem)
    assert (chosen.cost, len(chosen.opened), chosen.opened) == by_trying_everything(*problem)
    assert chosen.exact
    assert chosen.gap == 0


@settings(max_examples=size(25, 1000))
@given(problems(places=st.just(13), items=st.integers(1, 2), wants=st.integers(7, 40), least=1))
def test_beyond_twelve_candidates_the_stated_gap_holds(problem):
    chosen = cheapest(*problem)
    most = fillable(problem[0], problem[1], range(len(problem[1])))
    assert fillable(problem[0], problem[1], chosen.opened) == most
    event("exact" if chosen.exact else "greedy")
    assert (chosen.gap == 0) is chosen.exact
    assert chosen.cost - chosen.gap <= by_trying_everything(*problem)[0] <= chosen.cost


@settings(max_examples=size(200, 10_000))
@given(problems(places=st.integers(0, 20), items=st.integers(1, 5)))
def test_units_are_conserved_and_nobody_gives_more_than_there_is(problem):
    wanted, offers, fixed = problem
    chosen = cheapest(wanted, offers, fixed)
    for item, want in enumerate(wanted):
        picked = [pick for pick in chosen.picks if pick.item == item]
        assert sum(pick.units for pick in picked) + chosen.missing[item] == want
        assert all(0 < pick.units <= offers[pick.place][item] for pick in picked)
        assert len({pick.place for pick in picked}) == len(picked)
    assert {pick.place for pick in chosen.picks} == set(chosen.opened)
    assert chosen.cost == sum(fixed[place] for place in chosen.opened)


@settings(max_examples=size(100, 5000))
@given(problems(places=st.integers(0, 20)))
def test_it_fills_as_many_units_as_there_are(problem):
    wanted, offers, _ = problem
    there = fillable(wanted, offers, range(len(offers)))
    assert list(cheapest(*problem).missing) == [want - units for want, units in zip(wanted, there, strict=True)]


@given(problems(places=st.integers(0, 16)))
def test_it_is_deterministic(problem):
    assert cheapest(*problem) == cheapest(*problem)


def test_one_place_that_has_all_beats_two_that_are_nearer():
    chosen = cheapest([1, 1], [[1, 0], [0, 1], [1, 1]], [10, 10, 15])
    assert chosen.opened == (2,)


def test_an_order_is_split_only_when_splitting_is_cheaper():
    assert cheapest([2], [[1], [1], [2]], [10, 10, 19]).opened == (2,)
    assert cheapest([2], [[1], [1], [2]], [10, 10, 21]).opened == (0, 1)


def test_a_line_may_split():
    chosen = cheapest([5], [[3], [4]], [10, 12])
    assert chosen.picks == (Pick(0, 0, 3), Pick(1, 0, 2))


def test_of_two_places_that_cost_the_same_the_first_wins():
    assert cheapest([1], [[1], [1]], [7, 7]).opened == (0,)
    assert cheapest([2], [[1], [1], [1]], [7, 7, 7]).opened == (0, 1)


def test_of_two_sets_that_cost_the_same_the_smaller_wins():
    assert cheapest([2], [[1], [1], [2]], [5, 5, 10]).opened == (2,)


def test_a_place_that_costs_nothing_is_opened_only_when_it_gives_something():
    assert cheapest([1], [[1], [1]], [0, 0]).opened == (0,)


def test_what_nobody_has_is_missing_and_opens_nothing():
    assert cheapest([2], [], []).missing == (2,)
    nothing = cheapest([2], [[0], [0]], [1, 1])
    assert (nothing.opened, nothing.picks, nothing.missing, nothing.cost) == ((), (), (2,), 0)


def test_nothing_wanted_opens_nothing():
    assert cheapest([0], [[5]], [1]).opened == ()


def test_places_that_cannot_matter_do_not_count_towards_the_twelve():
    full = [[5] for _ in range(EXACT_UP_TO * 5)]
    assert cheapest([5], [[3], [2], *full], [1, 1, *[9] * len(full)]).exact
