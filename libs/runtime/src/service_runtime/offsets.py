"""The offsets of one subscriber: what is committed, what is sought back, in the instance's own topic names."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from service_runtime.metrics import FAILURES
from service_runtime.reading import Partition, Place, Record

LOG = structlog.get_logger("offsets")
COMMIT_EVERY_S = 0.2  # an offset commit costs 141 us and a request; a late one costs only seen events


class Offsets:
    """What is handled and not yet committed."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._handled: dict[Partition, int] = {}
        self._names: dict[str, str] = {}  # of topics, without the prefix: one text each, whose hash is reckoned once
        self._committed_at = 0.0

    def partition(self, name: TopicPartition) -> Partition:
        """A partition without the instance's prefix."""
        return Partition(name.topic.removeprefix(self.prefix), name.partition)

    def name(self, part: Partition) -> TopicPartition:
        """A partition as Kafka knows it."""
        return TopicPartition(self.prefix + part.topic, part.partition)

    def assigned(self, consumer: Any) -> frozenset[Partition]:
        """What is ours now."""
        return frozenset(self.partition(name) for name in consumer.assignment())

    def record(self, raw: Any) -> Record:
        """A record as the protocol reads it."""
        topic = self._names.get(raw.topic)
        if topic is None:
            topic = self._names.setdefault(raw.topic, raw.topic.removeprefix(self.prefix))
        return Record(Place(topic, raw.partition, raw.offset), raw.key, raw.value, raw.headers, raw.timestamp)

    def handled(self, last: Mapping[Partition, Record]) -> None:
        """A batch is handled and said; the last record of each partition."""
        self._handled.update({part: record.place.offset + 1 for part, record in last.items()})

    def forget(self) -> None:
        """They are ours no more."""
        self._handled.clear()

    @property
    def open(self) -> bool:
        """Whether something is handled and not committed."""
        return bool(self._handled)

    @property
    def due(self) -> bool:
        """Whether the last commit is long enough ago."""
        return time.monotonic() - self._committed_at >= COMMIT_EVERY_S

    def seek_back(self, consumer: Any, records: Sequence[Record]) -> None:
        """Read these again."""
        firsts: dict[Partition, int] = {}
        for record in records:
            part = record.place.of
            firsts[part] = min(firsts.get(part, record.place.offset), record.place.offset)
        for part in firsts.keys() & self.assigned(consumer):
            consumer.seek(self.name(part), firsts[part])

    async def commit(self, consumer: Any) -> None:
        """Commit exactly these offsets, of partitions still assigned; a lost one is its new owner's."""
        mine = self.assigned(consumer)
        offsets = {self.name(part): offset for part, offset in self._handled.items() if part in mine}
        self._committed_at = time.monotonic()
        if not offsets:
            return
        try:
            await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            LOG.info("offsets not committed: the group has moved on")
        except KafkaError as error:
            FAILURES.labels("commit").inc()
            LOG.warning("offsets not committed, later again", error=repr(error))
            return
        self._handled.clear()

    def behind(self, consumer: Any, last: Mapping[Partition, Record]) -> int:
        """How many records wait behind the last one of each partition, as far as the consumer knows."""
        mine = self.assigned(consumer)
        ends = {part: record.place.offset + 1 for part, record in last.items() if part in mine}
        return sum((consumer.highwater(self.name(part)) or 0) - offset for part, offset in ends.items())
