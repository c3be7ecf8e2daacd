"""The store on PostgreSQL: the runtime's own tables, through asyncpg."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import blake2b
from typing import Any

import asyncpg
import orjson

from service_runtime.ports import Blocked, Outgoing, Parked, Sight, Waiting
from service_runtime.queries import Queries
from service_runtime.reading import Partition, Place, Record
from service_runtime.work import Connection, Effect, Timer

SQL = Queries("service_runtime")
# A plan made while a table was empty stays a sequential scan, so plans are made for the values at hand.
SESSION = {
    "lock_timeout": "5000",
    "statement_timeout": "10000",
    "idle_in_transaction_session_timeout": "10000",
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
}

# The database's own time-outs are shorter; these are for one that does not answer at all (frozen, or cut off).
COMMAND_S, CONNECT_S = 15.0, 10.0


def lock_key(order_id: str) -> int:
    """The advisory lock that stands for an order: 64 bits of a hash, signed as PostgreSQL wants it."""
    return int.from_bytes(blake2b(order_id.encode(), digest_size=8).digest(), "big", signed=True)


def packed(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as JSON pairs; latin-1 keeps any byte."""
    return orjson.dumps([[name, value.decode("latin-1")] for name, value in headers])


def unpacked(headers: bytes) -> tuple[tuple[str, bytes], ...]:
    """The headers that `packed` packed."""
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(headers))


def _place(row: asyncpg.Record) -> Place:
    return Place(row["topic"], row["partition"], row["offset"])


def _places(sights: Sequence[Sight]) -> tuple[list[str], list[int], list[int]]:
    places = [s.place for s in sights]
    return [p.topic for p in places], [p.partition for p in places], [p.offset for p in places]


def _outgoing(row: asyncpg.Record) -> Outgoing:
    return Outgoing(
        row["cause"], row["n"], row["event_id"], row["topic"], row["key"], unpacked(row["headers"]), row["payload"]
    )


class PostgresTx:
    """One transaction; see `ports.Tx`."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    async def first_sights(self, sights: Sequence[Sight]) -> Mapping[str, Sight]:
        """Write new ids, return the first sights of known ones."""
        own = [sight for sight in sights if sight.body_hash is None]
        outside = [sight for sight in sights if sight.body_hash is not None]
        seen = await self._sight_own(own) if own else {}
        return {**seen, **(await self._sight_outside(outside) if outside else {})}

    async def _sight_own(self, sights: Sequence[Sight]) -> dict[str, Sight]:
        rows = await self.conn.fetch(SQL.sight, [s.id for s in sights], *_places(sights))
        if len(rows) == len(sights):
            return {}
        fresh = {str(row["id"]) for row in rows}
        known = [s.id for s in sights if s.id not in fresh]
        firsts = await self.conn.fetch(SQL.first_sights, known) if known else []
        return {str(row["id"]): Sight(str(row["id"]), _place(row)) for row in firsts}

    async def _sight_outside(self, sights: Sequence[Sight]) -> dict[str, Sight]:
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

    async def stored(self, causes: Sequence[str]) -> Sequence[Outgoing]:
        """The outbox rows of these causes."""
        return [_outgoing(row) for row in await self.conn.fetch(SQL.stored, list(causes))]

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

    async def add_outgoing(self, rows: Sequence[Outgoing]) -> None:
        """Write outbox rows, by COPY."""
        if rows:
            await self.conn.copy_records_to_table(
                "outbox",
                records=[(r.cause, r.n, r.event_id, r.topic, r.key, packed(r.headers), r.payload) for r in rows],
                columns=["cause", "n", "event_id", "topic", "key", "headers", "payload"],
            )

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
        return [_timer(row) for row in await self.conn.fetch(SQL.take_timers, list(keys), now)]


def _timer(row: asyncpg.Record) -> Timer:
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


class PostgresStore:
    """See `ports.Store`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTx]:
        """Begin; commit at the end, roll back on any exception."""
        async with self.pool.acquire() as conn, conn.transaction():
            yield PostgresTx(conn)

    async def published(self, rows: Sequence[Outgoing]) -> None:
        """These rows need no relay."""
        await self.pool.execute(SQL.published, [r.cause for r in rows], [r.n for r in rows])

    async def lease_pending(self, limit: int) -> Sequence[Outgoing]:
        """Rows nobody acknowledged in time."""
        return [_outgoing(row) for row in await self.pool.fetch(SQL.lease_pending, limit)]

    async def consumed_through(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The first offset not yet consumed of each partition."""
        parts = sorted(partitions)
        rows = await self.pool.fetch(SQL.consumed_through, [p.topic for p in parts], [p.partition for p in parts])
        return {Partition(r["topic"], r["partition"]): r["consumed_through"] for r in rows}

    async def accept_skip(self, part: Partition, next_offset: int) -> None:
        """Leave what may be unsaid to the relay, and mark where reading begins."""
        async with self.transaction() as tx:
            await tx.conn.execute(SQL.pend_unsure, part.topic, part.partition)
            await tx.mark({part: next_offset}, {part: next_offset})

    async def due_orders(self, now: datetime, limit: int) -> Sequence[str]:
        """Blocked orders whose time has come."""
        return [row["order_id"] for row in await self.pool.fetch(SQL.due_orders, now, limit)]

    async def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers whose time has come, of orders that are not blocked."""
        return [_timer(row) for row in await self.pool.fetch(SQL.due_timers, now, limit)]


async def open_pool(dsn: str, service: str, size: int = 8) -> "asyncpg.Pool[asyncpg.Record]":
    """Connections with the house's time-outs."""
    settings = {**SESSION, "application_name": service}
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size,
        server_settings=settings,
        command_timeout=COMMAND_S,
        timeout=CONNECT_S,
        reset=_left_as_it_is,
    )


async def _left_as_it_is(_: object) -> None:
    """Nobody here changes a session, so a released connection needs no statement to reset it."""
