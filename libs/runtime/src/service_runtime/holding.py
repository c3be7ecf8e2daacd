"""Which partitions a subscriber does not read on purpose: all while braked, a hostile topic for ten minutes."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import TopicPartition

from service_runtime.brake import Brake

LOG = structlog.get_logger("holding")
MOST_POISON_A_MINUTE = 50
MINUTE_S = 60.0


def too_hostile(times: Sequence[float], now: float) -> bool:
    """Whether a topic sent over 50 unreadable records within the last minute. Pure."""
    return sum(1 for at in times if at > now - MINUTE_S) > MOST_POISON_A_MINUTE


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class Holding:
    """What is held back; `pause_s` is how long a hostile topic waits before it is tried again.

    `may_read` is cleared while another process is this replica.
    """

    brake: Brake
    pause_s: float = 600.0
    may_read: asyncio.Event = field(default_factory=_set)
    clock: Callable[[], float] = time.monotonic
    _poison: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(lambda: deque(maxlen=1000)))
    _until: dict[str, float] = field(default_factory=dict)

    def note_poison(self, topics: Collection[str]) -> None:
        """Count unreadable records of hostile topics, one entry a record."""
        now = self.clock()
        for topic in topics:
            self._poison[topic].append(now)
        for topic in set(topics):
            if too_hostile(self._poison[topic], now):
                self._poison[topic].clear()
                self._until[topic] = now + self.pause_s
                LOG.error("a hostile topic is paused alone, then tried again", topic=topic, for_s=self.pause_s)

    @property
    def paused(self) -> Mapping[str, float]:
        """Paused topics, with the seconds left."""
        now = self.clock()
        return {topic: round(until - now, 1) for topic, until in self._until.items() if until > now}

    def held(self, topic: str) -> bool:
        """Whether nothing of this topic is to be handled now."""
        return not self.may_read.is_set() or self.brake.reason is not None or topic in self.paused

    def apply(self, consumer: Any, prefix: str) -> None:
        """Stop fetching what is held, go on fetching what is not; a rebalance forgets what was paused."""
        mine: set[TopicPartition] = set(consumer.assignment())
        held = {topic for topic in {part.topic for part in mine} if self.held(topic.removeprefix(prefix))}
        wanted = {part for part in mine if part.topic in held}
        stopped = set(consumer.paused()) & mine
        if wanted - stopped:
            consumer.pause(*(wanted - stopped))
        if stopped - wanted:
            consumer.resume(*(stopped - wanted))
