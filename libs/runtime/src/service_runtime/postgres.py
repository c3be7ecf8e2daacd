"""The store on PostgreSQL."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from service_runtime.ports import Outgoing
from service_runtime.reading import Partition
from service_runtime.transaction import SQL, PostgresTx, Streak, outgoing_of, timer_of
from service_runtime.work import Timer

__all__ = ["SESSION", "SQL", "PostgresStore", "PostgresTx", "open_pool"]

# A plan made while a table was empty stays a sequential scan, so plans are made for the values at hand.
SESSION = {
    "lock_timeout": "5000",
    "statement_timeout": "10000",
    "idle_in_transaction_session_timeout": "10000",
    "plan_cache_mode": "force_custom_plan",
    "enable_seqscan": "off",  # for 1,000 keys a narrow table of 60,000 rows was read whole: 9 ms instead of 3
    "jit": "off",
}

# The database's own time-outs are shorter; these are for one that does not answer at all (frozen, or cut off).
COMMAND_S, CONNECT_S = 15.0, 10.0


class PostgresStore:
    """See `ports.Store`."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool
        self._streak = Streak()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTx]:
        """Begin; commit at the end, roll back on any exception."""
        async with self.pool.acquire() as conn, conn.transaction():
            yield PostgresTx(conn, self._streak)

    async def published(self, rows: Sequence[Outgoing]) -> None:
        """These rows need no relay."""
        await self.pool.execute(SQL.published, [r.cause for r in rows], [r.n for r in rows])

    async def lease_pending(self, limit: int) -> Sequence[Outgoing]:
        """Rows nobody acknowledged in time."""
        return [outgoing_of(row) for row in await self.pool.fetch(SQL.lease_pending, limit)]

    async def consumed_through(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The first offset not yet consumed of each partition."""
        parts = sorted(partitions)
        rows = await self.pool.fetch(SQL.consumed_through, [p.topic for p in parts], [p.partition for p in parts])
        return {Partition(r["topic"], r["partition"]): r["consumed_through"] for r in rows}

    async def accept_skip(self, part: Partition, next_offset: int) -> None:
        """Leave what may be unsaid to the relay, and mark where reading begins."""
        async with self.transaction() as tx:
            unsure = await tx.unsure(part)
            await tx.add_outgoing(unsure)
            await tx.pend(unsure)
            await tx.mark({part: next_offset}, {part: next_offset})

    async def due_orders(self, now: datetime, limit: int) -> Sequence[str]:
        """Blocked orders whose time has come."""
        return [row["order_id"] for row in await self.pool.fetch(SQL.due_orders, now, limit)]

    async def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers whose time has come, of orders that are not blocked."""
        return [timer_of(row) for row in await self.pool.fetch(SQL.due_timers, now, limit)]


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
