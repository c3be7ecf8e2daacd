"""Saying each open thing again as it stands: the event that said its current version, the same id and bytes.

It is a run of its own (`python -m <service> snapshot`), not a request: it takes minutes, keeps nothing between two
requests, and one that was killed is run again under its id. The service may run meanwhile, or not.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from msgspec.structs import replace

from order_events import EnvelopeError, read_envelope
from service_runtime.archive import Archive
from service_runtime.clock import SystemClock
from service_runtime.decoding import Routes
from service_runtime.kafka import KafkaLog, producer_of
from service_runtime.past import Past
from service_runtime.ports import Outgoing
from service_runtime.postgres import PostgresStore, open_pool
from service_runtime.protocol import Protocol
from service_runtime.reading import Record
from service_runtime.replay.republishing import Order, say_again, whole
from service_runtime.replay.said import Period, Said, walk
from service_runtime.settings import ServiceSettings
from service_runtime.work import Connection

LOG = structlog.get_logger("snapshot")
A_PAGE = 1000  # things
AT_ONCE = 500  # events of one transaction
PER_S = 2000  # events; what reads them passes over tens of thousands a second, beside its live work


@dataclass(frozen=True, slots=True)
class Thing:
    """What is open: the key it is said under, its subject, and the version at which it stands."""

    key: str
    subject: str
    version: int


Page = tuple[Sequence[Thing], str | None]


@dataclass(frozen=True, slots=True)
class Open:
    """What of a service is open, and on which topics that was said.

    `things` is given a connection, where to go on (at first "") and how many to look at; it gives those that are open,
    and where to go on, or None at the end.
    """

    topics: Sequence[str]
    things: Callable[[Connection, str, int], Awaitable[Page]]


@dataclass
class Snapshot:
    """A snapshot of one service, under the id of a job."""

    protocol: Protocol
    store: PostgresStore
    open: Open
    order: Order
    per_s: float = PER_S
    counts: dict[str, int] = field(default_factory=lambda: {"open": 0, "republished": 0, "before": 0})
    _left: dict[str, Thing] = field(default_factory=dict)
    _ready: dict[str, list[Outgoing]] = field(default_factory=lambda: defaultdict(list))

    async def run(self, bootstrap: str, prefix: str, archive: Path | None) -> list[str]:
        """Find and say all of it; the things that are nowhere, as lines.

        The outbox first, which has all of the last weeks; then the topics, then the archive, as long as any is left.
        """
        async with self.store.pool.acquire() as conn:
            self._left = {one.subject: one async for one in self._things(conn)}
        self.counts["open"] = len(self._left)
        await self._from_the_outbox()
        if self._left:
            async with Past(bootstrap, prefix) as past:
                parts = await past.parts(self.open.topics)
                await self._from(past.records(await past.ends(parts)))
        for topic in self.open.topics if archive else ():
            if self._left and archive:
                await self._from(Archive(archive).records(topic))
        await self._say_what_waits()
        return await self._settle_the_missing()

    async def _things(self, conn: Connection) -> AsyncIterator[Thing]:
        after: str | None = ""
        while after is not None:
            things, after = await self.open.things(conn, after, A_PAGE)
            for thing in things:
                yield thing

    async def _from_the_outbox(self) -> None:
        keys = {thing.key.encode() for thing in self._left.values()}
        topics = frozenset(self.open.topics)
        async with self.store.pool.acquire() as conn:
            async for said in walk(conn, Period.of(None, None), lambda one: one.topic in topics and one.key in keys):
                await self._take(await _rows(conn, said))
                if not self._left:
                    break

    async def _from(self, polled: AsyncIterator[list[Record]]) -> None:
        async for records in polled:
            await self._take(_outgoing(one) for one in records)
            if not self._left:
                return

    async def _take(self, rows: Iterable[Outgoing]) -> None:
        for row in rows:
            told = _said_of(row)
            thing = told and self._left.get(told[1])
            if told and thing and thing.version == told[2]:
                del self._left[thing.subject]
                self._ready[row.topic].append(replace(row, event_id=told[0]))
        if sum(map(len, self._ready.values())) >= AT_ONCE:
            await self._say_what_waits()

    async def _say_what_waits(self) -> None:
        for topic, rows in self._ready.items():
            for begins in range(0, len(rows), AT_ONCE):
                await self._say(topic, rows[begins : begins + AT_ONCE], {})
        self._ready.clear()

    async def _say(self, topic: str, rows: Sequence[Outgoing], missing: Mapping[str, str]) -> None:
        done = await say_again(self.protocol, self.store, self.order, topic, rows, missing)
        self.counts["republished"] += done.republished
        self.counts["before"] += done.before
        LOG.info("said", **self.counts)
        await asyncio.sleep(done.republished / self.per_s)

    async def _settle_the_missing(self) -> list[str]:
        where = " and ".join(self.open.topics)
        why = "version {} is in no outbox, topic or archive of {}"
        missing = {one.subject: why.format(one.version, where) for one in self._left.values()}
        items = sorted(missing)
        for begins in range(0, len(items), AT_ONCE):
            await self._say(where, [], {item: missing[item] for item in items[begins : begins + AT_ONCE]})
        return [f"{subject}: {missing[subject]}" for subject in items]


async def snapshot(
    name: str, settings: ServiceSettings, opened: Open | None, order: Order
) -> tuple[Mapping[str, int], Sequence[str]]:
    """Say all again that is open at a service; how much that was, and what is nowhere."""
    if opened is None:
        return {"open": 0}, []
    pool = await open_pool(settings.database_url, name)
    store = PostgresStore(pool)
    log = KafkaLog(producer_of(settings.kafka_bootstrap_servers, f"{name}-snapshot"), settings.topic_prefix)
    protocol = Protocol(name, Routes.of([]), (), store, log, SystemClock(settings.clock_offset_s))
    run = Snapshot(protocol, store, opened, order)
    try:
        missing = await run.run(settings.kafka_bootstrap_servers, settings.topic_prefix, settings.archive)
    finally:
        await log.stop()
        await pool.close()
    return run.counts, missing


async def _rows(conn: Connection, said: Sequence[Said]) -> list[Outgoing]:
    plain = await whole(conn, [one for one in said if one.packed is None])
    return [one.packed or plain[one.cause, one.n] for one in said]


def _outgoing(record: Record) -> Outgoing:
    return Outgoing("", 0, "", record.place.topic, record.key, record.headers, record.value or b"")


def _said_of(row: Outgoing) -> tuple[str, str, int] | None:
    """Id, subject and version of what is said; None for a record that is no event of ours."""
    try:
        envelope = read_envelope(row.headers)
    except EnvelopeError:
        return None
    return envelope.id, envelope.subject, envelope.version
