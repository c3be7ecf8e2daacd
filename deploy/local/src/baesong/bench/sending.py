"""The load: checkouts as an upstream shop's records, a backlog at once or paced. Its CPU is counted apart."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from baesong.bench.orders import Checkout
from baesong.feed.checkouts import iso

TOPIC = "checkout.completed"
AT_ONCE = 1000
STEP_S = 0.005
MOST_IN_FLIGHT = 48  # batches
Headers = list[tuple[str, bytes]]
Tell = Callable[[int], None]


@asynccontextmanager
async def producer_to(
    bootstrap: str, linger_ms: int = 0, compression: str | None = "zstd"
) -> AsyncIterator[AIOKafkaProducer]:
    """Give a producer whose records are as safe as the services' own."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type=compression,
        linger_ms=linger_ms,
        max_batch_size=131072,
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def headers_of(checkout: Checkout) -> Headers:
    """Give the CloudEvents headers of a checkout's record."""
    named = {
        "ce_specversion": "1.0",
        "ce_id": checkout.ce_id,
        "ce_type": TOPIC,
        "ce_source": "/checkout/bench",
        "ce_time": iso(datetime.now(UTC)),
        "ce_subject": f"checkout/{checkout.key.decode()}",
        "content-type": "application/json",
        "x-schema": f"{TOPIC}/1",
    }
    return [(name, value.encode()) for name, value in named.items()]


async def preload(bootstrap: str, topic: str, checkouts: Iterable[Checkout], tell: Tell) -> list[str]:
    """Write a backlog and return the ids of its orders when every record is acknowledged.

    Args:
        bootstrap: where Kafka is.
        topic: its whole name.
        checkouts: what is written.
        tell: told how many are written so far.
    """
    ids: list[str] = []
    rows = iter(checkouts)
    async with producer_to(bootstrap) as producer:
        partitions = sorted(await producer.partitions_for(topic))
        in_flight: set[asyncio.Future[object]] = set()
        while chunk := list(islice(rows, AT_ONCE)):
            in_flight |= await _sent(producer, topic, partitions, chunk)
            ids += [checkout.order_id for checkout in chunk]
            if len(in_flight) > MOST_IN_FLIGHT:
                await asyncio.gather(*in_flight)
                in_flight.clear()
            tell(len(ids))
        await asyncio.gather(*in_flight)
    return ids


async def _sent(
    producer: AIOKafkaProducer, topic: str, partitions: list[int], chunk: list[Checkout]
) -> "set[asyncio.Future[object]]":
    """Send a chunk, one batch a partition, by the partition any Kafka client would choose."""
    choose, by_partition = DefaultPartitioner(), {partition: list[Checkout]() for partition in partitions}
    for checkout in chunk:
        by_partition[choose(checkout.key, partitions, partitions)].append(checkout)
    sent = set()
    for partition, rows in by_partition.items():
        for batch in batches_of(producer, [record_of(checkout) for checkout in rows]):
            sent.add(await producer.send_batch(batch, topic, partition=partition))
    return sent


def record_of(checkout: Checkout) -> dict[str, Any]:
    """Give a checkout as a batch takes it."""
    return {"timestamp": None, "key": checkout.key, "value": checkout.body, "headers": headers_of(checkout)}


def batches_of(producer: AIOKafkaProducer, records: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """Fill batches with records of one partition, as few as they fit into."""
    if not records:
        return
    batch = producer.create_batch()
    for record in records:
        if batch.append(**record) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(**record)
    batch.close()
    yield batch


async def paced(
    bootstrap: str, topic: str, checkouts: Iterable[Checkout], per_s: float, tell: Tell
) -> dict[str, float]:
    """Send each record when it is due, and give per order when it was due, in seconds since 1970.

    The time is that of the plan, not of the sending: a generator that falls behind does not hide the wait. Records that
    leave one by one are not compressed, as by any Kafka producer that was told nothing.
    """
    due_at: dict[str, float] = {}
    rows = iter(checkouts)
    async with producer_to(bootstrap, compression=None) as producer:
        begun, clock_then = time.perf_counter(), time.time()
        acknowledgements = []
        while True:
            wanted = int((time.perf_counter() - begun) * per_s) + 1 - len(due_at)
            chunk = list(islice(rows, max(0, wanted)))
            if wanted > 0 and not chunk:
                break
            for checkout in chunk:
                due_at[checkout.order_id] = clock_then + len(due_at) / per_s
                sent = await producer.send(topic, checkout.body, key=checkout.key, headers=headers_of(checkout))
                acknowledgements.append(sent)
            tell(len(due_at))
            await asyncio.sleep(STEP_S)
        await asyncio.gather(*acknowledgements)
    return due_at
