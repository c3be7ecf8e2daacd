"""How far a subscriber is: per partition what was handled last, checked against the log when it is assigned."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from service_runtime.failures import Failure, failure_of
from service_runtime.infrastructure import Infrastructure
from service_runtime.ports import Store
from service_runtime.reading import Partition, Record
from service_runtime.retained import missing, offsets_of, put_back
from service_runtime.schedule import back_off

LOG = structlog.get_logger("course")
GLANCE_S = 0.2  # a position that is not known by then is not known
Parts = Mapping[Partition, TopicPartition]
T = TypeVar("T")


class Course:
    """The next offset to handle and the time of the last record handled, of each partition that is ours."""

    def __init__(
        self,
        infrastructure: Infrastructure,
        store: Store,
        stop: Callable[[Sequence[str]], bool],
        on_bug: Callable[[BaseException], None],
    ) -> None:
        self.next: dict[Partition, int] = {}
        self.handled_at: dict[Partition, float] = {}
        self._infrastructure = infrastructure
        self._store = store
        self._stop = stop
        self._on_bug = on_bug
        self._checked = asyncio.Event()
        self._check: asyncio.Task[None] | None = None

    def handled(self, last: Mapping[Partition, Record]) -> None:
        """A batch is handled; the last record of each partition."""
        self.next.update({part: record.place.offset + 1 for part, record in last.items()})
        self.handled_at.update({part: record.timestamp / 1000 for part, record in last.items()})

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
        try:
            await self._agreed(consumer, parts)
        except Exception as error:  # noqa: BLE001 - nobody waits for this task: who hung here would hang unheard
            self._on_bug(error)
        self._checked.set()
        ready()

    async def _agreed(self, consumer: Any, parts: Parts) -> None:
        committed, kept = await self._until_said(lambda: offsets_of(consumer, parts))
        consumed = await self._until_said(lambda: self._store.consumed_through(list(parts)))
        begins = {part: log.first(committed.get(part)) for part, log in kept.items()}
        self.next = begins | self.next
        lines = [*missing(committed, kept), *put_back(committed, consumed)]
        if lines and not self._stop(lines):
            for part in sorted(committed):
                await self._until_said(partial(self._store.accept_skip, part, begins[part]))

    async def _until_said(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What broker or database answer, once they do."""
        failures = 0
        while True:
            try:
                said = await ask()
            except Exception as error:
                if failure_of(error) is Failure.BUG:
                    raise
                failures += 1
                self._infrastructure.failed("assignment", error)
                await asyncio.sleep(back_off(failures, random.random()))  # noqa: S311 - jitter
            else:
                self._infrastructure.well("assignment")
                return said
