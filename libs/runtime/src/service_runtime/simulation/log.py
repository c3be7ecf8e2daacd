"""A log in memory: topics of partitions of records, with the offsets that groups committed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zlib import crc32

from service_runtime.ports import Outgoing
from service_runtime.reading import Partition, Place, Record
from service_runtime.simulation.chance import BEGINNING, Chance


class MemoryLog:
    """See `ports.Log`; keeps what is published, and deals it out by partition."""

    def __init__(self, partitions: int, chance: Chance | None = None, began: datetime = BEGINNING) -> None:
        self.partitions = partitions
        self.records: dict[Partition, list[Record]] = defaultdict(list)
        self.committed: dict[Partition, int] = defaultdict(int)
        self._chance = chance
        self._clock = int(began.timestamp() * 1000)

    async def publish(self, rows: Sequence[Outgoing]) -> None:
        """Append row by row: a crash may come between any two."""
        for row in rows:
            if self._chance is not None:
                await self._chance.step()
            self.append(row.topic, row.key, row.payload, row.headers)

    def append(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]
    ) -> Record:
        """Append one record to the partition of its key."""
        part = Partition(topic, crc32(key or b"") % self.partitions)
        self._clock += 1
        record = Record(Place(*part, len(self.records[part])), key, value, tuple(headers), self._clock)
        self.records[part].append(record)
        return record

    def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit exactly these offsets."""
        self.committed.update(offsets)

    def of(self, topic: str) -> list[Record]:
        """All records of a topic, partition by partition."""
        return [record for part, records in sorted(self.records.items()) if part.topic == topic for record in records]

    def read(self, part: Partition, offset: int, most: int) -> list[Record]:
        """Up to `most` records of a partition from an offset on."""
        return self.records[part][offset : offset + most]
