"""Waits until nothing moves: every group has read to the end, nothing is under way, and all is quiet for a while."""

import asyncio
import time
from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import TopicPartition

from baesong.verify.databases import ServiceDatabases
from baesong.verify.log import Ends, Log
from baesong.verify.readers import Reader, readers

QUIET_S = 3.0
LOOK_EVERY_S = 0.5

Committed = Mapping[str, Mapping[TopicPartition, int]]


class Standing(NamedTuple):
    """How things stand: where the topics end, and what is still under way, one line each."""

    ends: Ends
    waits: tuple[str, ...]


class Watch:
    """Looks at one instance again and again."""

    def __init__(self, log: Log, databases: ServiceDatabases, quiet_s: float) -> None:
        self._log = log
        self._databases = databases
        self._quiet_s = quiet_s

    async def settled(self, deadline: float) -> Standing:
        """Wait until nothing moves; what is still under way at the deadline (`time.monotonic`) is said."""
        ends, quiet_since = await self._log.ends(), time.monotonic()
        while True:
            standing = await self.look()
            if standing.waits or standing.ends != ends:
                ends, quiet_since = standing.ends, time.monotonic()
            elif time.monotonic() - quiet_since >= self._quiet_s:
                return standing
            if time.monotonic() >= deadline:
                return Standing(ends, standing.waits or ("topics that grew within the last seconds",))
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> Standing:
        """Say how things stand now."""
        ends = await self._log.ends()
        return Standing(ends, (*await self._behind(ends), *await self._databases.under_way(self._quiet_s)))

    async def _behind(self, ends: Ends) -> list[str]:
        committed = await self._committed()
        topics = {self._log.plain(part.topic) for part in ends}
        begins = await self._log.begins(ends)
        waited = readers(topics, self._databases.services, committed.keys())
        lags = {reader: self._lag(reader, ends, begins, committed) for reader in waited}
        return [f"{group}: {lag} records of {topic} unread" for (group, topic), lag in sorted(lags.items()) if lag]

    async def _committed(self) -> Committed:
        groups = [
            name for name, *_ in await self._log.admin.list_consumer_groups() if name.startswith(self._log.prefix)
        ]
        offsets = [await self._log.admin.list_consumer_group_offsets(name) for name in groups]
        return {
            self._log.plain(name): {part: found.offset for part, found in of_group.items()}
            for name, of_group in zip(groups, offsets, strict=True)
        }

    def _lag(self, reader: Reader, ends: Ends, begins: Ends, committed: Committed) -> int:
        """Give how many records a group has not read; where it committed nothing it has read nothing."""
        known = committed.get(reader.group, {})
        parts = [part for part in ends if self._log.plain(part.topic) == reader.topic]
        return sum(max(0, ends[part] - max(begins[part], known.get(part, 0))) for part in parts)
