"""The log on Apache Kafka: an idempotent producer that is replaced when it cannot go on."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from service_runtime.failpoints import failpoint, is_armed
from service_runtime.hashing import murmur2_of, placed
from service_runtime.infrastructure import Infrastructure
from service_runtime.metrics import EMITTED, REPLACED
from service_runtime.ports import Outgoing
from service_runtime.schedule import back_off

LOG = structlog.get_logger("kafka")
LARGEST_REQUEST = 4 * 1024 * 1024
FEW_ROWS = 100  # over 4 partitions and two topics some ten a batch: below that, compressing costs more than it saves
PATIENCE_S = 30.0  # aiokafka tries an idempotent batch again for ever: a broker that hangs would never be left
LEAVE_S = 5.0
MakeProducer = Callable[[], AIOKafkaProducer]


def producer_of(bootstrap: str, client_id: str, compression: str | None = "zstd") -> MakeProducer:
    """How this service's producers are made: idempotent, acknowledged by all."""
    return lambda: AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        compression_type=compression,
        linger_ms=0,
        max_batch_size=131072,  # above a topic's max.message.bytes every record of the batch fails
        max_request_size=LARGEST_REQUEST,
        request_timeout_ms=30000,
    )


class Lane:
    """One producer, made when it is needed, and anew when it cannot go on."""

    def __init__(self, make: MakeProducer) -> None:
        self._make = make
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def connected(self) -> AIOKafkaProducer:
        """The producer, started."""
        async with self._starting:
            if self._producer is None:
                producer = self._make()
                try:
                    await producer.start()
                except BaseException:
                    await _leave(producer)
                    raise
                self._producer = producer
            return self._producer

    async def stop(self) -> None:
        """Flush and leave."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def replace(self, producer: AIOKafkaProducer | None) -> None:
        """Let go of a producer that cannot go on, unless another who shares it has already."""
        if producer is not None and producer is self._producer:
            self._producer = None
            REPLACED.inc()
            await _leave(producer)


class KafkaLog:
    """See `ports.Log`; topics carry the instance's prefix.

    What is little goes by a producer that does not compress, where there is one: a batch of one record costs 34 us to
    compress, 23 to read, and the broker as much again. A caller is answered before it says more, so one order's events
    keep their sequence over both.
    """

    def __init__(
        self,
        make: MakeProducer,
        prefix: str,
        infrastructure: Infrastructure | None = None,
        patience_s: float = PATIENCE_S,
        make_plain: MakeProducer | None = None,
    ) -> None:
        self._packed = Lane(make)
        self._plain = Lane(make_plain) if make_plain else self._packed
        self._prefix = prefix
        self._infrastructure = infrastructure or Infrastructure()
        self._patience_s = patience_s

    async def start(self) -> None:
        """Connect."""
        for lane in (self._packed, self._plain):
            await lane.connected()

    async def stop(self) -> None:
        """Flush and leave."""
        for lane in (self._packed, self._plain):
            await lane.stop()

    async def publish(self, rows: Sequence[Outgoing]) -> None:
        """Return when every row is acknowledged; after a failure all are sent again by a new producer."""
        lane = self._plain if len(rows) < FEW_ROWS else self._packed
        failures = 0
        while rows:
            producer: AIOKafkaProducer | None = None
            try:
                async with asyncio.timeout(self._patience_s):
                    producer = await lane.connected()
                    await self._send(producer, rows)
            except (KafkaError, OSError) as error:
                failures += 1
                self._infrastructure.failed("publish", error)
                LOG.info("not acknowledged, sending again", rows=len(rows), error=repr(error))
                await lane.replace(producer)
                await asyncio.sleep(back_off(failures, random.random()))  # noqa: S311 - jitter
            else:
                self._infrastructure.well("publish")
                break
        for topic, count in Counter([row.topic for row in rows]).items():
            EMITTED.labels(topic).inc(count)

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Outgoing]) -> None:
        if len(rows) > 1 and is_armed("mid_publish"):
            half = len(rows) // 2
            await self._acknowledged(producer, rows[:half])
            failpoint("mid_publish")
            rows = rows[half:]
        await self._acknowledged(producer, rows)

    async def _acknowledged(self, producer: AIOKafkaProducer, rows: Sequence[Outgoing]) -> None:
        """Whole batches: a row sent alone costs 20 us, in a batch 10."""
        by_topic: dict[str, list[Outgoing]] = defaultdict(list)
        for row in rows:
            by_topic[row.topic].append(row)
        hashes = murmur2_of([row.key for row in rows if row.key is not None])  # several things are said under one key
        acknowledgements: list[asyncio.Future[object]] = []
        try:
            for topic, its_rows in by_topic.items():
                for partition, batch in await self._batches(producer, topic, its_rows, hashes):
                    sent = await producer.send_batch(batch, self._prefix + topic, partition=partition)
                    acknowledgements.append(sent)
        except BaseException:
            asyncio.gather(*acknowledgements, return_exceptions=True)  # else each of them is a line in the log
            raise
        await asyncio.gather(*acknowledgements)

    async def _batches(
        self, producer: AIOKafkaProducer, topic: str, rows: Iterable[Outgoing], hashes: Mapping[bytes, int]
    ) -> list[tuple[int, Any]]:
        """A topic's rows by the partitions of their keys, in their order."""
        partitions = len(await producer.partitions_for(self._prefix + topic))
        by_partition: dict[int, list[Outgoing]] = defaultdict(list)
        for row in rows:
            by_partition[0 if row.key is None else placed(hashes[row.key], partitions)].append(row)
        return [(number, batch) for number, its_rows in by_partition.items() for batch in _filled(producer, its_rows)]


async def _leave(producer: AIOKafkaProducer) -> None:
    """Stop it, and where it does not stop, cut it off: what it holds is sent again by who wanted it sent."""
    try:
        await asyncio.wait_for(producer.stop(), LEAVE_S)
    except Exception as error:  # noqa: BLE001 - whatever an unusable producer says, it is left
        LOG.info("the old producer did not stop, and is cut off", error=repr(error))
        if producer._sender.sender_task is not None:  # noqa: SLF001 - a flush it waits for would never end
            producer._sender.sender_task.cancel()  # noqa: SLF001
        await producer.client.close()


def _filled(producer: AIOKafkaProducer, rows: Iterable[Outgoing]) -> Iterator[Any]:
    """Batches up to the producer's size; a row that alone is larger has one of its own."""
    batch = None
    for row in rows:
        if batch is None or not _appended(batch, row):
            if batch is not None:
                yield batch
            batch = producer.create_batch()
            _appended(batch, row)
    yield batch


def _appended(batch: Any, row: Outgoing) -> bool:
    said = batch.append(timestamp=None, key=row.key, value=row.payload, headers=list(row.headers))
    return said is not None
