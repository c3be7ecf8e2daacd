"""What may be done about a replay job, and when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.approving import Alone, Approved, NotApproved, approval, slowed
from console.domain.foreseeing import goes_wrong, samples, seconds_at, would_run
from console.domain.jobs import LEGAL, STOPPED, Illegal, Mode, State, Step, after
from console.domain.pace import Pace, Patience

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@given(st.lists(st.sampled_from(list(Step)), max_size=30), st.booleans())
def test_no_sequence_of_steps_runs_a_job_that_was_neither_applied_nor_approved(steps: list[Step], forced: bool) -> None:
    state, was, applied, approved = State.PREVIEW, None, False, False
    for step in steps:
        if forced and step is Step.APPLY:  # a forced job is only ever asked for
            continue
        reached = after(state, step, was)
        if isinstance(reached, Illegal):
            continue
        if step in (Step.CANCEL, Step.PAUSE, Step.FAIL):
            was = was if state in STOPPED and was else state
        applied |= step in (Step.APPLY, Step.ASK)
        approved |= step is Step.APPROVE
        state = reached
        if state is State.RUNNING:
            assert applied
            assert approved or not forced


def test_what_is_done_stays_done() -> None:
    assert all(isinstance(after(State.DONE, step, State.RUNNING), Illegal) for step in Step)


def test_a_step_that_is_not_possible_says_what_is() -> None:
    refused = after(State.RUNNING, Step.APPLY)
    assert isinstance(refused, Illegal)
    assert "cancel" in refused.why


def test_every_state_is_reached() -> None:
    assert {*LEGAL.values(), State.PREVIEW} == set(State)


@pytest.mark.parametrize(
    ("standing", "reprocessed", "forced"),
    [("failed", True, True), ("parked", True, True), ("blocked", True, True), ("never_seen", True, True),
     ("done", False, True), ("superseded", False, False), ("too_old", False, False), ("not_read", False, False)],
)  # fmt: skip
def test_what_is_done_is_run_by_force_only_and_what_has_moved_on_never(
    standing: str, reprocessed: bool, forced: bool
) -> None:
    assert would_run(standing, Mode.REPROCESS) is reprocessed
    assert would_run(standing, Mode.FORCE) is forced


def test_a_job_stops_when_more_than_one_in_twenty_fails_again_of_fifty() -> None:
    assert goes_wrong({"handled": 45, "parked_again": 3}) is None
    assert goes_wrong({"handled": 95, "parked_again": 5}) is None
    assert "6 of 100" in (goes_wrong({"handled": 94, "parked_again": 4, "parked": 2}) or "")


def test_the_second_person_is_another_one() -> None:
    hour = NOW + timedelta(hours=1)
    assert approval("mina", "kim", NOW, NOW, alone=False) == Approved("mina")
    assert isinstance(approval("kim", "kim", NOW, hour, alone=False), NotApproved)
    assert isinstance(approval(None, "kim", NOW, hour, alone=True), NotApproved)


def test_alone_only_after_ten_minutes_and_never_more_than_ten_a_second() -> None:
    early = approval("kim", "kim", NOW, NOW + timedelta(minutes=9, seconds=1), alone=True)
    assert isinstance(early, NotApproved)
    assert "1 min" in early.why
    assert approval("kim", "kim", NOW, NOW + timedelta(minutes=10), alone=True) == Alone("kim")
    assert [slowed(rate) for rate in (100_000, 500, 50, 5)] == [10, 10, 5, 1]


@given(st.lists(st.tuples(st.integers(1, 200), st.floats(0, 5)), min_size=1, max_size=50), st.integers(1, 5000))
def test_never_more_than_the_rate_goes_and_what_waited_does_not_rush(
    chunks: list[tuple[int, float]], rate: int
) -> None:
    pace, now, sent, first = Pace(rate), 100.0, 0, 100.0
    for n, pause in chunks:
        now += pace.wait(n, now)
        assert sent <= (now - first) * rate + 1e-6 * (1 + sent)
        sent += n
        now += pause


def test_what_is_read_in_vain_is_read_ever_more_rarely_until_news_come() -> None:
    patience, now, waited = Patience(3, 60, 0), 0, list[float]()
    for _ in range(7):
        waited.append(patience.seconds)
        now += int(patience.seconds)
        assert not patience.is_over(now)
        assert patience.is_over(now + 1)
        patience.begin(now, news=False)
    assert waited == [3, 6, 12, 24, 48, 60, 60]
    patience.begin(now, news=True)
    assert patience.is_over(now + 4)


def test_samples_are_spread_over_all_and_the_first_and_last_are_among_them() -> None:
    assert list(samples(20, 3)) == [1, 2, 3]
    found = samples(20, 100_000)
    assert (len(set(found)), found[0], found[-1]) == (20, 1, 100_000)
    assert seconds_at(100_000, 500) == 200
