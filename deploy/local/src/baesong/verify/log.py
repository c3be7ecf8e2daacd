"""Reads topics of an instance from their beginning to where they ended when the reading began, in no group."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from baesong.errors import BaesongError

# Topics of the contract, as they are called without an instance's prefix. A service's effects are its own affair.
OURS = re.compile(
    r"order\.(placed|changed)|allocation\.decided|inventory\.changed|shipment\.(created|updated)"
    r"|customer\.notified|checkout\.answered|partner\.[^.]+\.shipments"
)
KEYED_OTHERWISE = {"inventory.changed", "checkout.answered"}
OUTSIDE = re.compile(r"checkout\.completed|partner\.[^.]+\.inbound")
DEAD_LETTERS = ".dlq"
AT_ONCE = 2000
PATIENCE_MS = 30_000  # a broker that gives nothing for so long, though more is there, is away

Ends = Mapping[TopicPartition, int]


def is_audited(topic: str) -> bool:
    """Say whether an auditor reads a topic, named without prefix."""
    name = topic.removesuffix(DEAD_LETTERS)
    return bool(OURS.fullmatch(name) or OUTSIDE.fullmatch(name))


def is_keyed_by_order(topic: str) -> bool:
    """Say whether the key of a topic of ours, named without prefix, is an order's id."""
    return bool(OURS.fullmatch(topic)) and topic not in KEYED_OTHERWISE


class Log:
    """The topics of one instance."""

    def __init__(self, consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient, prefix: str) -> None:
        self._consumer = consumer
        self.admin = admin
        self.prefix = prefix

    def plain(self, topic: str) -> str:
        """Name a topic without the instance's prefix."""
        return topic.removeprefix(self.prefix)

    async def ends(self) -> Ends:
        """Give where each partition of the audited topics ends now."""
        named = [name for name in await self.admin.list_topics() if name.startswith(self.prefix)]
        audited = [name for name in named if is_audited(self.plain(name))]
        described = await self.admin.describe_topics(audited) if audited else []
        parts = [TopicPartition(topic["topic"], p["partition"]) for topic in described for p in topic["partitions"]]
        return await self.ends_of(parts)

    async def ends_of(self, parts: Sequence[TopicPartition]) -> Ends:
        """Give where each of these partitions ends now."""
        return dict(await self._consumer.end_offsets(list(parts))) if parts else {}

    async def begins(self, ends: Ends) -> Ends:
        """Give where each of these partitions begins."""
        return dict(await self._consumer.beginning_offsets(list(ends))) if ends else {}

    async def records(self, ends: Ends) -> AsyncIterator[Any]:
        """Give every record below these ends; those of a partition in their order.

        Raises:
            BaesongError: the broker stopped giving records that are there.
        """
        begins = await self.begins(ends)
        left = {part: end for part, end in ends.items() if end > begins[part]}
        self._consumer.assign(list(left))
        for part in left:
            self._consumer.seek(part, begins[part])
        while left:
            for record in await self._next(left):
                yield record

    async def _next(self, left: dict[TopicPartition, int]) -> list[Any]:
        """Poll once, cut what lies beyond the ends, and pause the partitions that are read."""
        polled = await self._consumer.getmany(*left, timeout_ms=PATIENCE_MS, max_records=AT_ONCE)
        if not polled:
            raise BaesongError(f"Kafka gave none of the records of {len(left)} partitions within {PATIENCE_MS} ms")
        records = [record for part, batch in polled.items() for record in batch if record.offset < left[part]]
        for part in polled:
            if await self._consumer.position(part) >= left[part]:
                self._consumer.pause(part)
                del left[part]
        return records


@asynccontextmanager
async def opened(bootstrap: str, prefix: str) -> AsyncIterator[Log]:
    """Open the topics of an instance for reading, in no group: nothing is committed and nobody is disturbed."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=8 * 1024 * 1024,
        fetch_max_wait_ms=100,
        check_crcs=False,  # TCP and the broker have checked them
    )
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        await consumer.start()
        yield Log(consumer, admin, prefix)
    except KafkaError as error:
        raise BaesongError(f"Kafka at {bootstrap} cannot be read: {error!r}") from error
    finally:
        await consumer.stop()
        await admin.close()
