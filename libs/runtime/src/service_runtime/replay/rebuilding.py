"""A projection is filled again from the log, beside the live one, which it then replaces in one transaction.

Live serving and live handling go on. Until the exchange is committed nothing of the live tables is touched, so a
rebuild may be killed anywhere; asked for again it begins anew. What was done once under a job's id is not done again.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import asyncpg
import orjson
import structlog

from service_runtime.archive.reading import Archive, records_of
from service_runtime.decoding import Routes, decode
from service_runtime.failpoints import failpoint
from service_runtime.operating import By
from service_runtime.past import Offsets, Past
from service_runtime.postgres import SQL as RUNTIME
from service_runtime.reading import Batch, Partition, Received, Record
from service_runtime.replay.projections import Projection, SilentWork
from service_runtime.replay.shadow import LOCK, SQL, Conn, OfTables, Shadow, hash_of, moved, shadowing
from service_runtime.rounds import in_log_order, rounds_of

LOG = structlog.get_logger("rebuilding")
MOST_ATTEMPTS = 100  # at the exchange: half a minute of a table that is never free
LAST_STRETCH_S = 2.0  # less than who waits for the tables is willing to wait
PAUSE_S = 0.1
TRY_AGAIN = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, TimeoutError)


class RebuildError(RuntimeError):
    """It cannot be rebuilt now; the message says why."""


class UnderWayError(RuntimeError):
    """This projection is being rebuilt."""


@dataclass(frozen=True)
class Place:
    """Where the service stands: its name, its database, its Kafka, and how much of its time a rebuild may take.

    `pause_s` gives, of how long a piece of work took, how long to wait after it; `archive` is where what the log
    holds no longer may stand.
    """

    service: str
    dsn: str
    bootstrap: str
    prefix: str
    pause_s: Callable[[float], float] = lambda _: 0.0
    archive: Archive | None = None


@dataclass
class Rebuild:
    """One rebuild of one projection."""

    place: Place
    projection: Projection
    replay_id: str
    conn: Conn
    at: dict[Partition, int] = field(default_factory=dict)
    sums: OfTables | None = None
    unhandled: list[Received[Any]] = field(default_factory=list)
    records: int = 0
    of: int = 0

    @property
    def shadow(self) -> Shadow:
        """Its tables."""
        return Shadow(self.conn, self.projection.name, self.projection.tables)

    async def run(self) -> None:
        """Rebuild; how it ended stands in its row, and the connection with its lock is gone."""
        name = self.projection.name
        try:
            async with Past(self.place.bootstrap, self.place.prefix) as past:
                await self._run(past)
        except asyncio.CancelledError:
            self.conn.terminate()
            raise
        except Exception as error:
            LOG.exception("not rebuilt", projection=name)
            if not self.conn.is_closed():
                await self.conn.execute(SQL.failed, name, repr(error)[:1000])
        finally:
            await self.conn.close()

    async def _run(self, past: Past) -> None:
        await self.shadow.make()
        failpoint("rebuild_made")
        await self._fill(past)
        failpoint("rebuild_filled")
        self.sums = await self.shadow.sums(self.shadow.schemas[0])
        await self._take_over(past)
        failpoint("rebuild_exchanged")
        before = hash_of(await self.shadow.sums(self.shadow.schemas[1]))
        await self.conn.execute(SQL.hash_before, self.projection.name, before)
        await self.conn.execute(SQL.drop_schemas, list(self.shadow.schemas))
        LOG.info("rebuilt", projection=self.projection.name, records=self.records, before=before)

    async def _fill(self, past: Past) -> None:
        """From the beginning of each topic up to what live handling has done; then what it did meanwhile."""
        self.at = dict.fromkeys(await past.parts(self.projection.topics), 0)
        self.of = sum((await self._consumed(list(self.at))).values())
        for _ in range(2):
            await self._catch_up(past)

    async def _catch_up(self, past: Past) -> None:
        ends = await self._consumed(list(self.at))
        async for records in records_of(past, self.place.archive, ends, self.at):
            await self._piece(records)
        self.at |= ends

    async def _piece(self, records: Sequence[Record]) -> None:
        """A piece is a transaction; then whoever lives here has his turn."""
        began = time.monotonic()
        async with self.conn.transaction():
            await self._apply(records)
            await self.conn.execute(SQL.progress, self.projection.name, self.records, max(self.of, self.records))
        await asyncio.sleep(self.place.pause_s(time.monotonic() - began))

    async def _apply(self, records: Sequence[Record]) -> None:
        self.records += len(records)
        read = [decode(record, self._routes) for record in records]
        await self._save([one for one in read if isinstance(one, Received)])

    async def _save(self, events: Sequence[Received[Any]]) -> None:
        """What live handling has not handled is left out: it still is to be handled, and must then be news."""
        if not events:
            return
        waiting = await self._waiting(events)
        self.unhandled += [one for one in events if one.id in waiting]
        handled = in_log_order([one for one in events if one.id not in waiting])
        order_ids = sorted({one.order_id for one in handled})
        before = await self._sums_of(order_ids)
        work = SilentWork(self.conn, datetime.now(UTC))
        for one_of_each in rounds_of(handled):
            await self.projection.apply(Batch(tuple(one_of_each)), work)
        if self.sums is not None and before is not None:
            after = await self.shadow.sums(self.shadow.schemas[0], order_ids)
            self.sums = moved(self.sums, before, after)

    async def _sums_of(self, order_ids: Sequence[str]) -> OfTables | None:
        return None if self.sums is None else await self.shadow.sums(self.shadow.schemas[0], order_ids)

    async def _waiting(self, events: Sequence[Received[Any]]) -> set[str]:
        ids, orders = [one.id for one in events], list({one.order_id for one in events})
        rows = await self.conn.fetch(SQL.unhandled, ids, orders)
        return {row["event_id"] for row in rows}

    async def _take_over(self, past: Past) -> None:
        for attempt in range(MOST_ATTEMPTS):
            await self._catch_up(past)
            stood = (dict(self.at), self.sums, list(self.unhandled), self.records)
            try:
                async with asyncio.timeout(LAST_STRETCH_S), self.conn.transaction():
                    await self._exchange(past)
            except TRY_AGAIN as error:
                self.at, self.sums, self.unhandled, self.records = stood
                LOG.info("the tables are in use, again", attempt=attempt, error=repr(error))
                await asyncio.sleep(PAUSE_S)
            else:
                return
        raise RebuildError("its tables were never free for a moment")

    async def _exchange(self, past: Past) -> None:
        """The last stretch, while nobody else touches the tables: then they say the same, and the new ones stay."""
        await self.shadow.lock_live()
        ends = await self._consumed(list(self.at))
        async for records in past.records(ends, self.at):
            await self._apply(records)
        late, self.unhandled = self.unhandled, []
        await self._save(late)
        assert self.sums is not None
        name, after = self.projection.name, hash_of(self.sums)
        await self.conn.execute(SQL.claim, self.replay_id, name, after)
        await self.shadow.exchange()
        await self.conn.execute(SQL.progress, name, self.records, self.records)
        await self.conn.execute(SQL.done, name, after)
        failpoint("rebuild_before_commit")

    async def _consumed(self, parts: Sequence[Partition]) -> Offsets:
        topics, numbers = [part.topic for part in parts], [part.partition for part in parts]
        rows = await self.conn.fetch(RUNTIME.consumed_through, topics, numbers)
        return {Partition(row["topic"], row["partition"]): row["consumed_through"] for row in rows}

    @cached_property
    def _routes(self) -> Routes:
        return Routes.of([self.projection.handler])


async def begin(place: Place, projection: Projection, replay_id: str, by: By) -> Rebuild | None:
    """Write who wants it, and have it for oneself; None where it was done under this job before.

    Raises:
        UnderWayError: somebody has it.
    """
    conn = await shadowing(place.dsn, place.service, projection.name)
    try:
        if await _begun(conn, projection.name, replay_id, by):
            return Rebuild(place, projection, replay_id, conn)
    except BaseException:
        conn.terminate()
        raise
    await conn.close()
    return None


async def _begun(conn: Conn, name: str, replay_id: str, by: By) -> bool:
    if await conn.fetchval(SQL.was_done, replay_id, name):
        return False
    if not await conn.fetchval(SQL.try_lock, LOCK, name):
        raise UnderWayError(name)
    detail = orjson.dumps({"projection": name, "replay_id": replay_id}).decode()
    async with conn.transaction():
        await conn.execute(RUNTIME.write_act, "rebuild", None, by.actor, by.reason, detail)
        await conn.execute(SQL.begin, name, replay_id)
    return True


async def state_of(pool: "asyncpg.Pool[asyncpg.Record]", name: str) -> Mapping[str, Any]:
    """How the last rebuild of a projection stands; one that nobody works at any more was stopped."""
    held = await pool.fetchval(SQL.is_locked, LOCK, name)  # asked first: what it ends with is written before it lets go
    row = await pool.fetchrow(SQL.state, name)
    if row is None:
        return {"state": "never"}
    state = dict(row)
    if held:
        state["state"] = "running"
    elif state["state"] == "running":
        state |= {"state": "failed", "error": "the service was stopped before it was done: nothing changed, ask again"}
    return state
