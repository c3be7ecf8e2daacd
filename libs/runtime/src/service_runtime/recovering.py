"""A database that was put back is mended from the topics; then its inputs are read again.

What the service said after the copy was made is taken over first, thing by thing, where the version there is higher;
with it what it had read of others by then, as far as its group had read. So what is read again decides nothing a
second time, and no outside effect is done twice.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import structlog

from order_events import Body, EffectRecorded
from service_runtime.decoding import Routes, decode, distinct, hash_of
from service_runtime.past import GroupHasMembersError, Offsets, Past
from service_runtime.ports import Sight
from service_runtime.postgres import SQL, PostgresStore, PostgresTx
from service_runtime.reading import Answers, Batch, Handler, KeyOf, Model, Partition, Received, Record
from service_runtime.work import Connection, Work

LOG = structlog.get_logger("recovering")
PATIENCE_S = 20.0  # for members that were killed (their session lasts 6 s), or that start, refuse and leave
Take = Callable[[Connection, Sequence[Received[Any]]], Awaitable[int]]
Settle = Callable[[Connection, Sequence[Received[bytes]]], Awaitable[Collection[str]]]
Mend = Callable[[Connection], Awaitable[int]]


class RecoveryError(Exception):
    """It cannot be recovered now; the message says what to do."""


class Said(Enum):
    """Who said what is taken over, and so how far it is read."""

    BY_US = "by us"  # all of it
    TO_US = "to us"  # what our group had read that the database does not know of
    AHEAD = "ahead"  # the same, and what stands behind it


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Events of these models, on topics of these names (or patterns) where they are not called like the events."""

    said: Said
    models: Sequence[Model]
    topics: Sequence[str]
    take: Take


@dataclass(frozen=True, slots=True)
class TakeOutside:
    """Outside records that were handled; `settle` names those (by id) that must not be handled again."""

    topic: str
    key: KeyOf
    settle: Settle


@dataclass(frozen=True, slots=True)
class Mending:
    """What is left to do when all is read that comes before it, in one transaction."""

    mend: Mend


Step = TakeOver | TakeOutside | Mending


def takes_over(*models: type[Body], topic: str | None = None) -> Callable[[Take], TakeOver]:
    """Mark a function that writes, of events the service itself said, those whose version is higher than what it holds.

    It is given some at a time, those of a thing in their order, and says how many things it wrote.
    """
    topics = [topic] if topic else [model.event_type for model in models]
    return lambda take: TakeOver(Said.BY_US, models, topics, take)


def had_read(*models: Model, ahead: bool = False) -> Callable[[Take], TakeOver]:
    """The same of events others said, as far as the service had handled them: nothing may be decided by it.

    With `ahead` it is given also what the group has not read; who takes that over knows why.
    """
    said = Said.AHEAD if ahead else Said.TO_US
    return lambda take: TakeOver(said, models, [model.event_type for model in models], take)


def had_heard(topic: str, key: KeyOf) -> Callable[[Settle], TakeOutside]:
    """Mark a function that is given the outside records that were handled, and gives the ids of those to be skipped."""
    return lambda settle: TakeOutside(topic, key, settle)


def newest(events: Iterable[Received[Any]]) -> list[Received[Any]]:
    """Of each thing its highest version."""
    by_subject: dict[str, Received[Any]] = {}
    for event in events:
        held = by_subject.get(event.subject)
        if held is None or held.version < event.version:
            by_subject[event.subject] = event
    return list(by_subject.values())


@dataclass(frozen=True)
class Recovery:
    """What is to be recovered: a service's name, its store, its topics as Kafka knows them."""

    service: str
    store: PostgresStore
    bootstrap: str
    prefix: str
    own: Sequence[Step]
    inputs: Mapping[str, Sequence[str]]
    effects: bool
    patience_s: float = PATIENCE_S

    async def run(self) -> dict[str, int]:
        """Take over, then rewind; how many things were taken over of each topic, and how far was rewound.

        Raises:
            RecoveryError: the service still runs.
        """
        async with Past(self.bootstrap, self.prefix) as past:
            read = await self._read_so_far(past)
            known = await self.store.consumed_through(list(read))
            counts: dict[str, int] = {}
            for step in [*self.own, *([effects_of(self.service)] if self.effects else [])]:
                name, things = await self._done(past, step, known, read)
                counts[name] = counts.get(name, 0) + things
                LOG.info("taken over", what=name, things=things)
            counts["rewound"] = await self._rewound(past, known, read)
        return counts

    async def _read_so_far(self, past: Past) -> Offsets:
        """How far its groups have read, once nobody reads in them."""
        read: dict[Partition, int] = {}
        for group, topics in self.inputs.items():
            await self._alone(group, past.left(group, self.patience_s))
            read |= await past.committed(group, await past.parts(topics))
        return read

    async def _done(self, past: Past, step: Step, known: Offsets, read: Offsets) -> tuple[str, int]:
        match step:
            case TakeOver(said, models, topics, take):
                parts = await past.parts(topics)
                ends = _of(read, parts) if said is Said.TO_US else await past.ends(parts)
                begins = None if said is Said.BY_US else known
                return " ".join(topics), await self._taken(past, Routes.of([_reads(models)]), take, ends, begins)
            case TakeOutside(topic, key, settle):
                ends = _of(read, await past.parts([topic]))
                return topic, await self._settled(past, Handler(_never, topics=[topic], key=key), settle, ends, known)
            case Mending(mend):
                async with self.store.transaction() as tx:
                    return "mended", await mend(tx.conn)

    async def _taken(self, past: Past, routes: Routes, take: Take, ends: Offsets, begins: Offsets | None) -> int:
        taken = 0
        async for events in _events(past.records(ends, begins), routes):
            async with self.store.transaction() as tx:
                taken += await take(tx.conn, events)
        return taken

    async def _settled(self, past: Past, handler: Handler, settle: Settle, ends: Offsets, begins: Offsets) -> int:
        settled = 0
        async for events in _events(past.records(ends, begins), Routes.of([handler])):
            async with self.store.transaction() as tx:
                told_apart = await _told_apart(tx, events)
                skipped = await settle(tx.conn, told_apart)
                sights = [Sight(e.id, e.place, hash_of(e)) for e in told_apart if e.id in skipped]
                await tx.first_sights(sorted(sights, key=lambda sight: sight.id))
                settled += len(sights)
        return settled

    async def _rewound(self, past: Past, known: Offsets, read: Offsets) -> int:
        """Each group begins where this database ends; how many records that is."""
        starts = await past.begins(list(read))
        back = {part: max(known.get(part, 0), starts[part]) for part in read}
        for group, topics in self.inputs.items():
            offsets = _of(back, await past.parts(topics))
            await self._alone(group, past.move(group, offsets, self.patience_s))
        return sum(max(0, read[part] - back[part]) for part in read)

    async def _alone(self, group: str, done: Awaitable[None]) -> None:
        try:
            await done
        except GroupHasMembersError as error:
            raise RecoveryError(f"group {group} still has members: stop every {self.service} first") from error


async def _never(_: Batch[Any], __: Work) -> Answers:
    raise AssertionError("what is taken over is never handled")


def _reads(models: Sequence[Model]) -> Handler:
    return Handler(_never, {model.event_type: model for model in models})


def _of(offsets: Offsets, parts: Sequence[Partition]) -> Offsets:
    return {part: offsets[part] for part in parts if part in offsets}


async def _events(polled: AsyncIterator[list[Record]], routes: Routes) -> AsyncIterator[list[Received[Any]]]:
    """What could be read of each poll; what could not was parked, and is parked again when it is read again."""
    async for records in polled:
        read = [decode(record, routes) for record in records]
        if events := [one for one in read if isinstance(one, Received)]:
            yield events


async def _told_apart(tx: PostgresTx, events: Sequence[Received[bytes]]) -> list[Received[bytes]]:
    """As the inbox does it: the first body of an id is that event, another one an event of its own; each once."""
    rows = await tx.conn.fetch(SQL.first_sights_outside, [event.id for event in events])
    hashes: dict[str, bytes] = {row["id"]: row["body_hash"] for row in rows}
    apart = [_named_by(event, hashes) for event in events]
    return list({event.id: event for event in apart if event.id not in {row["id"] for row in rows}}.values())


def _named_by(event: Received[bytes], hashes: dict[str, bytes]) -> Received[bytes]:
    own = hash_of(event)
    return event if hashes.setdefault(event.id, own) == own else distinct(event, own)


def effects_of(service: str) -> TakeOver:
    """The last step of a service that does something outside."""
    return takes_over(EffectRecorded, topic=f"{service}.effects")(take_effects)


async def take_effects(conn: Connection, events: Sequence[Received[EffectRecorded]]) -> int:
    """States of outside effects: one that was leased is looked up, one to be tried again waits for its event.

    One that was meant and never tried is nothing yet: whoever reads its event again means it again, or means a message
    that says more, under another key.
    """
    latest = [event for event in newest(events) if event.body.attempts]
    bodies = [event.body for event in latest]
    rows = await conn.fetch(
        SQL.take_effects,
        [body.effect_key for body in bodies],
        [body.kind for body in bodies],
        [body.order_id or "" for body in bodies],
        [body.state.value for body in bodies],
        [body.provider_reference for body in bodies],
        [body.attempts for body in bodies],
        [event.version for event in latest],
    )
    return len(rows)
