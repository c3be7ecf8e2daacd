"""What is done about failures: the schedule, the brake, the halves of a batch."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_runtime import Retry
from service_runtime.bisecting import bisected, halves
from service_runtime.brake import verdict
from service_runtime.failures import Bug, Failure, failure_of
from service_runtime.holding import too_hostile
from service_runtime.parking import put_aside
from service_runtime.ports import Waiting
from service_runtime.reading import Place, Record
from service_runtime.schedule import RETRY_AFTER, back_off, next_try

NOW = datetime(2026, 11, 23, tzinfo=UTC)
EVENT = Waiting("o-1", "e-1", Record(Place("order.placed", 0, 1), b"o-1", b"{}", (), 0))


@pytest.mark.parametrize(("attempts", "seconds"), list(enumerate(RETRY_AFTER, 1)))
def test_a_passing_failure_is_tried_again_by_the_schedule(attempts: int, seconds: int):
    aside = put_aside(EVENT, attempts, Retry("no rate yet"), NOW)
    assert aside.blocked.due_at == NOW + timedelta(seconds=seconds)
    assert aside.parked is None


def test_a_passing_failure_whose_schedule_is_used_up_is_parked_and_keeps_its_order_blocked():
    aside = put_aside(EVENT, len(RETRY_AFTER) + 1, Retry("no rate yet"), NOW)
    assert aside.blocked.due_at is None
    assert aside.parked is not None
    assert (aside.parked.error_class, aside.parked.event_id, aside.parked.order_id) == ("business", "e-1", "o-1")


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        ConnectionResetError(),
        TimeoutError(),
    ],
)
def test_a_connection_that_was_cut_off_at_whatever_moment_is_infrastructure(error: Exception):
    assert failure_of(error) is Failure.INFRASTRUCTURE


def test_a_bug_is_parked_at_once():
    aside = put_aside(EVENT, 1, Bug("KeyError at f:1", "KeyError at f:1\nTraceback"), NOW)
    assert aside.blocked.due_at is None
    assert aside.blocked.reason == "KeyError at f:1"
    assert aside.parked is not None
    assert aside.parked.error_class == "bug"


@given(st.integers(1, 60), st.floats(0, 1))
def test_no_back_off_is_longer_than_thirty_seconds(failures: int, jitter: float):
    assert 0 < back_off(failures, jitter) <= 30
    assert back_off(failures + 1, jitter) >= back_off(failures, jitter)


def test_the_schedule_ends():
    assert next_try(len(RETRY_AFTER) + 1, NOW) is None


@pytest.mark.parametrize(
    ("failed", "kinds", "stops"),
    [
        (0, [], False),
        (50, ["a"] * 30 + ["b"] * 20, False),
        (51, ["a"], True),
        (10, ["a"] * 49, False),
        (10, ["a"] * 50, True),
        (10, ["a"] * 49 + ["b"] * 49, False),
    ],
)
def test_a_release_stops_over_five_percent_of_a_thousand_or_fifty_of_one_error_a_minute(
    failed: int, kinds: list[str], stops: bool
):
    assert (verdict(failed, kinds) is not None) == stops


def test_a_topic_is_too_hostile_above_fifty_unreadable_records_a_minute():
    assert not too_hostile([10.0] * 50, 20.0)
    assert too_hostile([10.0] * 51, 20.0)
    assert not too_hostile([10.0] * 51, 71.0)


@given(st.lists(st.integers(), min_size=2))
def test_halves_keep_everything_in_sequence(records: list[int]):
    first, second = halves(records)
    assert [*first, *second] == records
    assert first
    assert second


@given(st.lists(st.booleans(), min_size=1, max_size=200))
async def test_a_batch_is_handled_but_for_its_culprits(bad: list[bool]):
    records = list(enumerate(bad))
    handled: list[int] = []
    parked: list[int] = []

    async def attempt(piece, bug):
        if bug:
            parked.extend(n for n, _ in piece)
            return
        if any(is_bad for _, is_bad in piece):
            raise KeyError("bad")
        handled.extend(n for n, _ in piece)

    await bisected(attempt, records, lambda error: isinstance(error, KeyError))
    assert handled == [n for n, is_bad in records if not is_bad]
    assert parked == [n for n, is_bad in records if is_bad]
