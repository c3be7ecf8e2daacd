"""The log on Apache Kafka: an idempotent producer that is replaced when it cannot go on."""

import asyncio
import random
from collections.abc import Callable, Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from service_runtime.failpoints import failpoint, is_armed
from service_runtime.metrics import EMITTED, FAILURES
from service_runtime.ports import Outgoing
from service_runtime.schedule import back_off

LOG = structlog.get_logger("kafka")
LARGEST_REQUEST = 4 * 1024 * 1024
MakeProducer = Callable[[], AIOKafkaProducer]


def producer_of(bootstrap: str, client_id: str) -> MakeProducer:
    """How this service's producer is made: idempotent, acknowledged by all, compressed."""
    return lambda: AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        linger_ms=0,
        max_batch_size=131072,  # above a topic's max.message.bytes every record of the batch fails
        max_request_size=LARGEST_REQUEST,
        request_timeout_ms=30000,
    )


class KafkaLog:
    """See `ports.Log`; topics carry the instance's prefix."""

    def __init__(self, make: MakeProducer, prefix: str) -> None:
        self._make = make
        self._prefix = prefix
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Connect."""
        await self._connected()

    async def stop(self) -> None:
        """Flush and leave."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def _connected(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = self._make()
                await producer.start()
                self._producer = producer
            return self._producer

    async def publish(self, rows: Sequence[Outgoing]) -> None:
        """Return when every row is acknowledged; after a failure all are sent again by a new producer."""
        failures = 0
        while rows:
            try:
                await self._send(rows)
            except (KafkaError, OSError) as error:
                failures += 1
                FAILURES.labels("publish").inc()
                LOG.warning("not acknowledged, sending again", rows=len(rows), error=repr(error))
                await self._discard()
                await asyncio.sleep(back_off(failures, random.random()))  # noqa: S311 - jitter
            else:
                break
        for row in rows:
            EMITTED.labels(row.topic).inc()

    async def _send(self, rows: Sequence[Outgoing]) -> None:
        if len(rows) > 1 and is_armed("mid_publish"):
            half = len(rows) // 2
            await self._acknowledged(rows[:half])
            failpoint("mid_publish")
            rows = rows[half:]
        await self._acknowledged(rows)

    async def _acknowledged(self, rows: Sequence[Outgoing]) -> None:
        producer = await self._connected()
        acknowledgements = [
            await producer.send(self._prefix + row.topic, value=row.payload, key=row.key, headers=list(row.headers))
            for row in rows
        ]
        await asyncio.gather(*acknowledgements)

    async def _discard(self) -> None:
        async with self._starting:
            producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await asyncio.wait_for(producer.stop(), 5)
            except (KafkaError, OSError, TimeoutError):
                LOG.warning("the old producer did not stop")
