"""The protocol: one polled batch = one transaction = one publish = one offset commit.

This is the only way events are handled. It stands on the ports alone, so that a seeded simulation runs the same
function as Kafka and PostgreSQL do.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from service_runtime.decoding import Poison, Routes, decode, distinct, hash_of
from service_runtime.effect_states import intents, wanted
from service_runtime.failpoints import failpoint
from service_runtime.failures import Bug
from service_runtime.horizon import oldest_id
from service_runtime.metrics import Phases
from service_runtime.outgoing import Speaker, dead_letters
from service_runtime.ports import Clock, Log, OutboxBatch, Outgoing, Parked, Sight, Store, Tx
from service_runtime.reading import Lock, Partition, Received, Record
from service_runtime.rounds import Decided, in_log_order, run_rounds
from service_runtime.work import Work


@dataclass(frozen=True)
class Protocol:
    """What a service brings to the protocol: its name, its routes, its locks, and the ports it stands on."""

    service: str
    routes: Routes
    locks: Sequence[Lock]
    store: Store
    log: Log
    clock: Clock


@dataclass
class Progress:
    """What this consumer knows as acknowledged and has not yet marked: per partition the next offset."""

    published: dict[Partition, int] = field(default_factory=dict)

    def marks(self, assigned: frozenset[Partition]) -> dict[Partition, int]:
        """The marks to write: only of partitions still assigned."""
        self.published = {part: next_ for part, next_ in self.published.items() if part in assigned}
        return dict(self.published)


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a batch."""

    decided: Decided
    seen: int
    parked: Sequence[Parked]
    emitted: Sequence[Outgoing]
    again: int


class Marks(NamedTuple):
    """Per partition the next offset: what is known as acknowledged, and what this batch consumes."""

    acknowledged: Mapping[Partition, int]
    consumed: Mapping[Partition, int]


class Concluded(NamedTuple):
    """What is committed: what became of the batch, the rows to be published, those of them that nothing else covers."""

    handled: Handled
    rows: list[Outgoing]
    pending: list[Outgoing]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Events that nobody has seen here, in log order; and those that were seen, with their first sight."""

    fresh: list[Received[Any]]
    seen: list[tuple[Received[Any], Sight]]


def last_of(records: Sequence[Record]) -> dict[Partition, Record]:
    """The last record of each partition; a partition's records come in their order."""
    last = {record.place[:2]: record for record in records}
    return {Partition(*part): record for part, record in last.items()}


def next_offsets(records: Sequence[Record]) -> dict[Partition, int]:
    """Per partition the offset after the last record."""
    return {part: record.place.offset + 1 for part, record in last_of(records).items()}


async def handle(
    protocol: Protocol,
    records: Sequence[Record],
    progress: Progress,
    assigned: frozenset[Partition],
    bug: Bug | None = None,
) -> Handled:
    """Handle one polled batch up to the last acknowledgement; the caller commits its offsets afterwards.

    With `bug`, the fresh events among the records are not decided but parked for it.
    """
    failpoint("after_poll")
    phases = Phases()
    read = [decode(record, protocol.routes) for record in records]
    events = [one for one in read if isinstance(one, Received)]
    poison = [Parked(one.record, "poison", one.reason) for one in read if isinstance(one, Poison)]
    phases.ended("decode")

    async def decided(tx: Tx, marks: Marks) -> Concluded:
        work = Work(tx.conn, protocol.clock.now())
        sorted_ = await by_first_sight(tx, events, work.now)
        failpoint("after_inbox")
        return await concluded(
            protocol, tx, work, sorted_, await decide(protocol, tx, work, sorted_.fresh, bug), poison, marks
        )

    return await carried_out(protocol, records, progress, assigned, phases, decided)


async def carried_out(
    protocol: Protocol,
    records: Sequence[Record],
    progress: Progress,
    assigned: frozenset[Partition],
    phases: Phases,
    decided: Callable[[Tx, Marks], Awaitable[Concluded]],
) -> Handled:
    """One transaction, then one publish: what every batch goes through, whoever decides what is in it."""
    offsets = next_offsets(records)
    marks = Marks(progress.marks(assigned), offsets)
    async with protocol.store.transaction() as tx:
        handled, rows, pending = await decided(tx, marks)
        failpoint("before_commit")
        phases.ended("decide")
    phases.ended("commit")
    if handled.emitted:
        failpoint("after_commit")
    await protocol.log.publish(rows)
    phases.ended("publish")
    if pending:
        await protocol.store.published(pending)
    progress.published.update(offsets)
    failpoint("before_offsets")
    return handled


async def concluded(
    protocol: Protocol,
    tx: Tx,
    work: Work,
    sorted_: Sorted,
    decided: Decided,
    poison: Sequence[Parked],
    marks: Marks,
) -> Concluded:
    """Write, besides the handlers' own rows, what is said, what is put aside, and how far all of it is known."""
    emitted = await written(protocol.service, tx, work)
    parked = await tx.park([*poison, *decided.parked])
    again = await _published_before_a_crash(tx, sorted_.seen, marks.acknowledged)
    stand = await tx.mark(marks.acknowledged, marks.consumed)
    batches, uncovered = batched(sorted_.fresh, emitted, stand, oldest_id(work.now))
    await tx.add_batches(batches)
    pending = [*uncovered, *dead_letters(parked, protocol.service)]
    await tx.add_outgoing(pending)
    await tx.pend(pending)
    handled = Handled(decided, len(sorted_.seen), parked, emitted, len(again))
    return Concluded(handled, [*again, *emitted, *pending[len(uncovered) :]], pending)


async def written(service: str, tx: Tx, work: Work) -> list[Outgoing]:
    """Write what handlers want besides their own rows: effects, timers; return the rows of what they say."""
    fresh = await tx.intend(wanted(service, work), work.now) if work.effects else ()
    if work.timers:
        await tx.set_timers(work.timers)
    if work.cleared:
        await tx.clear_timers(work.cleared)
    return Speaker(service, work.now).rows([*work.events, *intents(service, work, fresh)])


async def by_first_sight(tx: Tx, events: Sequence[Received[Any]], now: datetime) -> Sorted:
    """Fresh is the first record of each id that the inbox did not hold; a second copy inside the batch is nothing.

    What is older than the inbox (a snapshot, an archive) passes it by: its thing's version decides.
    """
    oldest = oldest_id(now)
    old = {event.id: event for event in reversed(events) if event.id < oldest and not isinstance(event.body, bytes)}
    if old:
        events = [event for event in events if event.id not in old]
    variants: dict[tuple[str, bytes | None], Received[Any]] = {}
    sights: dict[str, Sight] = {}
    for event in events:
        sight = sight_of(event)
        variants.setdefault((event.id, sight.body_hash), event)
        sights.setdefault(event.id, sight)
    seen = await tx.first_sights([sights[id_] for id_ in sorted(sights)])
    sorted_, conflicts = Sorted([], []), []
    for (id_, body_hash), event in variants.items():
        first = seen.get(id_)
        if body_hash != (first or sights[id_]).body_hash:
            conflicts.append(event)
        elif first:
            sorted_.seen.append((event, first))
        else:
            sorted_.fresh.append(event)
    apart = await _told_apart(tx, conflicts)
    return Sorted(in_log_order([*sorted_.fresh, *apart.fresh, *old.values()]), [*sorted_.seen, *apart.seen])


async def _told_apart(tx: Tx, conflicts: Sequence[Received[Any]]) -> Sorted:
    apart = {event.id: event for event in (distinct(one, hash_of(one)) for one in conflicts)}
    if not apart:
        return Sorted([], [])
    seen = await tx.first_sights([sight_of(apart[id_]) for id_ in sorted(apart)])
    return Sorted([e for id_, e in apart.items() if id_ not in seen], [(apart[id_], seen[id_]) for id_ in seen])


def sight_of(event: Received[Any]) -> Sight:
    """How the inbox remembers an event."""
    return Sight(event.id, event.record.place, hash_of(event) if isinstance(event.body, bytes) else None)


async def decide(
    protocol: Protocol,
    tx: Tx,
    work: Work,
    fresh: Sequence[Received[Any]],
    bug: Bug | None,
    besides: Sequence[Received[Any]] = (),
) -> Decided:
    """Lock the orders of these events and what their handlers need, then decide the fresh ones in rounds.

    `besides` are decided by the caller, afterwards: all that is locked is locked here, in one sequence.
    """
    if not fresh and not besides:
        return Decided()
    order_ids = sorted({event.order_id for event in (*fresh, *besides)})
    await tx.lock_orders(order_ids)
    blocked = await tx.blocked_among(order_ids)
    free = [event for event in fresh if event.order_id not in blocked]
    for lock in protocol.locks:
        await lock(tx.conn, [*free, *besides])
    return await run_rounds(tx, work, fresh, blocked, protocol.routes, bug)


async def _published_before_a_crash(
    tx: Tx, seen: Sequence[tuple[Received[Any], Sight]], acknowledged: Mapping[Partition, int]
) -> list[Outgoing]:
    """Stored rows of seen events whose first sight lies at or above the mark: nobody knows that they were published."""
    if not seen:
        return []
    stored = await tx.published_through({first.place.of for _, first in seen})
    marks = {part: max(stored.get(part, 0), acknowledged.get(part, 0)) for part in {*stored, *acknowledged}}
    unsure = [first for _, first in seen if first.place.offset >= marks.get(first.place.of, 0)]
    return list(await tx.stored(unsure)) if unsure else []


def batched(
    fresh: Sequence[Received[Any]], emitted: Sequence[Outgoing], marks: Mapping[Partition, int], oldest: str
) -> tuple[list[OutboxBatch], list[Outgoing]]:
    """What is said, by the partition of the record it is said because of; and what no mark will cover.

    That is what is said because of an event below the mark, or one older than the inbox: the relay must look after it.
    """
    begins = {
        (part.topic, part.partition): mark for part, mark in marks.items()
    }  # a place is cut, not asked, for its own
    places = {
        event.cause.id: event.record.place
        for event in fresh
        if event.id >= oldest and event.record.place[2] >= begins.get(event.record.place[:2], 0)
    }
    covered: dict[tuple[str, int], list[tuple[int, Outgoing]]] = defaultdict(list)
    uncovered: list[Outgoing] = []
    for row in emitted:
        if place := places.get(row.cause):
            covered[place[:2]].append((place[2], row))
        else:
            uncovered.append(row)
    return [_batch_of(Partition(*part), said) for part, said in covered.items()], uncovered


def _batch_of(part: Partition, said: Sequence[tuple[int, Outgoing]]) -> OutboxBatch:
    offsets = [offset for offset, _ in said]
    return OutboxBatch(part, min(offsets), max(offsets), tuple([row for _, row in said]))
