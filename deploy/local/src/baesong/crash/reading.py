"""Reads the topics of an instance from their beginning, for what the suite counts."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka import TopicPartition

from baesong.connection import Connection
from baesong.crash.count import Count
from baesong.verify.log import DEAD_LETTERS, OUTSIDE, opened
from order_events import read_headers


async def counted(connection: Connection) -> Count:
    """Count every record that says what became of an order."""
    count = Count()
    async for topic, headers, record in _records(connection):
        if topic in Count.TOPICS:
            count.take(topic, headers, record.value)
    return count


async def places(connection: Connection) -> Mapping[str, TopicPartition]:
    """Give where each event stands first, by its id as a service's log names it."""
    found: dict[str, TopicPartition] = {}
    async for topic, headers, record in _records(connection):
        id_ = f"{topic}/{headers['ce_id']}" if OUTSIDE.fullmatch(topic) else headers["ce_id"]
        found.setdefault(id_, TopicPartition(topic, record.partition))
    return found


async def _records(connection: Connection) -> AsyncIterator[tuple[str, Mapping[str, str], Any]]:
    async with opened(connection.bootstrap, connection.topic_prefix) as log:
        async for record in log.records(await log.ends()):
            topic = log.plain(record.topic)
            if not topic.endswith(DEAD_LETTERS) and any(name == "ce_id" for name, _ in record.headers):
                yield topic, read_headers(record.headers), record
