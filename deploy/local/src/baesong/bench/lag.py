"""How far the groups of an instance have read, seen from outside."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from baesong.errors import BaesongError

LOOK_EVERY_S, NEAR_THE_END_S = 1.0, 0.1  # a look costs the broker about 5 ms: seldom, while much is left
LITTLE_LEFT = 2000  # records
STALLED_AFTER_S = 60.0
Ends = Mapping[TopicPartition, int]


class Lag:
    """The distance between what some groups have committed and where their topics end.

    Args:
        admin: a client.
        consumer: a client in no group.
        reads: per group the topics it reads, both by whole name.
    """

    def __init__(
        self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, reads: Mapping[str, Sequence[str]]
    ) -> None:
        self._admin = admin
        self._consumer = consumer
        self._reads = reads
        self._parts: dict[str, list[TopicPartition]] = {}
        self._coordinators: dict[str, int] = {}

    async def now(self) -> dict[tuple[str, str], int]:
        """Give per group and topic how many records it has not finished.

        What is committed is read before the ends: all zero means that everything said is read, and nothing new came.
        """
        committed = {group: await self._committed(group) for group in self._reads}
        ends = await self.ends({topic for topics in self._reads.values() for topic in topics})
        lag: dict[tuple[str, str], int] = {}
        for group, topics in self._reads.items():
            for part, end in ends.items():
                if part.topic in topics:
                    behind = max(0, end - committed[group].get(part, 0))
                    lag[group, part.topic] = lag.get((group, part.topic), 0) + behind
        return lag

    async def ends(self, topics: set[str]) -> Ends:
        """Give where each partition of these topics ends."""
        for name in topics - self._parts.keys():
            (described,) = await self._admin.describe_topics([name])
            self._parts[name] = [TopicPartition(name, each["partition"]) for each in described["partitions"]]
        return dict(await self._consumer.end_offsets([part for name in topics for part in self._parts[name]]))

    async def _committed(self, group: str) -> dict[TopicPartition, int]:
        try:
            if group not in self._coordinators:
                self._coordinators[group] = await self._admin.find_coordinator(group)
            said = await self._admin.list_consumer_group_offsets(group, self._coordinators[group])
        except GroupCoordinatorNotAvailableError:
            return {}  # nobody has ever joined a group here: the broker makes its book of offsets at the first
        return {part: max(0, found.offset) for part, found in said.items()}

    async def until_read(self, tell: Callable[[int], None], watched: tuple[str, str]) -> float:
        """Wait until every group has read everything, and give the moment that was seen.

        Args:
            tell: told again and again how much the watched group has yet to read of the watched topic.
            watched: a group and a topic.

        Raises:
            BaesongError: nothing moved for a minute.
        """
        last, moved_at = None, time.perf_counter()
        while True:
            lag = await self.now()
            seen_at = time.perf_counter()
            tell(lag.get(watched, 0))
            if not any(lag.values()):
                return seen_at
            if lag != last:
                last, moved_at = lag, seen_at
            if seen_at - moved_at > STALLED_AFTER_S:
                waiting = ", ".join(f"{group} {topic}: {n}" for (group, topic), n in lag.items() if n)
                raise BaesongError(f"nothing moved for {STALLED_AFTER_S:.0f} s; behind are {waiting}")
            await asyncio.sleep(LOOK_EVERY_S if sum(lag.values()) > LITTLE_LEFT else NEAR_THE_END_S)


@asynccontextmanager
async def lag_of(bootstrap: str, reads: Mapping[str, Sequence[str]]) -> AsyncIterator[Lag]:
    """Look at these groups for as long as the block lasts."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False)
    await admin.start()
    await consumer.start()
    try:
        yield Lag(admin, consumer, reads)
    finally:
        await consumer.stop()
        await admin.close()
