"""What the watch makes of what it sees: what it tells of lag, and when it ends the process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiokafka.errors import KafkaConnectionError
from prometheus_client import REGISTRY

from service_runtime.course import Course
from service_runtime.infrastructure import Infrastructure
from service_runtime.reading import Partition
from service_runtime.simulation import Chance, MemoryStore
from service_runtime.watch import LOOKS, Watch, Witness

ONE, TWO = Partition("watch.one", 0), Partition("watch.two", 0)


class Ends(Witness):
    def __init__(self, **ends: int) -> None:
        self.of: dict[Partition, int] | None = {ONE: 10, TWO: 10}

    async def ends(self, parts: Sequence[Partition]) -> dict[Partition, int]:
        if self.of is None:
            raise KafkaConnectionError
        return {part: self.of[part] for part in parts}

    async def stop(self) -> None:
        pass


@dataclass
class Reader:
    at: dict[Partition, int]
    excused: str | None = None
    course: Course = field(init=False)

    def __post_init__(self) -> None:
        self.course = Course(Infrastructure(), MemoryStore(Chance(0)), lambda lines: True, lambda error: None)

    def assigned(self) -> frozenset[Partition]:
        return frozenset(self.at)

    def excuse(self, part: Partition) -> str | None:
        return self.excused

    async def position(self, part: Partition, end: int | None) -> int:
        return self.at[part]


def watch(reader: Reader, ends: Ends, ended: list[object], limit_s: float = 60.0) -> Watch:
    return Watch(ends, [reader], Infrastructure(), limit_s, ended.append)  # type: ignore[list-item]


def told(name: str, topic: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"topic": topic})


async def test_lag_is_told_of_what_is_ours_and_no_more_when_it_has_gone_to_another() -> None:
    reader, ends = Reader({ONE: 4, TWO: 10}), Ends()
    watching = watch(reader, ends, [])
    await watching.look()
    assert (told("baesong_lag_messages", "watch.one"), told("baesong_lag_messages", "watch.two")) == (6, 0)
    reader.at = {TWO: 10}
    await watching.look()
    assert told("baesong_lag_messages", "watch.one") is None
    assert told("baesong_lag_seconds", "watch.one") is None


async def test_lag_in_seconds_goes_by_the_last_record_handled_or_the_last_time_nothing_was_left() -> None:
    reader, ends = Reader({ONE: 10}), Ends()
    watching = watch(reader, ends, [])
    await watching.look()
    assert told("baesong_lag_seconds", "watch.one") == 0
    ends.of = {ONE: 11}
    reader.course.handled_at = {ONE: 1000.0}  # the topic was silent for years: that is no lag of years
    await watching.look()
    seconds = told("baesong_lag_seconds", "watch.one")
    assert seconds is not None
    assert 0 <= seconds < 1


async def test_the_process_ends_two_looks_after_live_failed_and_not_if_it_moved() -> None:
    ended = list[object]()
    reader = Reader({ONE: 4})
    watching = watch(reader, Ends(), ended, limit_s=0.24)
    running = asyncio.create_task(watching.run())
    while not watching.stuck:
        await asyncio.sleep(0.005)
    assert ended == []
    reader.at = {ONE: 5}
    while watching.stuck:
        await asyncio.sleep(0.005)
    assert ended == []
    await asyncio.wait_for(running, 5)
    assert "watch.one/0 to move on from offset 5" in str(ended)


async def test_while_the_broker_does_not_answer_nobody_is_stuck_and_the_service_is_not_ready() -> None:
    ends = Ends()
    watching = watch(Reader({ONE: 4}), ends, [])
    for _ in range(LOOKS - 1):
        await watching.look()
    ends.of = None
    for _ in range(5 * LOOKS):
        await watching.look()
    assert watching.stuck == []
    assert watching._infrastructure.away == ["look"]


async def test_a_late_look_counts_as_one_so_that_a_process_that_was_stopped_is_not_ended_for_it() -> None:
    watching = watch(Reader({ONE: 4}), Ends(), [], limit_s=0.012)
    for _ in range(LOOKS):
        await watching.look()
        await asyncio.sleep(0.02)
    assert watching.stuck == []
    await watching.look()
    assert watching.stuck
