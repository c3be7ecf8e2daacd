"""How far a subscriber is: per partition what was handled last, checked against the log when it is assigned."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from service_runtime.infrastructure import Infrastructure
from service_runtime.reading import Partition, Record
from service_runtime.retained import Kept, missing, offsets_of
from service_runtime.schedule import back_off

LOG = structlog.get_logger("course")
GLANCE_S = 0.2  # a position that is not known by then is not known
Parts = Mapping[Partition, TopicPartition]


class Course:
    """The next offset to handle and the time of the last record handled, of each partition that is ours."""

    def __init__(self, infrastructure: Infrastructure, stop: Callable[[Sequence[str]], None]) -> None:
        self.next: dict[Partition, int] = {}
        self.handled_at: dict[Partition, float] = {}
        self._infrastructure = infrastructure
        self._stop = stop
        self._checked = asyncio.Event()
        self._check: asyncio.Task[None] | None = None

    def handled(self, offsets: Mapping[Partition, int], records: Sequence[Record]) -> None:
        """A batch is handled, up to these offsets."""
        self.next.update(offsets)
        self.handled_at.update({record.place.of: record.timestamp / 1000 for record in records})

    def begin(self, consumer: Any, parts: Parts, ready: Callable[[], None]) -> None:
        """These partitions are ours; nothing of them is handled before the log is known to hold what comes next."""
        self._check = asyncio.create_task(self._check_the_log(consumer, parts, ready))

    def end(self) -> None:
        """They are ours no more."""
        self.next.clear()
        self.handled_at.clear()
        self._checked.clear()
        if self._check is not None:
            self._check.cancel()
            self._check = None

    def let_go(self) -> None:
        """Nobody handles anything any more: who waits for the check goes on, and finds that out."""
        self._checked.set()

    async def still_ours(self) -> bool:
        """Wait for the check; a batch that was polled before a new assignment is read again."""
        if self._checked.is_set():
            return True
        check = self._check
        await self._checked.wait()
        return check is self._check

    async def position(self, consumer: Any, part: Partition, name: TopicPartition) -> int:
        """The next offset to handle while nothing is in hand: gaps of the log that were stepped over are handled."""
        try:
            async with asyncio.timeout(GLANCE_S):
                return max(self.next.get(part, 0), int(await consumer.position(name)))
        except (IllegalStateError, TimeoutError):
            return self.next.get(part, 0)

    async def _check_the_log(self, consumer: Any, parts: Parts, ready: Callable[[], None]) -> None:
        committed, kept = await self._asked(consumer, parts)
        begins = {part: log.first(committed.get(part)) for part, log in kept.items()}
        self.next = begins | self.next
        lines = missing(committed, kept)
        if lines:
            self._stop(lines)
        self._checked.set()
        ready()

    async def _asked(self, consumer: Any, parts: Parts) -> tuple[dict[Partition, int], dict[Partition, Kept]]:
        failures = 0
        while True:
            try:
                offsets = await offsets_of(consumer, parts)
            except (KafkaError, OSError) as error:
                failures += 1
                self._infrastructure.failed("assignment", error)
                await asyncio.sleep(back_off(failures, random.random()))  # noqa: S311 - jitter
            else:
                self._infrastructure.well("assignment")
                return offsets
