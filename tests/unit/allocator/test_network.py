"""Distances, rates and amounts."""

from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.domain.money import minor_units, minor_units_at_least, thousandths
from allocator.domain.network import EARTH_M, Point, Rates, metres

DEGREES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def haversine(one, other):
    (a, b), (c, d) = (map(radians, at) for at in (one, other))
    return 2 * EARTH_M * asin(min(1, sqrt(sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2)))


@given(DEGREES, DEGREES)
def test_a_distance_is_the_haversine(one, other):
    [found], known = metres(Point.of(*one), [Point.of(*other)]), haversine(one, other)
    assert found is not None
    assert found == pytest.approx(known, abs=1) or known > EARTH_M * 3.1


def test_seoul_to_busan_is_325_kilometres():
    [found] = metres(Point.of(37.5665, 126.9780), [Point.of(35.1796, 129.0756)])
    assert found == pytest.approx(325_000, rel=0.01)


def test_a_point_that_is_not_known_has_no_distance_and_costs_the_parcel_alone():
    nowhere, somewhere = Point.of(None, None), Point.of(1.0, 1.0)
    assert metres(nowhere, [somewhere]) == metres(somewhere, [nowhere]) == [None]
    assert Rates("KRW", 3_000_000, 0, 100_000).of_parcels([None]) == [3_000_000]


def test_rates_are_per_100_km_and_per_kilogram_rounded_half_up():
    rates = Rates("BRL", 833_000, 269_000, 106_500)
    assert rates.of_parcels([100_000, 0]) == [833_000 + 106_500, 833_000]
    assert rates.of_weight(1500) == 403_500
    assert Rates(per_kg=1).of_weight(500) == 1
    assert Rates(per_kg=1).of_weight(499) == 0


@pytest.mark.parametrize(
    ("amount", "currency", "inside"),
    [("8.33", "BRL", 833_000), ("3000", "KRW", 3_000_000), ("1.065", "BRL", 106_500), ("0.5", "KWD", 500_000)],
)
def test_rates_in_major_units_become_thousandths_of_a_minor_unit(amount, currency, inside):
    assert thousandths(Decimal(amount), currency) == inside


def test_amounts_are_said_in_minor_units_rounded_half_up_and_a_gap_never_understated():
    assert [minor_units(n) for n in (499, 500, 1499, 1500)] == [0, 1, 1, 2]
    assert [minor_units_at_least(n) for n in (0, 1, 1000, 1001)] == [0, 1, 1, 2]
