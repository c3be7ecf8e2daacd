"""The tables of a projection a second time, in a schema of their own, and how they take the place of the first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

import asyncpg

from service_runtime.postgres import CONNECT_S, SESSION
from service_runtime.queries import Queries

SQL = Queries("service_runtime", "rebuild.sql")
LIVE = "public"
LOCK = 723_687  # with the hash of a projection's name: any number that nothing else locks
LONGEST_S = 600.0  # of one statement, such as the hash of a whole table
OfTables: TypeAlias = Mapping[str, tuple[int, int]]  # by table: rows, and the sum of their hashes
Conn: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True)
class Shadow:
    """The shadow tables of a projection, on a connection to which they are the tables."""

    conn: Conn
    name: str
    tables: Sequence[str]

    @property
    def schemas(self) -> tuple[str, str]:
        """Where the shadow tables stand, and where the live ones go."""
        return schemas_of(self.name)

    async def make(self) -> None:
        """Make them, empty; what an earlier rebuild left is gone."""
        shadow, was = self.schemas
        async with self.conn.transaction():
            await self.conn.execute(SQL.drop_schemas, [shadow, was])
            await self.conn.execute(SQL.make_schemas, [shadow, was])
            for table in self.tables:
                await self.conn.execute(SQL.make_shadow, f"{LIVE}.{table}", shadow)

    async def lock_live(self) -> None:
        """Have the live tables for this transaction alone, or fail soon."""
        await self.conn.execute(SQL.wait_briefly)
        await self.conn.execute(SQL.lock_alone, [f"{LIVE}.{table}" for table in self.tables])

    async def exchange(self) -> None:
        """They are the live tables when this transaction is committed."""
        shadow, was = self.schemas
        for table in self.tables:
            await self.conn.execute(SQL.exchange, f"{LIVE}.{table}", f"{shadow}.{table}", was)

    async def sums(self, schema: str, order_ids: Collection[str] | None = None) -> OfTables:
        """The sums of the tables in a schema: of all rows, or of those of some orders."""
        ids = None if order_ids is None else list(order_ids)
        found = {t: await self.conn.fetchrow(SQL.sum_of, f"{schema}.{t}", ids) for t in self.tables}
        return {table: (row["rows"], int(row["sum"])) for table, row in found.items() if row}


def schemas_of(name: str) -> tuple[str, str]:
    """The schemas of a projection's shadow tables, and of the tables they replace."""
    return f"rebuild_{name}", f"rebuild_{name}_was"


def moved(sums: OfTables, before: OfTables, after: OfTables) -> OfTables:
    """The sums of whole tables once some orders' rows, which summed up to `before`, sum up to `after`."""
    return {
        table: (rows - before[table][0] + after[table][0], total - before[table][1] + after[table][1])
        for table, (rows, total) in sums.items()
    }


def hash_of(sums: OfTables) -> str:
    """One word for all the rows of a projection, however they are stored: the same rows, the same word."""
    rows = ", ".join(f"{table} {rows}" for table, (rows, _) in sums.items())
    said = sha256(repr(sorted(sums.items())).encode()).hexdigest()[:16]
    return f"{said} ({rows})"


async def shadowing(dsn: str, service: str, name: str) -> Conn:
    """A connection of its own: a name of a table is first looked for in the shadow schema, also by what it prepares."""
    settings = {
        **SESSION, "application_name": f"{service} rebuild", "search_path": f"{schemas_of(name)[0]}, {LIVE}",
        "statement_timeout": "0", "synchronous_commit": "off",
    }  # fmt: skip
    return await asyncpg.connect(dsn, server_settings=settings, command_timeout=LONGEST_S, timeout=CONNECT_S)


async def tidy(pool: "asyncpg.Pool[asyncpg.Record]", names: Sequence[str]) -> None:
    """Drop what a rebuild that was killed left behind, unless one is under way."""
    for name in names:
        async with pool.acquire() as conn:
            if await conn.fetchval(SQL.try_lock, LOCK, name):
                try:
                    await conn.execute(SQL.drop_schemas, list(schemas_of(name)))
                finally:
                    await conn.execute(SQL.unlock, LOCK, name)
