"""What is kept how long: parts for the days to come are made, parts that are past are dropped, the rest is deleted.

While the service runs: in small transactions, each of which gives up rather than make others wait.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import structlog

from service_runtime.queries import Queries
from service_runtime.work import Connection

LOG = structlog.get_logger("retention")
SQL = Queries("service_runtime", "retention.sql")
LOCK = 7_236_871_234_502  # any number that nothing else locks
AHEAD = timedelta(days=2)  # sweeps may fail for a day, and tomorrow's part is there
AT_ONCE = 1000  # rows of one statement
MOST_STATEMENTS = 100  # for one table in one sweep; the rest is the next one's
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long rows are kept: the inboxes longer than `horizon.HORIZON`, and longer than the outbox."""

    inbox: timedelta = timedelta(days=45)
    inbox_outside: timedelta = timedelta(days=45)
    outbox: timedelta = timedelta(days=30)
    replies: timedelta = timedelta(days=7)
    effect_payloads: timedelta = timedelta(days=45)
    settled: timedelta = timedelta(days=90)


KEEP = Keep()


@dataclass(frozen=True, slots=True)
class ByDays:
    """A table of a service's own, partitioned by a timestamptz, that is kept by parts of a day."""

    table: str
    days: int


async def sweep(
    conn: Connection, now: datetime, keep: Keep = KEEP, by_days: Sequence[ByDays] = ()
) -> Mapping[str, int]:
    """Make the parts that are missing, and let go of what is past its time.

    Args:
        conn: a connection outside any transaction, for this alone until it returns.
        now: what ages are counted from.
        keep: how long.
        by_days: tables of the service's own.

    Returns:
        How much of what was done, for metrics; nothing at all where another replica is sweeping. `gave_up` counts
        the tables that somebody used for too long: they are the next sweep's.
    """
    if not await conn.fetchval(SQL.try_sweep, LOCK):
        return {}
    try:
        return await _Sweep(conn, now, keep, by_days).run()
    finally:
        await conn.execute(SQL.end_sweep, LOCK)


def days(first: date, last: date, step: timedelta) -> list[date]:
    """The days from the first to the last, both included."""
    return [first + step * n for n in range((last - first) // step + 1)]


def monday_of(day: date) -> date:
    """The day its week began with."""
    return day - timedelta(days=day.weekday())


@dataclass
class _Sweep:
    conn: Connection
    now: datetime
    keep: Keep
    by_days: Sequence[ByDays] = ()
    counts: Counter[str] = field(default_factory=Counter)

    async def run(self) -> Mapping[str, int]:
        await self._inbox()
        await self._outbox()
        for one in self.by_days:
            await self._days_of(one)
        await self._row_by_row("inbox_outside_deleted", SQL.forget_inbox_outside, self.now - self.keep.inbox_outside)
        await self._row_by_row("replies_deleted", SQL.forget_replies, self.now - self.keep.replies)
        await self._row_by_row("effects_emptied", SQL.empty_effects, self.now - self.keep.effect_payloads)
        await self._row_by_row("parked_deleted", SQL.forget_parked, self.now - self.keep.settled)
        await self._row_by_row("replay_results_deleted", SQL.forget_replay_results, self.now - self.keep.settled)
        return dict(self.counts)

    def _day(self, ago: timedelta) -> date:
        return (self.now - ago).astimezone(UTC).date()

    async def _inbox(self) -> None:
        oldest, parts = self._day(self.keep.inbox), await self._parts("inbox")
        missing = [day for day in days(oldest, self._day(-AHEAD), DAY) if day not in parts]
        await self._each("inbox_parts_made", SQL.make_inbox_part, missing)
        await self._each("inbox_parts_dropped", SQL.drop_inbox_part, [day for day in parts if day < oldest])
        await self._row_by_row("inbox_deleted", SQL.forget_inbox, oldest)

    async def _outbox(self) -> None:
        """A week goes when all of it is past; what is pending, or not known as published, is put aside first."""
        oldest = self._day(self.keep.outbox)
        rows, batches = await self._parts("outbox"), await self._parts("outbox_batch")
        weeks = days(monday_of(oldest), monday_of(self._day(-WEEK)), WEEK)
        missing = [week for week in weeks if week not in rows or week not in batches]
        await self._each("outbox_parts_made", SQL.make_outbox_part, missing)
        past = sorted(monday for monday in {*rows, *batches} if monday + WEEK <= oldest)
        if past:
            await self._each("outbox_parts_dropped", SQL.drop_outbox_part, past)
            await self._row_by_row("outbox_deleted", SQL.forget_outbox, oldest)
            await self._row_by_row("outbox_batches_deleted", SQL.forget_outbox_batches, oldest)

    async def _days_of(self, kept: ByDays) -> None:
        """Parts for today and the days to come; those that are past go whole."""
        oldest, parts = self._day(timedelta(days=kept.days)), await self._parts(kept.table)
        missing = [day for day in days(self._day(timedelta(0)), self._day(-AHEAD), DAY) if day not in parts]
        await self._each(f"{kept.table}_parts_made", SQL.make_part, missing, kept.table)
        past = [day for day in parts if day < oldest]
        await self._each(f"{kept.table}_parts_dropped", SQL.drop_part, past, kept.table)
        self.counts[f"{kept.table}_deleted"] += int(await self.conn.fetchval(SQL.forget_default, kept.table, oldest))

    async def _parts(self, table: str) -> list[date]:
        """The days that its parts begin with, the oldest first."""
        return [row["day"] for row in await self.conn.fetch(SQL.parts, table)]

    async def _each(self, counted: str, sql: str, of: Sequence[date], *table: str) -> None:
        """Make or drop parts, each in a transaction of its own; at the first that is in use no other is tried."""
        for day in of:
            try:
                async with self.conn.transaction():
                    await self.conn.execute(SQL.wait_briefly)
                    self.counts[counted] += int(await self.conn.fetchval(sql, *table, day))
            except asyncpg.LockNotAvailableError:
                self.counts["gave_up"] += 1
                LOG.warning("a table is in use, its parts are left to the next sweep", of=counted, day=str(day))
                return

    async def _row_by_row(self, counted: str, sql: str, *values: Any) -> None:
        for _ in range(MOST_STATEMENTS):
            rows = int((await self.conn.execute(sql, *values, AT_ONCE)).split()[-1])
            self.counts[counted] += rows
            if rows < AT_ONCE:
                return
