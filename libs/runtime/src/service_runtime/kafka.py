"""The log on Apache Kafka: an idempotent producer that is replaced when it cannot go on."""

import asyncio
import random
from collections.abc import Callable, Sequence

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from service_runtime.infrastructure import Infrastructure
from service_runtime.metrics import EMITTED, REPLACED
from service_runtime.ports import Outgoing
from service_runtime.schedule import back_off

LOG = structlog.get_logger("kafka")
LARGEST_REQUEST = 4 * 1024 * 1024
PATIENCE_S = 30.0  # aiokafka tries an idempotent batch again for ever: a broker that hangs would never be left
LEAVE_S = 5.0
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

    def __init__(
        self,
        make: MakeProducer,
        prefix: str,
        infrastructure: Infrastructure | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._make = make
        self._prefix = prefix
        self._infrastructure = infrastructure or Infrastructure()
        self._patience_s = patience_s
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
                try:
                    await producer.start()
                except BaseException:
                    await _leave(producer)
                    raise
                self._producer = producer
            return self._producer

    async def publish(self, rows: Sequence[Outgoing]) -> None:
        """Return when every row is acknowledged; after a failure all are sent again by a new producer."""
        failures = 0
        while rows:
            producer: AIOKafkaProducer | None = None
            try:
                async with asyncio.timeout(self._patience_s):
                    producer = await self._connected()
                    await self._send(producer, rows)
            except (KafkaError, OSError) as error:
                failures += 1
                self._infrastructure.failed("publish", error)
                LOG.info("not acknowledged, sending again", rows=len(rows), error=repr(error))
                await self._replace(producer)
                await asyncio.sleep(back_off(failures, random.random()))  # noqa: S311 - jitter
            else:
                self._infrastructure.well("publish")
                break
        for row in rows:
            EMITTED.labels(row.topic).inc()

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Outgoing]) -> None:
        acknowledgements: list[asyncio.Future[object]] = []
        try:
            for row in rows:
                headers = list(row.headers)
                sent = await producer.send(self._prefix + row.topic, value=row.payload, key=row.key, headers=headers)
                acknowledgements.append(sent)
        except BaseException:
            asyncio.gather(*acknowledgements, return_exceptions=True)  # else each of them is a line in the log
            raise
        await asyncio.gather(*acknowledgements)

    async def _replace(self, producer: AIOKafkaProducer | None) -> None:
        """Let go of a producer that cannot go on, unless another who shares it has already."""
        if producer is not None and producer is self._producer:
            self._producer = None
            REPLACED.inc()
            await _leave(producer)


async def _leave(producer: AIOKafkaProducer) -> None:
    """Stop it, and where it does not stop, cut it off: what it holds is sent again by who wanted it sent."""
    try:
        await asyncio.wait_for(producer.stop(), LEAVE_S)
    except Exception as error:  # noqa: BLE001 - whatever an unusable producer says, it is left
        LOG.info("the old producer did not stop, and is cut off", error=repr(error))
        if producer._sender.sender_task is not None:  # noqa: SLF001 - a flush it waits for would never end
            producer._sender.sender_task.cancel()  # noqa: SLF001
        await producer.client.close()
