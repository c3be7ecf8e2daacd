"""A shop's requests are counted exactly: never one too many, never one refused that it might have sent."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from order_intake.domain.rates import MOST_BUCKETS, WHOLE, Rates, Wait
from order_intake.domain.shops import Rate

RATES = st.builds(Rate, per_s=st.integers(1, 5000), burst=st.integers(1, 50))
STEPS = st.lists(st.one_of(st.integers(0, 1000), st.integers(0, WHOLE // 10), st.integers(0, 20 * WHOLE)), max_size=200)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.ns = 5

    def __call__(self) -> int:
        return self.ns


def counted(rate: Rate, steps: list[int]) -> list[tuple[int, Wait | None]]:
    """When each request came, and what it was told."""
    clock = Clock()
    rates, told = Rates(clock), []
    for step in steps:
        clock.ns += step
        told.append((clock.ns, rates.ask("s", rate)))
    return told


@given(RATES, STEPS)
@example(Rate(per_s=3, burst=1), [0, WHOLE // 3, WHOLE // 3 + 1])  # a third of a second is no whole nanosecond
def test_never_more_than_the_burst_and_the_rate_are_taken_in_any_time(rate: Rate, steps: list[int]):
    taken = [at for at, wait in counted(rate, steps) if wait is None]
    for first, since in enumerate(taken):
        for last, until in enumerate(taken[first:], first):
            assert (last - first + 1) * WHOLE <= rate.burst * WHOLE + (until - since) * rate.per_s


@given(RATES, STEPS)
def test_what_is_refused_would_have_been_too_many_in_some_time(rate: Rate, steps: list[int]):
    told = counted(rate, steps)
    for n, (now, wait) in enumerate(told):
        if wait is None:
            continue
        before = [at for at, refused in told[:n] if refused is None]
        assert any(
            (len(before) - first + 1) * WHOLE > rate.burst * WHOLE + (now - since) * rate.per_s
            for first, since in enumerate(before)
        )


@given(RATES, STEPS)
def test_who_waits_as_long_as_was_said_is_taken_and_not_a_moment_sooner(rate: Rate, steps: list[int]):
    clock = Clock()
    rates = Rates(clock)
    for step in steps:
        clock.ns += step
        wait = rates.ask("s", rate)
        if wait:
            clock.ns += wait.ns - 1
            assert rates.ask("s", rate) is not None
            clock.ns += 1
            assert rates.ask("s", rate) is None


def test_shops_do_not_count_for_each_other():
    rates = Rates(Clock())
    assert rates.ask("a", Rate(1, 1)) is None
    assert rates.ask("a", Rate(1, 1)) is not None
    assert rates.ask("b", Rate(1, 1)) is None


def test_a_new_rate_holds_from_the_next_request():
    rates = Rates(Clock())
    assert [rates.ask("a", Rate(1, 3)) for _ in range(2)] == [None, None]
    assert [bool(rates.ask("a", Rate(1, 1))) for _ in range(2)] == [False, True]


def test_a_clock_that_goes_back_neither_fills_nor_empties():
    clock = Clock()
    rates = Rates(clock)
    assert rates.ask("a", Rate(1, 2)) is None
    clock.ns -= 4
    assert rates.ask("a", Rate(1, 2)) is None
    assert rates.ask("a", Rate(1, 2)) is not None


@pytest.mark.parametrize(("ns", "seconds"), [(1, 1), (WHOLE, 1), (WHOLE + 1, 2), (90 * WHOLE, 90)])
def test_who_comes_too_soon_is_told_whole_seconds(ns: int, seconds: int):
    assert Wait(ns).retry_after == seconds


def test_however_many_shops_come_the_newest_are_counted_and_memory_is_bounded():
    clock = Clock()
    rates = Rates(clock)
    for n in range(MOST_BUCKETS + 1):
        clock.ns += 1
        rates.ask(f"s{n}", Rate(1, 1))
    assert len(rates._buckets) <= MOST_BUCKETS
    assert rates.ask(f"s{MOST_BUCKETS}", Rate(1, 1)) is not None
