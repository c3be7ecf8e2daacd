"""What stands in the log already: read from one place to another in no group, and how far a group has read it."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError

from service_runtime.reading import Partition, Place, Record

AT_ONCE = 500
POLL_MS = 500
AGAIN_AFTER_S = 1.0
FETCH_WAIT_MS = 50  # a reader that is given other partitions waits for the fetch under way
STOPPED_S = 3.0
NOT_EMPTY = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)
Offsets = Mapping[Partition, int]


class GroupHasMembersError(Exception):
    """Somebody reads in this group: its place cannot be moved."""


class Past:
    """The log of one instance, and the groups that read it; an async context."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        self._open.push_async_callback(self._admin.close)
        await self._admin.start()
        self._consumer = await self._consuming(None)
        self._asking = await self._consuming(None)  # what is asked would wait behind a fetch that waits for records
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _consuming(self, group: str | None) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, group_id=group and self._prefix + group, enable_auto_commit=False,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )  # fmt: skip
        self._open.push_async_callback(_stopped, consumer)
        await consumer.start()
        await asyncio.sleep(0)  # a consumer that is stopped before its own task ran raises CancelledError
        return consumer

    async def parts(self, topics: Sequence[str]) -> list[Partition]:
        """The partitions of the topics that there are, by name or pattern."""
        wanted = [self._prefix + topic for topic in topics]
        there = await self._admin.list_topics()
        names = [name for name in there if any(fnmatchcase(name, topic) for topic in wanted)]
        described = await self._admin.describe_topics(names) if names else []
        return sorted(
            Partition(one["topic"].removeprefix(self._prefix), part["partition"])
            for one in described
            for part in one["partitions"]
        )

    async def begins(self, parts: Sequence[Partition]) -> Offsets:
        """Where each of these partitions begins now."""
        found = await self._asking.beginning_offsets([self._named(part) for part in parts]) if parts else {}
        return {self._part(name): offset for name, offset in found.items()}

    async def ends(self, parts: Sequence[Partition]) -> dict[Partition, int]:
        """Where each of these partitions ends now."""
        found = await self._asking.end_offsets([self._named(part) for part in parts]) if parts else {}
        return {self._part(name): offset for name, offset in found.items()}

    async def since(self, parts: Sequence[Partition], at: datetime) -> Offsets:
        """The first record at or after a time in each of these partitions; where there is none, its end."""
        ms = int(at.timestamp() * 1000)
        found = await self._asking.offsets_for_times({self._named(part): ms for part in parts}) if parts else {}
        ends = await self.ends([self._part(name) for name, first in found.items() if first is None])
        return ends | {self._part(name): first.offset for name, first in found.items() if first is not None}

    async def records(self, ends: Offsets, begins: Offsets | None = None) -> AsyncIterator[list[Record]]:
        """What stands in these partitions below their ends, those of a partition in their order."""
        starts = await self.begins(list(ends))
        at = {part: max((begins or {}).get(part, 0), starts[part]) for part in ends}
        left = {self._named(part): end for part, end in ends.items() if at[part] < end}
        if not left:
            return
        self._consumer.assign(list(left))
        for name in left:
            self._consumer.seek(name, at[self._part(name)])
        while left:
            polled = await self._consumer.getmany(*left, timeout_ms=POLL_MS, max_records=AT_ONCE)
            yield [self._record(raw) for name, some in polled.items() for raw in some if raw.offset < left[name]]
            # A log has gaps, so what counts is where the consumer stands, not which records came.
            left = {name: end for name, end in left.items() if await self._consumer.position(name) < end}

    async def committed(self, group: str, parts: Sequence[Partition]) -> Offsets:
        """How far a group has read each of these partitions; nothing of one that it never read."""
        if not parts:
            return {}
        consumer = await self._consuming(group)
        consumer.assign([self._named(part) for part in parts])
        offsets = await asyncio.gather(*(consumer.committed(self._named(part)) for part in parts))
        return {part: offset for part, offset in zip(parts, offsets, strict=True) if offset is not None}

    async def left(self, group: str, patience_s: float) -> None:
        """Return when a group has no members. One that was killed is a member until its session ends.

        Raises:
            GroupHasMembersError: it still has some when the patience is at its end.
        """
        until = time.monotonic() + patience_s
        while await self._members(group):
            if time.monotonic() > until:
                raise GroupHasMembersError(group)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _members(self, group: str) -> int:
        [answer] = await self._admin.describe_consumer_groups([self._prefix + group])
        return sum(len(one["members"]) for one in answer.to_object()["groups"])

    async def move(self, group: str, offsets: Offsets, patience_s: float) -> None:
        """Let a group begin at these offsets; who joined meanwhile, refuses and leaves is waited for.

        Raises:
            GroupHasMembersError: it still has members when the patience is at its end.
        """
        if not offsets:
            return
        consumer = await self._consuming(group)
        consumer.assign([self._named(part) for part in offsets])
        until = time.monotonic() + patience_s
        while True:
            try:
                await consumer.commit({self._named(part): offset for part, offset in offsets.items()})
            except NOT_EMPTY as error:
                if time.monotonic() > until:
                    raise GroupHasMembersError(group) from error
            else:
                return
            await asyncio.sleep(AGAIN_AFTER_S)

    def _named(self, part: Partition) -> TopicPartition:
        return TopicPartition(self._prefix + part.topic, part.partition)

    def _part(self, name: TopicPartition) -> Partition:
        return Partition(name.topic.removeprefix(self._prefix), name.partition)

    def _record(self, raw: Any) -> Record:
        place = Place(raw.topic.removeprefix(self._prefix), raw.partition, raw.offset)
        return Record(place, raw.key, raw.value, tuple(raw.headers), raw.timestamp)


async def _stopped(consumer: AIOKafkaConsumer) -> None:
    """One that was assigned something a moment ago swallows its own cancellation, and is told a second time."""
    with suppress(TimeoutError):
        await asyncio.wait_for(consumer.stop(), STOPPED_S)
