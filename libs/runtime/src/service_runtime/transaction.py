"""One transaction on PostgreSQL: the runtime's own tables, through asyncpg."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from service_runtime.packing import packed, packed_rows, unpacked, unpacked_rows
from service_runtime.ports import Blocked, OutboxBatch, Outgoing, Parked, Sight, Waiting
from service_runtime.queries import Queries
from service_runtime.reading import Partition, Place, Record
from service_runtime.work import Connection, Effect, Timer

SQL = Queries("service_runtime")
SIGHT = ("id", "topic", "partition", "offset")
WORTH_A_COPY = 50  # ids; fewer cost less than the savepoint does
LONG_STREAK = 10  # batches


def _place(row: asyncpg.Record) -> Place:
    return Place(row["topic"], row["partition"], row["offset"])


def _places(sights: Sequence[Sight]) -> tuple[list[str], list[int], list[int]]:
    places = [s.place for s in sights]
    return [p.topic for p in places], [p.partition for p in places], [p.offset for p in places]


def outgoing_of(row: asyncpg.Record) -> Outgoing:
    """A row of the outbox."""
    return Outgoing(
        row["cause"], row["n"], row["event_id"], row["topic"], row["key"], unpacked(row["headers"]), row["payload"]
    )


@dataclass
class Streak:
    """How many batches in a row held nothing that was seen before."""

    unseen: int = 0

    @property
    def trusted(self) -> bool:
        """Whether the next one will hold nothing either: what a COPY takes back stays behind as dead rows."""
        return self.unseen >= LONG_STREAK


class PostgresTx:
    """One transaction; see `ports.Tx`."""

    def __init__(self, conn: Connection, streak: Streak | None = None) -> None:
        self.conn = conn
        self._streak = streak or Streak()

    async def first_sights(self, sights: Sequence[Sight]) -> Mapping[str, Sight]:
        """Write new ids, return the first sights of known ones."""
        own = [sight for sight in sights if sight.body_hash is None]
        outside = [sight for sight in sights if sight.body_hash is not None]
        seen = await self._sight_own(own) if own else {}
        return {**seen, **(await self._sight_outside(outside) if outside else {})}

    async def _sight_own(self, sights: Sequence[Sight]) -> dict[str, Sight]:
        copied = await self._all_copied("inbox", [(s.id, *s.place) for s in sights], SIGHT)
        seen = {} if copied else await self._sight_one_by_one(sights)
        self._streak.unseen = 0 if seen else self._streak.unseen + 1
        return seen

    async def _all_copied(self, table: str, records: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> bool:
        """Write them by COPY, a third cheaper where they are many; one that is there already takes all of them back."""
        if not self._streak.trusted or len(records) < WORTH_A_COPY:
            return False
        try:
            async with self.conn.transaction():  # a savepoint
                await self.conn.copy_records_to_table(table, records=records, columns=columns)
        except asyncpg.UniqueViolationError:
            return False
        return True

    async def _sight_one_by_one(self, sights: Sequence[Sight]) -> dict[str, Sight]:
        rows = await self.conn.fetch(SQL.sight, [s.id for s in sights], *_places(sights))
        if len(rows) == len(sights):
            return {}
        fresh = {str(row["id"]) for row in rows}
        known = [s.id for s in sights if s.id not in fresh]
        firsts = await self.conn.fetch(SQL.first_sights, known) if known else []
        return {str(row["id"]): Sight(str(row["id"]), _place(row)) for row in firsts}

    async def _sight_outside(self, sights: Sequence[Sight]) -> dict[str, Sight]:
        records = [(s.id, *s.place, s.body_hash) for s in sights]
        copied = await self._all_copied("inbox_outside", records, (*SIGHT, "body_hash"))
        seen = {} if copied else await self._sight_outside_one_by_one(sights)
        self._streak.unseen = 0 if seen else self._streak.unseen + 1
        return seen

    async def _sight_outside_one_by_one(self, sights: Sequence[Sight]) -> dict[str, Sight]:
        hashes = [s.body_hash for s in sights]
        rows = await self.conn.fetch(SQL.sight_outside, [s.id for s in sights], hashes, *_places(sights))
        if len(rows) == len(sights):
            return {}
        fresh = {row["id"] for row in rows}
        known = [s.id for s in sights if s.id not in fresh]
        firsts = await self.conn.fetch(SQL.first_sights_outside, known) if known else []
        return {row["id"]: Sight(row["id"], _place(row), row["body_hash"]) for row in firsts}

    async def lock_orders(self, order_ids: Sequence[str]) -> None:
        """Wait for the orders' locks, in the order of their keys."""
        if order_ids:
            await self.conn.execute(SQL.lock_orders, list(order_ids))

    async def blocked_among(self, order_ids: Sequence[str]) -> Collection[str]:
        """Those of the orders that are blocked."""
        return {row["order_id"] for row in await self.conn.fetch(SQL.blocked_among, list(order_ids))}

    async def block(self, blocked: Sequence[Blocked]) -> None:
        """Block orders, or move their next try."""
        await self.conn.execute(
            SQL.block,
            [b.order_id for b in blocked],
            [b.attempts for b in blocked],
            [b.due_at for b in blocked],
            [b.reason for b in blocked],
        )

    async def queue(self, waiting: Sequence[Waiting]) -> None:
        """Put events behind their orders."""
        if not waiting:
            return
        records = [w.record for w in waiting]
        await self.conn.execute(
            SQL.queue, [w.order_id for w in waiting], [w.event_id for w in waiting], *_columns(records)
        )

    async def queued(self, order_id: str) -> Sequence[Waiting]:
        """What waits behind an order."""
        rows = await self.conn.fetch(SQL.queued, order_id)
        return [Waiting(row["order_id"], row["event_id"], _record(row)) for row in rows]

    async def unqueue(self, order_id: str, event_ids: Sequence[str]) -> None:
        """Take handled events out of the queue."""
        await self.conn.execute(SQL.unqueue, order_id, list(event_ids))

    async def unblock(self, order_id: str) -> None:
        """Take the block away."""
        await self.conn.execute(SQL.unblock, order_id)

    async def blocked_state(self, order_id: str) -> Blocked | None:
        """How an order is blocked."""
        row = await self.conn.fetchrow(SQL.blocked_state, order_id)
        return Blocked(row["order_id"], row["attempts"], row["due_at"], row["reason"]) if row else None

    async def stored(self, firsts: Sequence[Sight]) -> Sequence[Outgoing]:
        """What the batches of these first sights said because of these events."""
        if not firsts:
            return []
        causes = {first.id for first in firsts}
        batches = await self.conn.fetch(SQL.stored, *_places(firsts))
        return [row for batch in batches for row in unpacked_rows(batch["rows"]) if row.cause in causes]

    async def published_through(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The marks of these partitions."""
        parts = sorted(partitions)
        rows = await self.conn.fetch(SQL.published_through, [p.topic for p in parts], [p.partition for p in parts])
        return {Partition(r["topic"], r["partition"]): r["published_through"] for r in rows}

    async def mark(
        self, published: Mapping[Partition, int], consumed: Mapping[Partition, int]
    ) -> Mapping[Partition, int]:
        """Move the marks up."""
        parts = sorted({*published, *consumed})
        rows = await self.conn.fetch(
            SQL.mark,
            [p.topic for p in parts],
            [p.partition for p in parts],
            [published.get(p, 0) for p in parts],
            [consumed.get(p, 0) for p in parts],
        )
        return {Partition(r["topic"], r["partition"]): r["published_through"] for r in rows}

    async def add_batches(self, batches: Sequence[OutboxBatch]) -> None:
        """Write what is said because of records, packed, by COPY."""
        if batches:
            await self.conn.copy_records_to_table(
                "outbox_batch",
                records=[(*one.part, one.first, one.last, packed_rows(one.rows)) for one in batches],
                columns=["topic", "partition", "first_offset", "last_offset", "rows"],
            )

    async def add_outgoing(self, rows: Sequence[Outgoing]) -> None:
        """Write outbox rows, by COPY."""
        if rows:
            await self.conn.copy_records_to_table(
                "outbox",
                records=[(r.cause, r.n, r.event_id, r.topic, r.key, packed(r.headers), r.payload) for r in rows],
                columns=["cause", "n", "event_id", "topic", "key", "headers", "payload"],
            )

    async def unsure(self, part: Partition) -> list[Outgoing]:
        """What was said because of this partition's records at or above its mark, and is not left to the relay yet."""
        batches = await self.conn.fetch(SQL.unsure, part.topic, part.partition)
        rows = [row for batch in batches for row in unpacked_rows(batch["rows"])]
        left = await self.conn.fetch(SQL.left_to_the_relay, [row.cause for row in rows])
        known = {(row["cause"], row["n"]) for row in left}
        return [row for row in rows if (row.cause, row.n) not in known]

    async def pend(self, rows: Sequence[Outgoing]) -> None:
        """Leave rows to the relay, unless they are published first."""
        if rows:
            await self.conn.execute(SQL.pend, [r.cause for r in rows], [r.n for r in rows])

    async def park(self, parked: Sequence[Parked]) -> Sequence[Parked]:
        """Put events and records aside."""
        events = [one for one in parked if one.event_id is not None]
        records = [one for one in parked if one.event_id is None]
        fresh = {row["event_id"] for row in await self._park(SQL.park_events, events)} if events else set()
        places = {_place(row) for row in await self._park(SQL.park_records, records)} if records else set()
        return [one for one in parked if one.event_id in fresh or (one.event_id is None and one.record.place in places)]

    async def _park(self, sql: str, parked: Sequence[Parked]) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.conn.fetch(
            sql,
            *_columns([p.record for p in parked]),
            [p.error_class for p in parked],
            [p.reason for p in parked],
            [p.event_id for p in parked],
            [p.order_id for p in parked],
        )
        return rows

    async def settle_parked(self, event_ids: Sequence[str]) -> None:
        """They are handled after all."""
        await self.conn.execute(SQL.settle_parked, list(event_ids))

    async def intend(self, effects: Sequence[Effect], now: datetime) -> Collection[str]:
        """Write effects to be done now; the keys that are new."""
        wanted = {effect.key: effect for effect in reversed(effects)}.values()
        rows = await self.conn.fetch(
            SQL.intend,
            [e.key for e in wanted],
            [e.kind for e in wanted],
            [e.order_id for e in wanted],
            [orjson.dumps(e.payload).decode() for e in wanted],
            now,
            [e.traceparent for e in wanted],
        )
        return {row["key"] for row in rows if row["fresh"]}

    async def set_timers(self, timers: Sequence[Timer]) -> None:
        """Set or move timers."""
        wanted = {timer.key: timer for timer in timers}.values()
        columns = [(t.key, t.kind, t.order_id, t.due_at) for t in wanted]
        if columns:
            await self.conn.execute(SQL.set_timers, *(list(column) for column in zip(*columns, strict=True)))

    async def clear_timers(self, keys: Sequence[str]) -> None:
        """Take timers away."""
        await self.conn.execute(SQL.clear_timers, list(keys))

    async def take_timers(self, keys: Sequence[str], now: datetime) -> Sequence[Timer]:
        """Take away those that are due still."""
        return [timer_of(row) for row in await self.conn.fetch(SQL.take_timers, list(keys), now)]


def timer_of(row: asyncpg.Record) -> Timer:
    """A timer as it is set."""
    return Timer(row["key"], row["kind"], row["order_id"], row["due_at"])


def _columns(records: Sequence[Record]) -> tuple[list[Any], ...]:
    places = [r.place for r in records]
    return (
        [p.topic for p in places],
        [p.partition for p in places],
        [p.offset for p in places],
        [r.timestamp for r in records],
        [r.key for r in records],
        [r.value for r in records],
        [packed(r.headers) for r in records],
    )


def _record(row: asyncpg.Record) -> Record:
    return Record(_place(row), row["key"], row["value"], unpacked(row["headers"]), row["recorded_at"])
