"""A database that was put back is mended from the service's own topics; then its inputs are read again.

What the service said after the copy was made is taken over first, thing by thing, where the version there is higher:
so what is read again decides nothing a second time, and no outside effect is done twice.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from order_events import Body, EffectRecorded
from service_runtime.decoding import Routes, decode
from service_runtime.postgres import SQL, PostgresStore
from service_runtime.reading import Answers, Batch, Handler, Partition, Place, Received, Record
from service_runtime.work import Connection, Work

LOG = structlog.get_logger("recovering")
AT_ONCE = 500
PATIENCE_MS = 500
Take = Callable[[Connection, Sequence[Received[Any]]], Awaitable[int]]


class RecoveryError(Exception):
    """It cannot be recovered now; the message says what to do."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What a service takes over of what it said itself: events of these models, the newest of each thing."""

    models: Sequence[type[Body]]
    take: Take


def takes_over(*models: type[Body]) -> Callable[[Take], TakeOver]:
    """Mark a function that writes, of events the service itself said, those whose version is higher than what it holds.

    It is given each thing at most once, in no order, and says how many things it wrote.
    """
    return lambda take: TakeOver(models, take)


@dataclass(frozen=True)
class Recovery:
    """What is to be recovered: a service's name, its store, its topics as Kafka knows them."""

    service: str
    store: PostgresStore
    bootstrap: str
    prefix: str
    own: Sequence[TakeOver]
    inputs: Mapping[str, Sequence[str]]
    effects: bool

    async def run(self) -> dict[str, int]:
        """Take over, then rewind; how many things of each topic were taken over, and how far was rewound.

        Raises:
            RecoveryError: the service still runs.
        """
        counts: dict[str, int] = {}
        for one in self.own:
            for model in one.models:
                counts[model.event_type] = await self._taken_over(model.event_type, [model], one.take)
        if self.effects:
            topic = f"{self.service}.effects"
            counts[topic] = await self._taken_over(topic, [EffectRecorded], take_effects)
        counts["rewound"] = await self._rewind()
        return counts

    async def _taken_over(self, topic: str, models: Sequence[type[Body]], take: Take) -> int:
        routes = Routes.of([Handler(_never, {model.event_type: model for model in models})])
        taken = 0
        async for records in self._whole(topic):
            events = newest(event for event in (decode(record, routes) for record in records))
            async with self.store.transaction() as tx:
                await tx.lock_orders([event.order_id for event in events])
                taken += await take(tx.conn, events)
        LOG.info("taken over", topic=topic, things=taken)
        return taken

    async def _whole(self, topic: str) -> AsyncIterator[list[Record]]:
        """A topic from its beginning to its end as it is now."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            parts = await _partitions(consumer, self.prefix + topic)
            ends = await consumer.end_offsets(parts)
            consumer.assign(parts)
            await consumer.seek_to_beginning(*parts)
            while any([await consumer.position(part) < ends[part] for part in parts]):
                for raw in (await consumer.getmany(timeout_ms=PATIENCE_MS, max_records=AT_ONCE)).values():
                    yield [self._record(one) for one in raw]
        finally:
            await consumer.stop()

    def _record(self, raw: Any) -> Record:
        place = Place(raw.topic.removeprefix(self.prefix), raw.partition, raw.offset)
        return Record(place, raw.key, raw.value, tuple(raw.headers), raw.timestamp)

    async def _rewind(self) -> int:
        """Each group begins where this database ends; how many records that is."""
        back = 0
        for group, topics in self.inputs.items():
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self.bootstrap, group_id=self.prefix + group, enable_auto_commit=False
            )
            await consumer.start()
            try:
                back += await self._rewound(consumer, group, topics)
            finally:
                await consumer.stop()
        return back

    async def _rewound(self, consumer: AIOKafkaConsumer, group: str, topics: Sequence[str]) -> int:
        parts = [part for topic in await self._named(consumer, topics) for part in await _partitions(consumer, topic)]
        consumer.assign(parts)
        ours = {part: Partition(part.topic.removeprefix(self.prefix), part.partition) for part in parts}
        known = await self.store.consumed_through(list(ours.values()))
        starts = await consumer.beginning_offsets(parts)
        back = {part: max(known.get(ours[part], 0), starts[part]) for part in parts}
        committed = dict(zip(parts, await asyncio.gather(*map(consumer.committed, parts)), strict=True))
        try:
            await consumer.commit(back)
        except KafkaError as error:
            raise RecoveryError(f"group {group} still has members: stop every {self.service} first") from error
        return sum((committed[part] or 0) - back[part] for part in parts if (committed[part] or 0) > back[part])

    async def _named(self, consumer: AIOKafkaConsumer, topics: Sequence[str]) -> list[str]:
        there = await consumer.topics()
        return sorted(name for name in there if any(fnmatchcase(name, self.prefix + topic) for topic in topics))


async def _never(_: Batch[Any], __: Work) -> Answers:
    raise AssertionError("what is taken over is never handled")


def newest(events: Iterable[Any]) -> list[Received[Any]]:
    """Of each thing its highest version; what could not be read is left out."""
    by_subject: dict[str, Received[Any]] = {}
    for event in events:
        if isinstance(event, Received):
            held = by_subject.get(event.subject)
            if held is None or held.version < event.version:
                by_subject[event.subject] = event
    return list(by_subject.values())


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    await consumer._client.force_metadata_update()  # noqa: SLF001 - aiokafka has no public way to ask about one topic
    numbers = consumer.partitions_for_topic(topic)
    if numbers is None:
        await consumer._client.add_topic(topic)  # noqa: SLF001
        await consumer._client.force_metadata_update()  # noqa: SLF001
        numbers = consumer.partitions_for_topic(topic)
    return [TopicPartition(topic, number) for number in sorted(numbers or ())]


async def take_effects(conn: Connection, events: Sequence[Received[EffectRecorded]]) -> int:
    """States of outside effects: one that was leased is looked up, one that was only meant waits for its event."""
    bodies = [event.body for event in events]
    rows = await conn.fetch(
        SQL.take_effects,
        [body.effect_key for body in bodies],
        [body.kind for body in bodies],
        [body.order_id or "" for body in bodies],
        [body.state.value for body in bodies],
        [body.provider_reference for body in bodies],
        [body.attempts for body in bodies],
        [event.version for event in events],
    )
    return len(rows)
