"""What a service said, in the sequence it said it: rows of the outbox and packed batches as one walk, page by page.

A cursor names a place in each of the two tables, so what is said meanwhile moves nothing: it comes behind. A row whose
transaction is open while the walk passes its time is not in it: ask for what lies a minute back.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge

import asyncpg
import orjson

from service_runtime.packing import unpacked_rows
from service_runtime.ports import Outgoing
from service_runtime.queries import Queries
from service_runtime.work import Connection

SQL = Queries("service_runtime", "republish.sql")
LOOKED_AT = 2000  # rows of one page
BATCHES, BYTES = 256, 300_000  # of one page, packed: some 2,000 rows as well, in many small batches or few large ones
WHOLE = 2**31 - 1  # all rows of a batch were looked at
COPY = "replay/"  # how the cause of a row begins that was written to say another one again
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US, _DAY = timedelta(microseconds=1), timedelta(days=1)


class CursorError(ValueError):
    """It was not given by us."""


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` up to but not including `until`, by when a row was written."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, since: datetime | None, until: datetime | None) -> "Period":
        """Without an end, what is there now; without a beginning, all of it."""
        return cls(since or _EPOCH, until or datetime.now(UTC) + _DAY)

    @property
    def days(self) -> tuple[date, date]:
        """The days of the parts it lies in; a part's day is that of the database's own time zone."""
        return (max(self.since, _EPOCH + _DAY) - _DAY).date(), (self.until + _DAY).date()


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a walk has come: the last row, and in the last batch the last of its rows."""

    row: tuple[datetime, str, int]
    batch: tuple[datetime, str, int, int, int]

    @classmethod
    def before(cls, period: Period) -> "Cursor":
        """Where a walk begins."""
        return cls((period.since, "", -1), (period.since, "", -1, -1, -1))

    @property
    def text(self) -> str:
        """As a caller carries it."""
        told = [(_us(self.row[0]), *self.row[1:]), (_us(self.batch[0]), *self.batch[1:])]
        return urlsafe_b64encode(orjson.dumps(told)).decode()

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor in a text.

        Raises:
            CursorError: there is none in it.
        """
        try:
            (at, cause, n), (batch_at, topic, partition, offset, index) = orjson.loads(urlsafe_b64decode(text))
            row, batch = (_time(at), str(cause), int(n)), (str(topic), int(partition), int(offset), int(index))
            return cls(row, (_time(batch_at), *batch))
        except (ValueError, TypeError, OverflowError) as error:
            raise CursorError(text) from error


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _US


def _time(us: int) -> datetime:
    return _EPOCH + us * _US


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said; `packed` whole where it stood in a batch, else it is looked up by cause and number."""

    at: datetime
    cause: str
    n: int
    event_id: str
    topic: str
    key: bytes | None
    packed: Outgoing | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    said: Said
    batch: tuple[datetime, str, int, int, int] | None = None
    last: bool = False  # of a page of its table, and the table may go on


Wanted = Callable[[Said], bool]


def can_be_said_again(topic: str) -> bool:
    """Whether saying it again is harmless: of a compacted topic an old state would take a newer one's place; and what
    was put aside, or is to be replayed, is said by those who do that.
    """
    return not topic.endswith((".dlq", ".replay", ".effects"))


async def page(
    conn: Connection, period: Period, after: Cursor, wanted: Wanted, limit: int
) -> tuple[list[Said], Cursor | None]:
    """What is wanted of what was said next, at most so many; and where to go on, or None at the end.

    A page may be empty and not the last: what is looked at for one is bounded.
    """
    days = period.days
    row_at, *row = after.row
    rows = await conn.fetch(SQL.said_rows, *days, row_at, period.until, *row, LOOKED_AT)
    batch_at, *batch, index = after.batch
    again = 0 if index == WHOLE else -1
    batches = await conn.fetch(SQL.said_batches, *days, batch_at, period.until, *batch, again, BATCHES, BYTES)
    steps = merge(_row_steps(rows), _batch_steps(batches, after), key=lambda step: step.said.at)
    return _taken(steps, after, wanted, limit)


def _taken(steps: Iterable[_Step], after: Cursor, wanted: Wanted, limit: int) -> tuple[list[Said], Cursor | None]:
    found: list[Said] = []
    for step in steps:
        said = step.said
        after = Cursor(after.row, step.batch) if step.batch else Cursor((said.at, said.cause, said.n), after.batch)
        if said.event_id and not said.cause.startswith(COPY) and wanted(said):
            found.append(said)
        if step.last or len(found) == limit:
            return found, after
    return found, None


def _row_steps(rows: Sequence[asyncpg.Record]) -> Iterator[_Step]:
    for number, row in enumerate(rows, 1):
        said = Said(row["created_at"], row["cause"], row["n"], row["event_id"], row["topic"], row["key"])
        yield _Step(said, None, number == LOOKED_AT)


def _batch_steps(batches: Sequence[asyncpg.Record], after: Cursor) -> Iterator[_Step]:
    """One batch is unpacked at a time; of the one that the cursor lies in, what comes behind it."""
    full = len(batches) == BATCHES or bool(batches and batches[-1]["total"] >= BYTES)
    for number, batch in enumerate(batches, 1):
        at, rows = batch["created_at"], unpacked_rows(batch["rows"])
        name = (at, batch["topic"], batch["partition"], batch["last_offset"])
        begun = after.batch[-1] + 1 if name == after.batch[:-1] else 0
        for index, row in enumerate(rows[begun:], begun):
            said = Said(at, row.cause, row.n, row.event_id, row.topic, row.key, row)
            ends = index == len(rows) - 1
            yield _Step(said, (*name, WHOLE if ends else index), ends and full and number == len(batches))


async def walk(conn: Connection, period: Period, wanted: Wanted) -> AsyncIterator[list[Said]]:
    """All that is wanted of what was said in a period, some at a time."""
    after: Cursor | None = Cursor.before(period)
    while after:
        found, after = await page(conn, period, after, wanted, LOOKED_AT)
        if found:
            yield found
