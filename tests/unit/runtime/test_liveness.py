"""A consumer that should progress and does not is stuck; one that may stand is not, however long."""

import pytest

from service_runtime.liveness import Look, Standing, looked, stuck
from service_runtime.reading import Partition

PART, OTHER = Partition("order.placed", 3), Partition("order.placed", 4)
LIMIT = 60.0


def after(*looks: Look, every_s: float = 5.0) -> list[str]:
    standings: dict[Partition, Standing] = {}
    for look in looks:
        standings = looked(standings, {PART: look}, every_s)
    return stuck(standings, LIMIT)


def test_a_partition_with_lag_that_does_not_move_for_the_limit_is_stuck() -> None:
    standing = Look(10, 20)
    assert after(*[standing] * 12) == []
    assert after(*[standing] * 13) == ["order.placed/3 to move on from offset 10, for 60 s"]


def test_one_that_moves_by_a_single_record_begins_anew() -> None:
    assert after(*[Look(10, 20)] * 12, Look(11, 20), *[Look(11, 20)] * 11) == []


def test_a_growing_log_does_not_excuse_who_stands() -> None:
    assert after(*[Look(10, 20 + n) for n in range(13)])


def test_one_that_has_read_all_may_stand_for_ever() -> None:
    assert after(*[Look(20, 20)] * 1000) == []


@pytest.mark.parametrize("excuse", ["backing off", "braked", "paused", "stopping or joining"])
def test_one_that_stands_on_purpose_is_not_stuck(excuse: str) -> None:
    assert after(*[Look(10, 20, excuse)] * 1000) == []


def test_time_stood_with_an_excuse_does_not_count_once_it_is_gone() -> None:
    assert after(*[Look(10, 20, "backing off")] * 1000, *[Look(10, 20)] * 11) == []


def test_while_the_broker_does_not_say_where_its_log_ends_nobody_is_judged() -> None:
    assert after(*[Look(10, None)] * 1000, *[Look(10, 20)] * 11) == []


def test_a_position_that_was_sought_back_counts_as_a_move() -> None:
    assert after(*[Look(10, 20)] * 12, Look(5, 20)) == []


def test_partitions_are_judged_each_by_itself_and_forgotten_when_they_are_not_ours() -> None:
    standings: dict[Partition, Standing] = {}
    for n in range(13):
        standings = looked(standings, {PART: Look(10, 20), OTHER: Look(n, 20)}, 5.0)
    assert stuck(standings, LIMIT) == ["order.placed/3 to move on from offset 10, for 60 s"]
    assert stuck(looked(standings, {OTHER: Look(13, 20)}, 5.0), LIMIT) == []
