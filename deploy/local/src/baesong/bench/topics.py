"""What stands in an instance's topics once a run is over: every record, in no group."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiokafka import TopicPartition

from baesong.connection import Connection
from baesong.verify.log import opened


async def records_of(connection: Connection, topics: Sequence[str]) -> AsyncIterator[tuple[str, Any]]:
    """Give each record of these topics, named without prefix, with the name of its topic."""
    async with opened(connection.bootstrap, connection.topic_prefix) as log:
        named = await log.admin.describe_topics([connection.topic(topic) for topic in topics])
        parts = [TopicPartition(topic["topic"], p["partition"]) for topic in named for p in topic["partitions"]]
        async for record in log.records(await log.ends_of(parts)):
            yield log.plain(record.topic), record


def id_of(record: Any) -> bytes:
    """Give an event's id; empty where it has none."""
    return next((value for name, value in record.headers if name == "ce_id"), b"")


def bytes_of(record: Any) -> tuple[int, int, int]:
    """Give how large key, value and headers are."""
    return len(record.key or b""), len(record.value or b""), sum(len(n) + len(v or b"") for n, v in record.headers)
