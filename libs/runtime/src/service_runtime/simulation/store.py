"""A store in memory with transactions: what is not committed is never seen, and one runs at a time."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from service_runtime.ports import Blocked, OutboxBatch, Outgoing, Parked, Sight, Waiting
from service_runtime.reading import Partition, Place
from service_runtime.simulation.chance import Chance
from service_runtime.work import Effect, Timer

Key = tuple[str, int]


@dataclass
class Tables:
    """The runtime's tables, and `own` for the service's."""

    inbox: dict[str, Sight] = field(default_factory=dict)
    outbox: dict[Key, Outgoing] = field(default_factory=dict)
    pending: dict[Key, datetime] = field(default_factory=dict)
    published: dict[Partition, int] = field(default_factory=dict)
    consumed: dict[Partition, int] = field(default_factory=dict)
    blocked: dict[str, Blocked] = field(default_factory=dict)
    queue: tuple[Waiting, ...] = ()
    batches: tuple[OutboxBatch, ...] = ()
    parked: dict[Place | str, Parked] = field(default_factory=dict)
    settled: dict[Place | str, Parked] = field(default_factory=dict)
    effects: dict[str, Effect] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    own: dict[Any, Any] = field(default_factory=dict)

    def copied(self) -> "Tables":
        """A copy to write on; values are immutable."""
        tables: dict[str, Any] = {name: dict(table) for name, table in vars(self).items() if isinstance(table, dict)}
        return replace(self, **tables)


class MemoryTx:
    """See `ports.Tx`; `conn` is the service's own tables."""

    def __init__(self, tables: Tables, chance: Chance) -> None:
        self.tables = tables
        self._chance = chance

    @property
    def conn(self) -> Any:
        """The service's own tables."""
        return self.tables.own

    async def first_sights(self, sights: Sequence[Sight]) -> Mapping[str, Sight]:
        """Write new ids, return the first sights of known ones."""
        await self._chance.step()
        seen = {sight.id: self.tables.inbox[sight.id] for sight in sights if sight.id in self.tables.inbox}
        self.tables.inbox.update({sight.id: sight for sight in sights if sight.id not in seen})
        return seen

    async def lock_orders(self, order_ids: Sequence[str]) -> None:  # noqa: ARG002 - one transaction runs at a time
        """Nothing to wait for."""
        await self._chance.step()

    async def blocked_among(self, order_ids: Sequence[str]) -> Collection[str]:
        """Those of the orders that are blocked."""
        return {order_id for order_id in order_ids if order_id in self.tables.blocked}

    async def block(self, blocked: Sequence[Blocked]) -> None:
        """Block orders, or move their next try."""
        await self._chance.step()
        self.tables.blocked.update({one.order_id: one for one in blocked})

    async def queue(self, waiting: Sequence[Waiting]) -> None:
        """Put events behind their orders; there is no queue without a block."""
        orphans = [one.order_id for one in waiting if one.order_id not in self.tables.blocked]
        assert not orphans, f"queued without a block: {orphans}"
        self.tables.queue += tuple(waiting)

    async def queued(self, order_id: str) -> Sequence[Waiting]:
        """What waits behind an order."""
        return [one for one in self.tables.queue if one.order_id == order_id]

    async def unqueue(self, order_id: str, event_ids: Sequence[str]) -> None:
        """Take handled events out of the queue."""
        await self._chance.step()
        self.tables.queue = tuple(
            one
            for one in self.tables.queue
            if (one.order_id, one.event_id) not in {(order_id, id_) for id_ in event_ids}
        )

    async def unblock(self, order_id: str) -> None:
        """Take the block away; no event may wait behind it."""
        assert not await self.queued(order_id), f"unblocked with events waiting: {order_id}"
        self.tables.blocked.pop(order_id, None)

    async def blocked_state(self, order_id: str) -> Blocked | None:
        """How an order is blocked."""
        return self.tables.blocked.get(order_id)

    async def stored(self, firsts: Sequence[Sight]) -> Sequence[Outgoing]:
        """What the batches of these first sights said because of these events."""
        causes = {first.id for first in firsts}
        found = [batch for batch in self.tables.batches if any(_holds(batch, first.place) for first in firsts)]
        return [row for batch in found for row in batch.rows if row.cause in causes]

    async def published_through(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The marks of these partitions."""
        return {part: self.tables.published.get(part, 0) for part in partitions}

    async def mark(
        self, published: Mapping[Partition, int], consumed: Mapping[Partition, int]
    ) -> Mapping[Partition, int]:
        """Move the marks up."""
        await self._chance.step()
        for table, news in ((self.tables.published, published), (self.tables.consumed, consumed)):
            table.update({part: max(next_, table.get(part, 0)) for part, next_ in news.items()})
        return {part: self.tables.published.get(part, 0) for part in {*published, *consumed}}

    async def add_batches(self, batches: Sequence[OutboxBatch]) -> None:
        """Write what is said because of records; an event says its n-th thing once."""
        await self._chance.step()
        said = {(row.cause, row.n) for batch in self.tables.batches for row in batch.rows}
        for row in (row for batch in batches for row in batch.rows):
            assert (row.cause, row.n) not in said, f"said twice: {row}"
        self.tables.batches += tuple(batches)

    async def add_outgoing(self, rows: Sequence[Outgoing]) -> None:
        """Write outbox rows; a key stands once."""
        await self._chance.step()
        for row in rows:
            assert (row.cause, row.n) not in self.tables.outbox, f"said twice: {row}"
            self.tables.outbox[row.cause, row.n] = row

    async def pend(self, rows: Sequence[Outgoing]) -> None:
        """Leave rows to the relay, unless they are published first."""
        lease = self._chance.time + timedelta(seconds=2)
        for row in rows:
            self.tables.pending.setdefault((row.cause, row.n), lease)

    async def park(self, parked: Sequence[Parked]) -> Sequence[Parked]:
        """Put events and records aside; one that was settled is known all the same."""
        known = {*self.tables.parked, *self.tables.settled}
        fresh = [one for one in parked if (one.event_id or one.record.place) not in known]
        self.tables.parked.update({one.event_id or one.record.place: one for one in parked})
        return fresh

    async def settle_parked(self, event_ids: Sequence[str]) -> None:
        """They are handled after all."""
        for event_id in event_ids:
            if event_id in self.tables.parked:
                self.tables.settled[event_id] = self.tables.parked.pop(event_id)

    async def intend(self, effects: Sequence[Effect], now: datetime) -> Collection[str]:  # noqa: ARG002 - nobody works here
        """Write effects to be done; the keys that are new."""
        fresh = {effect.key for effect in effects} - self.tables.effects.keys()
        for effect in effects:
            self.tables.effects.setdefault(effect.key, effect)
        return fresh

    async def set_timers(self, timers: Sequence[Timer]) -> None:
        """Set or move timers."""
        await self._chance.step()
        self.tables.timers.update({timer.key: timer for timer in timers})

    async def clear_timers(self, keys: Sequence[str]) -> None:
        """Take timers away."""
        for key in keys:
            self.tables.timers.pop(key, None)

    async def take_timers(self, keys: Sequence[str], now: datetime) -> Sequence[Timer]:
        """Take away those that are due still."""
        await self._chance.step()
        due = [self.tables.timers[key] for key in keys if key in self.tables.timers]
        return [self.tables.timers.pop(timer.key) for timer in due if timer.due_at <= now]


def _holds(batch: OutboxBatch, place: Place) -> bool:
    return batch.part == place.of and batch.first <= place.offset <= batch.last


class MemoryStore:
    """See `ports.Store`."""

    def __init__(self, chance: Chance) -> None:
        self.tables = Tables()
        self._chance = chance
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryTx]:
        """Begin; commit at the end, forget everything on any exception."""
        async with self._one_at_a_time:
            await self._chance.step()
            tx = MemoryTx(self.tables.copied(), self._chance)
            yield tx
            await self._chance.step()
            self.tables = tx.tables
        await self._chance.step()

    async def published(self, rows: Sequence[Outgoing]) -> None:
        """These rows need no relay."""
        await self._chance.step()
        async with self._one_at_a_time:
            for row in rows:
                self.tables.pending.pop((row.cause, row.n), None)

    async def lease_pending(self, limit: int) -> Sequence[Outgoing]:
        """Rows nobody acknowledged in time."""
        await self._chance.step()
        async with self._one_at_a_time:
            due = [key for key, lease in self.tables.pending.items() if lease < self._chance.time][:limit]
            self.tables.pending.update(dict.fromkeys(due, self._chance.time + timedelta(seconds=10)))
            return [self.tables.outbox[key] for key in due]

    async def consumed_through(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The first offset not yet consumed of each partition."""
        return {part: self.tables.consumed[part] for part in partitions if part in self.tables.consumed}

    async def accept_skip(self, part: Partition, next_offset: int) -> None:
        """Leave what may be unsaid to the relay, and mark where reading begins."""
        async with self.transaction() as tx:
            mark = tx.tables.published.get(part, 0)
            unsure = [row for one in tx.tables.batches if one.part == part and one.last >= mark for row in one.rows]
            unsure = [row for row in unsure if (row.cause, row.n) not in tx.tables.outbox]
            await tx.add_outgoing(unsure)
            await tx.pend(unsure)
            await tx.mark({part: next_offset}, {part: next_offset})

    async def due_orders(self, now: datetime, limit: int) -> Sequence[str]:
        """Blocked orders whose time has come, the longest due first."""
        due = [(one.due_at, one.order_id) for one in self.tables.blocked.values() if one.due_at and one.due_at <= now]
        return [order_id for _, order_id in sorted(due)[:limit]]

    async def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers whose time has come, of orders that are not blocked."""
        free = [timer for timer in self.tables.timers.values() if timer.order_id not in self.tables.blocked]
        return sorted((timer for timer in free if timer.due_at <= now), key=lambda timer: timer.due_at)[:limit]
