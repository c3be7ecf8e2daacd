"""The protocol on FastStream's seams: a batch subscriber with manual acknowledgement, and its offsets."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from service_runtime.bisecting import bisected
from service_runtime.brake import Braked
from service_runtime.course import Course
from service_runtime.failures import AGAIN_AT_ONCE, Bug, Failure, failure_of, timed_out
from service_runtime.holding import Holding
from service_runtime.infrastructure import Infrastructure
from service_runtime.marking import Marking
from service_runtime.offsets import COMMIT_EVERY_S, Offsets
from service_runtime.protocol import Handled, Progress, Protocol, handle, last_of
from service_runtime.reading import Partition, Record
from service_runtime.retained import OffsetNotInLogError, advice
from service_runtime.schedule import back_off
from service_runtime.subscription import Pace, Reading, Second, pattern_of
from service_runtime.telling import tell_batch
from service_runtime.tracing import Tracing

LOG = structlog.get_logger("subscriber")
DRAIN_S = 10.0  # how long a rebalance waits for the batch in hand
SMALL_BATCH = 250
# One fetch is under way at a time: answered at the first record, it would bring one partition, and the others wait.
FETCH_BYTES = 65_536
MOST_TIME_OUTS = 3  # of one batch, while the database answers: then it is the batch
Last = Mapping[Partition, Record]  # the last record of each partition


class Subscriber(ConsumerRebalanceListener):  # type: ignore[misc]
    """Feeds polled batches to the protocol, one at a time, and commits their offsets."""

    def __init__(
        self,
        protocol: Protocol,
        prefix: str,
        pace: Pace,
        holding: Holding,
        on_bug: Callable[[BaseException], None],
        infrastructure: Infrastructure,
        tracing: Tracing | None = None,
        *,
        accept_skip: bool = False,
        second: Second | None = None,
    ) -> None:
        self.protocol = protocol
        self.second = second
        self.lags = self._yields = False
        self.prefix = prefix
        self.offsets = Offsets(prefix)
        self.pace = pace
        self.holding = holding
        self.on_bug = on_bug
        self.infrastructure = infrastructure
        self.tracing = tracing
        self.accept_skip = accept_skip
        self.course = Course(infrastructure, protocol.store, self._missing, on_bug)
        self.progress = Progress()
        self.consumer: AIOKafkaConsumer | None = None
        self.joined = asyncio.Event()
        self.failures = 0
        self._time_outs = 0
        self._in_hand = asyncio.Lock()
        self.marking = Marking(protocol, self.progress, self._in_hand, self.assigned)
        self._stopping = False

    def attach(self, broker: KafkaBroker, reading: Reading) -> None:
        """Register with the broker; the only place where a subscriber is made."""
        group = self.prefix + reading.group
        subscriber = broker.subscriber(
            *[self.prefix + topic for topic in reading.topics],
            pattern=pattern_of(self.prefix, reading.pattern) if reading.pattern else None,
            group_id=group,
            group_instance_id=None if reading.ordinal is None else f"{group}-{reading.ordinal}",
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            batch_timeout_ms=20,
            fetch_min_bytes=FETCH_BYTES if self.second is None else 1,
            fetch_max_wait_ms=reading.fetch_wait_ms,
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
        self._what = f"batch of {reading.group}"

    async def _parse(self, records: tuple[Any, ...]) -> KafkaAckableMessage:
        """FastStream's own parser decodes headers, and one that is not UTF-8 would lose the whole batch."""
        return KafkaAckableMessage(body=b"", headers={}, raw_message=records, consumer=self._subscriber.consumer)

    async def on_batch(self, msg: KafkaAckableMessage) -> None:
        """Handle one polled batch; on a failure seek back, so that nothing is stepped over."""
        if not await self.course.still_ours() or self._stopping:
            return
        self.consumer = msg.consumer
        began = time.monotonic()
        async with self._in_hand:
            records = self._not_held(msg.consumer, [self.offsets.record(raw) for raw in msg.raw_message])
            # FastStream's message is part of a cycle: what it holds waits for the garbage collector, 0.4 s at a time.
            msg.raw_message = msg.raw_message[:1]
            last = last_of(records)
            if records:
                await self._handle_or_seek(msg.consumer, records, last)
        await self._pause_after(msg.consumer, len(records), last, time.monotonic() - began)

    def _not_held(self, consumer: Any, records: Sequence[Record]) -> list[Record]:
        """What was fetched before its partition was paused goes back."""
        self.holding.apply(consumer, self.prefix)
        held = {topic for topic in {record.place.topic for record in records} if self.holding.held(topic)}
        if not held:
            return list(records)
        self.offsets.seek_back(consumer, [record for record in records if record.place.topic in held])
        return [record for record in records if record.place.topic not in held]

    async def _handle_or_seek(self, consumer: Any, records: Sequence[Record], last: Last) -> None:
        try:
            await self._handle(consumer, records, last)
        except asyncio.CancelledError:
            self.offsets.seek_back(consumer, records)
            raise
        except Braked:
            self.offsets.seek_back(consumer, records)
            self.holding.apply(consumer, self.prefix)
        except Exception as error:  # noqa: BLE001 - sorted into the classes of the design right here
            self.offsets.seek_back(consumer, records)
            await self._after(error)
        else:
            self.failures = self._time_outs = 0
            self.infrastructure.well(self._what)

    async def _handle(self, consumer: Any, records: Sequence[Record], last: Last) -> None:
        async def attempt(piece: Sequence[Record], bug: Bug | None) -> None:
            began = time.perf_counter()
            handled = await self._attempt(consumer, piece, bug)
            tell_batch(piece, handled, time.perf_counter() - began, self.tracing)
            await self._count(handled)

        await bisected(attempt, records, self._is_bug)
        self.offsets.handled(last)
        self.course.handled(last)
        if self.offsets.due:
            await self.offsets.commit(consumer)

    async def _attempt(self, consumer: Any, records: Sequence[Record], bug: Bug | None) -> Handled:
        handle_ = self.second.handle if self.second else handle
        for attempt in range(AGAIN_AT_ONCE + 1):
            try:
                return await handle_(self.protocol, records, self.progress, self.offsets.assigned(consumer), bug)
            except Exception as error:
                if failure_of(error) is not Failure.AGAIN or attempt == AGAIN_AT_ONCE:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _is_bug(self, error: BaseException) -> bool:
        """Whether the batch is at fault: also when it runs into time-outs again and again, and the database answers."""
        if isinstance(error, Braked):
            return False
        if timed_out(error):
            self._time_outs += 1
            return self._time_outs >= MOST_TIME_OUTS
        return failure_of(error) is Failure.BUG

    async def _count(self, handled: Handled) -> None:
        """Bugs, and poison on our own topics, count for the brake; poison of a hostile topic for that topic alone."""
        if self.second:
            return
        outside = self.protocol.routes.outside_of
        poison = [one.record.place.topic for one in handled.parked if one.event_id is None]
        self.holding.note_poison([topic for topic in poison if outside(topic)])
        own = [f"poison on {topic}" for topic in poison if not outside(topic)]
        bugs = [one.reason.partition("\n")[0] for one in handled.parked if one.error_class == "bug"]
        await self.holding.brake.note(len(handled.decided.done), [*own, *bugs])

    async def _after(self, error: Exception) -> None:
        if failure_of(error) is Failure.BUG:
            LOG.error("a bug stops this service", exc_info=error)
            self._stopping = True
            self.on_bug(error)
            return
        self.failures += 1
        delay = back_off(self.failures, random.random())  # noqa: S311 - jitter
        self.infrastructure.failed(self._what, error)
        LOG.debug("trying again", error=repr(error), in_s=round(delay, 2))
        await asyncio.sleep(delay)

    async def commit_now_and_then(self) -> None:
        """Commit what the last batch left uncommitted, when no next batch does."""
        while True:
            await asyncio.sleep(COMMIT_EVERY_S)
            if self.offsets.open and self.consumer is not None and not self._in_hand.locked():
                async with self._in_hand:
                    await self.offsets.commit(self.consumer)

    async def drain(self) -> None:
        """Stop taking batches, finish the one in hand and its publishing, commit its offsets."""
        self._stopping = True
        self.course.let_go()
        async with self._in_hand:
            if self.consumer is not None and self.offsets.open:
                await self.offsets.commit(self.consumer)
            await self.marking.now()

    def leave_for_good(self) -> None:
        """Have the consumer leave its group when it stops; a static member's partitions else wait for its return."""
        consumer = self._subscriber.consumer
        if consumer is not None:
            consumer._coordinator._group_instance_id = None  # noqa: SLF001 - aiokafka never lets a static member leave

    async def on_partitions_revoked(self, _revoked: Sequence[TopicPartition]) -> None:
        """Finish the batch in hand and commit, at most 10 s, then let go: the new owner finds the rest."""
        try:
            async with asyncio.timeout(DRAIN_S), self._in_hand:
                if self.consumer is not None and self.offsets.open:
                    await self.offsets.commit(self.consumer)
                await self.marking.now()
        except TimeoutError:
            LOG.warning("let go with a batch in hand")
        self.offsets.forget()
        self.course.end()
        self.progress.published.clear()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Say what is ours now; it is read once the log is known to hold what comes next."""
        LOG.info("partitions assigned", partitions=len(assigned))
        parts = {self.offsets.partition(name): name for name in assigned}
        self.course.begin(self._subscriber.consumer, parts, self.joined.set)

    def _missing(self, lines: Sequence[str]) -> bool:
        """Stop, unless told to go on; whether it stopped."""
        if self.accept_skip:
            LOG.warning("going on with what the log holds, as told", missing=lines)
            return False
        LOG.error("stopped: the log does not hold what comes next", missing=lines, do=advice(self.protocol.service))
        self._stopping = True
        self.on_bug(OffsetNotInLogError("; ".join(lines)))
        return True

    def assigned(self) -> frozenset[Partition]:
        """What is ours now."""
        consumer = self._subscriber.consumer
        return self.offsets.assigned(consumer) if consumer is not None else frozenset()

    def excuse(self, part: Partition) -> str | None:
        """Why a partition of ours may stand still; None when it should progress."""
        if self._stopping or not self.joined.is_set():
            return "stopping or joining"
        if self.failures:
            return "backing off"
        if self._yields:
            return "letting live topics go first"
        consumer = self._subscriber.consumer
        return "paused" if consumer and self.offsets.name(part) in consumer.paused() else None

    async def position(self, part: Partition, end: int | None) -> int:
        """The next offset to handle."""
        handled = self.course.next.get(part, 0)
        if end is None or handled >= end or self._in_hand.locked():
            return handled
        return await self.course.position(self._subscriber.consumer, part, self.offsets.name(part))

    async def _pause_after(self, consumer: Any, records: int, last: Last, took_s: float) -> None:
        """Unpaced, consumers shrink their batches until both cores are full, whatever little came meanwhile."""
        if self.second:
            self._yields = True
            try:
                await self.second.let_go_first(took_s)
            finally:
                self._yields = False
            return
        behind = self.offsets.behind(consumer, last)
        self.lags = behind > 0
        if records < SMALL_BATCH and behind < SMALL_BATCH:
            await asyncio.sleep(self.pace.wait_s)


async def _undecoded(message: KafkaAckableMessage) -> KafkaAckableMessage:
    return message
