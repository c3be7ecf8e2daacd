"""Reads all topics of the instance from their beginning, in no group, and knows how far each group has read."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from baesong.connection import Connection
from baesong.demo.tally import Tally, record_of

WATCHED = (
    "checkout.completed",
    "checkout.answered",
    "order.placed",
    "order.changed",
    "allocation.decided",
    "inventory.changed",
    "shipment.created",
    "shipment.updated",
    "customer.notified",
)
POLL_MS = 200
AT_ONCE = 1000
LAG_EVERY_S = 1.0


class Watch:
    """Follows the instance while it works.

    `lag` is how many records its groups have not finished, by group; `quiet_since` when the last record came.
    """

    def __init__(self, connection: Connection) -> None:
        self.tally = Tally()
        self.lag: dict[str, int] = {}
        self.quiet_since = time.monotonic()
        self._connection = connection
        self._ends: dict[TopicPartition, int] = {}
        self._consumer: AIOKafkaConsumer | None = None

    @property
    def topics(self) -> list[str]:
        """The topics followed, as they are called in this instance."""
        partners = [f"partner.{id_}.{way}" for id_ in self._connection.partners for way in ("shipments", "inbound")]
        return [self._connection.topic(name) for name in (*WATCHED, *partners)]

    @asynccontextmanager
    async def following(self) -> AsyncIterator["Watch"]:
        """Follow for as long as the block lasts."""
        tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._measure())]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for failure in ended:
            if isinstance(failure, Exception):
                raise failure

    def quiet_for(self) -> float:
        """Give for how many seconds nothing was said."""
        return time.monotonic() - self.quiet_since

    def behind(self) -> int:
        """Give how many records all groups together have not finished."""
        return sum(self.lag.values())

    async def caught_up(self) -> None:
        """Wait until everything said so far is counted."""
        assert self._consumer is not None
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        while True:
            if all(self._ends.get(part, 0) >= end for part, end in ends.items()):
                return
            await asyncio.sleep(POLL_MS / 1000)

    async def _follow(self) -> None:
        consumer = self._consumer = AIOKafkaConsumer(
            *self.topics,
            bootstrap_servers=self._connection.bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=8 * 1024 * 1024,
            check_crcs=False,
        )
        async with consumer:
            while True:
                polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=AT_ONCE)
                for part, records in polled.items():
                    for record in records:
                        self.tally.take(record_of(record, self._connection.topic_prefix))
                    self._ends[part] = records[-1].offset + 1
                    self.quiet_since = time.monotonic()
                await asyncio.sleep(POLL_MS / 2000 if polled else 0)

    async def _measure(self) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._connection.bootstrap)
        await admin.start()
        try:
            while True:
                try:
                    self.lag = await self._lag(admin)
                except KafkaError:
                    self.lag = {"unknown": 1}  # the broker is away for a moment
                await asyncio.sleep(LAG_EVERY_S)
        finally:
            await admin.close()

    async def _lag(self, admin: AIOKafkaAdminClient) -> dict[str, int]:
        prefix = self._connection.topic_prefix
        groups = [name for name, *_ in await admin.list_consumer_groups() if name.startswith(prefix)]
        found = {}
        for group in sorted(groups):
            offsets = await admin.list_consumer_group_offsets(group)
            committed = {part: known.offset for part, known in offsets.items()}
            found[group.removeprefix(prefix)] = self._unread(committed)
        return found

    def _unread(self, committed: dict[TopicPartition, int]) -> int:
        """Count what a group has not finished, over all partitions of the topics it has ever committed."""
        topics = {part.topic for part in committed}
        return sum(max(0, end - max(0, committed.get(part, 0))) for part, end in self._of(topics))

    def _of(self, topics: set[str]) -> Iterable[tuple[TopicPartition, int]]:
        return [(part, end) for part, end in self._ends.items() if part.topic in topics]
