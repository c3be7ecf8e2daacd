"""Rows of any age in the runtime's tables, for tests of what becomes of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg

from baesong.platform_only import Platform
from order_events.ids import event_id
from service_runtime.migrations import migrate
from service_runtime.packing import packed_rows, unpacked_rows
from service_runtime.ports import Outgoing
from service_runtime.postgres import PostgresStore, open_pool
from service_runtime.retention import sweep

NOW = datetime.now(UTC)
INBOX = 'INSERT INTO inbox (id, topic, partition, "offset") VALUES ($1, $2, 0, $3)'
OUTSIDE = (
    'INSERT INTO inbox_outside (id, body_hash, topic, partition, "offset", seen_at) VALUES ($1, $2, $3, 0, $4, $5)'
)
OUTBOX = """
INSERT INTO outbox (cause, n, event_id, topic, key, headers, payload, created_at, day)
VALUES ($1, 0, 'e', 'toy.told', 'k', '[]', '{}', $2, $3)
"""
BATCH = "INSERT INTO outbox_batch VALUES ($1, 0, $2, $2, $3, $4, $5)"
MARK = "INSERT INTO progress VALUES ($1, 0, $2, $2) ON CONFLICT (topic, partition) DO UPDATE SET published_through = $2"


def days(n: float) -> timedelta:
    return timedelta(days=n)


def id_at(time: datetime, name: str = "") -> str:
    return str(event_id(name or str(uuid4()), time, "toy.asked", "ask", 1))


@dataclass
class Tables:
    """One migrated database, and the ways to put rows into it."""

    dsn: str
    conn: "asyncpg.Connection[asyncpg.Record]"
    store: PostgresStore

    async def sight(self, time: datetime, offset: int = 0, topic: str = "toy.asked") -> str:
        id_ = id_at(time)
        await self.conn.execute(INBOX, id_, topic, offset)
        return id_

    async def sight_outside(self, name: str, time: datetime, offset: int = 0) -> str:
        await self.conn.execute(OUTSIDE, name, b"h" * 16, "toy.outside", offset, time)
        return name

    async def say(self, cause: str, time: datetime) -> str:
        await self.conn.execute(OUTBOX, cause, time, time.date())
        return cause

    async def say_because_of(self, offset: int, time: datetime, topic: str = "toy.asked") -> str:
        """A batch of one event at this offset; the event's id."""
        id_ = await self.sight(time, offset, topic)
        rows = packed_rows([Outgoing(id_, 0, "e", "toy.told", b"k", (), b"{}")])
        await self.conn.execute(BATCH, topic, offset, rows, time, time.date())
        return id_

    async def causes(self) -> set[str]:
        """Of all that is said, row by row or by batch."""
        batches = await self.conn.fetch("SELECT rows FROM outbox_batch")
        packed = {one.cause for batch in batches for one in unpacked_rows(batch["rows"])}
        return packed | await self.values("SELECT cause FROM outbox")

    async def pend(self, cause: str, lease_until: datetime = NOW - timedelta(hours=1)) -> str:
        await self.conn.execute("INSERT INTO outbox_pending VALUES ($1, 0, $2)", cause, lease_until)
        return cause

    async def mark(self, topic: str, published: int) -> None:
        await self.conn.execute(MARK, topic, published)

    async def values(self, sql: str, *arguments: Any) -> set[Any]:
        return {str(row[0]) for row in await self.conn.fetch(sql, *arguments)}

    async def parts(self, table: str) -> set[str]:
        return await self.values(
            "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = $1::text::regclass", table
        )

    async def sweep(self, now: datetime) -> dict[str, int]:
        return dict(await sweep(self.conn, now))


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Tables]:
    conn, pool = await asyncpg.connect(dsn), await open_pool(dsn, "test")
    yield Tables(dsn, conn, PostgresStore(pool))
    await pool.close()
    await conn.close()


async def fresh(platform: Platform) -> str:
    dsn = await platform.database(f"tables_{uuid4().hex[:8]}")
    await migrate(dsn, "toy")
    return dsn
