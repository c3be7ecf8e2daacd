"""Who of those who ask at the same time is done together."""

from dataclasses import dataclass

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_runtime.grouping import may_be_one_of_them, parted


@dataclass(frozen=True)
class One:
    who: int
    names: frozenset[str]


def asked(*names: str) -> list[One]:
    return [One(number, frozenset(each)) for number, each in enumerate(names)]


def numbers(ones: list[One]) -> list[int]:
    return [one.who for one in ones]


def test_requests_of_different_orders_go_together_in_their_sequence():
    now, later = parted(asked("a", "b", "c"), 10)
    assert (numbers(now), later) == ([0, 1, 2], [])


def test_the_second_of_one_order_or_of_one_key_goes_later():
    now, later = parted(asked("ax", "ay", "bx", "cz"), 10)
    assert (numbers(now), numbers(later)) == ([0, 3], [1, 2])


def test_nobody_overtakes_one_who_waits_under_the_same_name():
    now, later = parted(asked("a", "ab", "b"), 10)
    assert (numbers(now), numbers(later)) == ([0], [1, 2])


def test_no_more_go_than_may():
    now, later = parted(asked("a", "b", "c"), 2)
    assert (numbers(now), numbers(later)) == ([0, 1], [2])


@given(st.lists(st.frozensets(st.sampled_from("abcdef"), min_size=1), min_size=1), st.integers(1, 5))
def test_everyone_goes_once_and_those_of_one_name_in_their_sequence(names: list[frozenset[str]], most: int):
    waiting = [One(number, each) for number, each in enumerate(names)]
    gone: list[One] = []
    while waiting:
        now, waiting = parted(waiting, most)
        assert 0 < len(now) <= most
        assert sum(len(one.names) for one in now) == len({name for one in now for name in one.names})
        gone += now
    for name in "abcdef":
        its = [one.who for one in gone if name in one.names]
        assert its == sorted(its)
    assert sorted(numbers(gone)) == list(range(len(names)))


@pytest.mark.parametrize(
    ("error", "one_of_them"),
    [
        (ValueError("a bug"), True),
        (asyncpg.LockNotAvailableError(), True),
        (asyncpg.QueryCanceledError(), True),
        (asyncpg.UniqueViolationError(), True),
        (asyncpg.DeadlockDetectedError(), True),
        (asyncpg.DiskFullError(), False),
        (asyncpg.InterfaceError("closed"), False),
        (ConnectionRefusedError(), False),
        (TimeoutError(), False),
    ],
)
def test_a_database_that_is_away_is_nobodys_fault_and_all_else_may_be_the_fault_of_one(
    error: Exception, one_of_them: bool
):
    assert may_be_one_of_them(error) is one_of_them
