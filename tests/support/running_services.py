"""What tests of running services share: topics of their own, a service in this process, records in and out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from baesong.platform_only import Platform
from baesong.topics import Topic, create_topics
from order_events import Body, Cause, Event
from service_runtime import Service, ServiceSettings
from service_runtime.service import Running, run_service

Raw = tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]


def settings(platform: Platform, dsn: str, prefix: str, **more: Any) -> ServiceSettings:
    return ServiceSettings(
        database_url=dsn, api_key="key", KAFKA_BOOTSTRAP_SERVERS=platform.bootstrap, BAESONG_TOPIC_PREFIX=prefix,
        BAESONG_INSTANCE_MARK="test", **more,
    )  # fmt: skip


@asynccontextmanager
async def running(
    service: Service, bugs: list[BaseException] | None = None, *, wait: bool = True
) -> AsyncIterator[Running]:
    """The service in this process, joined to its groups; a bug is kept instead of stopping the process."""
    found = [] if bugs is None else bugs
    stuck = lambda waits_for: found.append(AssertionError(f"stuck, waiting for {waits_for}"))  # noqa: E731
    async with run_service(service, found.append, stuck) as it:
        if wait:
            await eventually(lambda: not it.waits_for())
        yield it
    if bugs is None:
        assert not found


async def eventually(holds: Callable[[], Any], timeout_s: float = 30) -> Any:
    """Wait until a condition holds; what it gave."""
    async with asyncio.timeout(timeout_s):
        while True:
            value = holds()
            value = await value if asyncio.iscoroutine(value) else value
            if value:
                return value
            await asyncio.sleep(0.05)


def said(body: Body, version: int, cause: str, source: str = "test") -> Raw:
    """One of our own events, as a record to send."""
    event = Event(body, version, Cause(cause, datetime.now(UTC)))
    headers = event.headers(source, datetime.now(UTC))
    return event.destination, body.key.encode(), body.__pydantic_serializer__.to_json(body), headers


async def send(platform: Platform, prefix: str, records: Sequence[Raw]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=platform.bootstrap, acks="all") as producer:
        for topic, key, value, headers in records:
            await producer.send(prefix + topic, value=value, key=key, headers=headers)
        await producer.flush()


async def read_all(platform: Platform, topic: str) -> list[Any]:
    """Every record of a topic, from the beginning to the end as it is now."""
    consumer = AIOKafkaConsumer(bootstrap_servers=platform.bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        parts = [
            TopicPartition(topic, p)
            for p in sorted(consumer.partitions_for_topic(topic) or await _known(consumer, topic))
        ]
        ends = await consumer.end_offsets(parts)
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        records: list[Any] = []
        while any([await consumer.position(p) < ends[p] for p in parts]):
            for some in (await consumer.getmany(timeout_ms=200)).values():
                records += some
        return records
    finally:
        await consumer.stop()


async def _known(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.force_metadata_update()
    consumer.subscribe([topic])
    await asyncio.sleep(0.3)
    consumer.unsubscribe()
    return set(consumer._client.cluster.partitions_for_topic(topic) or ())


async def topics(platform: Platform, prefix: str, names: Sequence[str], partitions: int = 4) -> None:
    beside = [Topic(f"{name}.dlq", 1, {}) for name in names] + [
        Topic(f"{name}.replay", partitions, {}) for name in names
    ]
    wanted = [Topic(name, partitions, {}) for name in names] + beside
    await create_topics(platform.bootstrap, wanted, prefix=prefix)
