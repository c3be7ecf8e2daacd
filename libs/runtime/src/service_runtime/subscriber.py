"""The protocol on FastStream's seams: a batch subscriber with manual acknowledgement, and its offsets."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from service_runtime.failures import AGAIN_AT_ONCE, Failure, failure_of
from service_runtime.metrics import BATCH_SECONDS, BATCH_SIZE, FAILURES, LAG, RECORDS
from service_runtime.protocol import Handled, Progress, Protocol, handle, next_offsets
from service_runtime.reading import Partition, Place, Record
from service_runtime.schedule import back_off

LOG = structlog.get_logger("subscriber")
COMMIT_EVERY_S = 0.2  # an offset commit costs 141 us and a request; a late one costs only seen events
DRAIN_S = 10.0  # how long a rebalance waits for the batch in hand
SMALL_BATCH = 250
NOT_OURS_S = 0.1


@dataclass(frozen=True)
class Reading:
    """What one subscriber reads: topics by name, or a pattern; in which group, and as which static member of it."""

    group: str
    topics: Sequence[str] = ()
    pattern: str | None = None
    ordinal: int | None = None


@dataclass(frozen=True)
class Pace:
    """How many records a batch may hold, and how long to wait after a small one."""

    batch_records: int = 500
    wait_s: float = 0.02


class Subscriber(ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds polled batches to the protocol, one at a time, and commits their offsets."""

    def __init__(self, protocol: Protocol, prefix: str, pace: Pace, on_bug: Callable[[BaseException], None]) -> None:
        self.protocol = protocol
        self.prefix = prefix
        self.pace = pace
        self.on_bug = on_bug
        self.progress = Progress()
        self.consumer: AIOKafkaConsumer | None = None
        self.joined = asyncio.Event()
        self.may_read = asyncio.Event()
        self.may_read.set()
        self.failures = 0
        self._in_hand = asyncio.Lock()
        self._offsets: dict[Partition, int] = {}
        self._read_to: dict[Partition, int] = {}
        self._committed_at = 0.0
        self._stopping = False

    def attach(self, broker: KafkaBroker, reading: Reading) -> None:
        """Register with the broker; the only place where a subscriber is made."""
        group = self.prefix + reading.group
        subscriber = broker.subscriber(
            *[self.prefix + topic for topic in reading.topics],
            pattern=_pattern(self.prefix, reading.pattern) if reading.pattern else None,
            group_id=group,
            group_instance_id=None if reading.ordinal is None else f"{group}-{reading.ordinal}",
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            batch_timeout_ms=20,
            max_records=self.pace.batch_records,
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=6000,
            heartbeat_interval_ms=500,
            rebalance_timeout_ms=15000,
            max_poll_interval_ms=3_600_000,  # while the broker is away a publish waits for it, however long
            listener=self,
            parser=self._parse,
            decoder=_undecoded,
        )
        subscriber(self.on_batch)
        self._subscriber = subscriber

    async def _parse(self, records: tuple[Any, ...]) -> KafkaAckableMessage:
        """FastStream's own parser decodes headers, and one that is not UTF-8 would lose the whole batch."""
        return KafkaAckableMessage(body=b"", headers={}, raw_message=records, consumer=self._subscriber.consumer)

    async def on_batch(self, msg: KafkaAckableMessage) -> None:
        """Handle one polled batch; on a failure seek back, so that nothing is stepped over."""
        if self._stopping:
            return
        self.consumer = msg.consumer
        records = [self._record(raw) for raw in msg.raw_message]
        if not self.may_read.is_set():
            self._seek_back(msg.consumer, records)
            await asyncio.sleep(NOT_OURS_S)
            return
        async with self._in_hand:
            await self._handle_or_seek(msg.consumer, records)
        await self._pause_after(msg.consumer, records)

    async def _handle_or_seek(self, consumer: Any, records: Sequence[Record]) -> None:
        try:
            await self._handle(consumer, records)
        except asyncio.CancelledError:
            self._seek_back(consumer, records)
            raise
        except Exception as error:  # noqa: BLE001 - sorted into the classes of the design right here
            self._seek_back(consumer, records)
            await self._after(error)
        else:
            self.failures = 0

    async def _handle(self, consumer: Any, records: Sequence[Record]) -> None:
        began = time.perf_counter()
        for attempt in range(AGAIN_AT_ONCE + 1):
            try:
                handled = await handle(self.protocol, records, self.progress, self._assigned(consumer))
            except Exception as error:
                if failure_of(error) is not Failure.AGAIN or attempt == AGAIN_AT_ONCE:
                    raise
            else:
                break
        self._tell(records, handled, time.perf_counter() - began)
        self._offsets.update(next_offsets(records))
        self._read_to.update(next_offsets(records))
        if time.monotonic() - self._committed_at >= COMMIT_EVERY_S:
            await self._commit(consumer)

    async def _after(self, error: Exception) -> None:
        if failure_of(error) is Failure.BUG:
            LOG.error("a bug stops this service", exc_info=error)
            self._stopping = True
            self.on_bug(error)
            return
        self.failures += 1
        delay = back_off(self.failures, random.random())  # noqa: S311 - jitter
        FAILURES.labels("batch").inc()
        LOG.warning("infrastructure is away, trying again", error=repr(error), in_s=round(delay, 2))
        await asyncio.sleep(delay)

    def _assigned(self, consumer: Any) -> frozenset[Partition]:
        return frozenset(self._partition(tp) for tp in consumer.assignment())

    def _partition(self, tp: TopicPartition) -> Partition:
        return Partition(tp.topic.removeprefix(self.prefix), tp.partition)

    def _topic_partition(self, part: Partition) -> TopicPartition:
        return TopicPartition(self.prefix + part.topic, part.partition)

    def _record(self, raw: Any) -> Record:
        place = Place(raw.topic.removeprefix(self.prefix), raw.partition, raw.offset)
        return Record(place, raw.key, raw.value, tuple(raw.headers), raw.timestamp)

    def _seek_back(self, consumer: Any, records: Sequence[Record]) -> None:
        firsts: dict[Partition, int] = {}
        for record in records:
            part = record.place.of
            firsts[part] = min(firsts.get(part, record.place.offset), record.place.offset)
        for part in firsts.keys() & self._assigned(consumer):
            consumer.seek(self._topic_partition(part), firsts[part])

    async def _commit(self, consumer: Any) -> None:
        """Commit exactly these offsets, of partitions still assigned; a lost one is its new owner's."""
        mine = self._assigned(consumer)
        offsets = {self._topic_partition(p): o for p, o in self._offsets.items() if p in mine}
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
        self._offsets.clear()

    async def commit_now_and_then(self) -> None:
        """Commit what the last batch left uncommitted, when no next batch does."""
        while True:
            await asyncio.sleep(COMMIT_EVERY_S)
            if self._offsets and self.consumer is not None and not self._in_hand.locked():
                async with self._in_hand:
                    await self._commit(self.consumer)
                self._tell_lag(self.consumer)

    async def drain(self) -> None:
        """Stop taking batches, finish the one in hand and its publishing, commit its offsets."""
        self._stopping = True
        async with self._in_hand:
            if self.consumer is not None and self._offsets:
                await self._commit(self.consumer)

    def leave_for_good(self) -> None:
        """Have the consumer leave its group when it stops; a static member's partitions else wait for its return."""
        consumer = self._subscriber.consumer
        if consumer is not None:
            consumer._coordinator._group_instance_id = None  # noqa: SLF001 - aiokafka never lets a static member leave

    async def on_partitions_revoked(self, _revoked: Sequence[TopicPartition]) -> None:
        """Finish the batch in hand and commit, at most 10 s, then let go: the new owner finds the rest."""
        try:
            async with asyncio.timeout(DRAIN_S), self._in_hand:
                if self.consumer is not None and self._offsets:
                    await self._commit(self.consumer)
        except TimeoutError:
            LOG.warning("let go with a batch in hand")
        self._offsets.clear()
        self.progress.published.clear()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Say what is ours now."""
        LOG.info("partitions assigned", partitions=len(assigned))
        self.joined.set()

    async def _pause_after(self, consumer: Any, records: Sequence[Record]) -> None:
        """Unpaced, consumers shrink their batches until both cores are full."""
        if len(records) < SMALL_BATCH and not self._more_is_waiting(consumer, records):
            await asyncio.sleep(self.pace.wait_s)

    def _more_is_waiting(self, consumer: Any, records: Sequence[Record]) -> bool:
        ends = next_offsets(records)
        mine = self._assigned(consumer)
        return sum((consumer.highwater(self._topic_partition(p)) or 0) - o for p, o in ends.items() if p in mine) > 0

    def _tell(self, records: Sequence[Record], handled: Handled, seconds: float) -> None:
        decided = handled.decided
        BATCH_SIZE.observe(len(records))
        BATCH_SECONDS.observe(seconds)
        RECORDS.labels("fresh").inc(len(decided.done))
        RECORDS.labels("waiting").inc(len(decided.waiting))
        RECORDS.labels("seen").inc(handled.seen)
        RECORDS.labels("parked").inc(handled.parked)
        LOG.info(
            "batch",
            records=len(records),
            ms=round(seconds * 1000, 1),
            seen=handled.seen,
            again=handled.again,
            parked=handled.parked,
            waiting=[(event.order_id, event.id) for event in decided.waiting],
            read=[(event.order_id, event.type, event.id) for event in decided.done],
            said=[(row.cause, row.topic, row.event_id) for row in handled.emitted],
        )

    def _tell_lag(self, consumer: Any) -> None:
        lag: dict[str, int] = {}
        for part in self._read_to.keys() & self._assigned(consumer):
            behind = (consumer.highwater(self._topic_partition(part)) or 0) - self._read_to[part]
            lag[part.topic] = lag.get(part.topic, 0) + max(0, behind)
        for topic, behind in lag.items():
            LAG.labels(topic).set(behind)


async def _undecoded(message: KafkaAckableMessage) -> KafkaAckableMessage:
    return message


def _pattern(prefix: str, pattern: str) -> str:
    return "^" + re.escape(prefix) + re.escape(pattern).replace(r"\*", "[^.]+") + "$"
