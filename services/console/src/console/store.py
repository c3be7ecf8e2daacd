"""The console's tables: one function per query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import asyncpg
import orjson

from console.domain.items import Item
from console.domain.jobs import Job, Mode, State
from service_runtime import Queries

SQL = Queries("console")
Row = asyncpg.Record


class Reader(Protocol):
    """Who can read rows: a pool, a connection, or what an endpoint is given."""

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        """All rows."""

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        """The first row, if there is one."""


class Writer(Reader, Protocol):
    """Who can write them too: a pool, whose every statement is a transaction, or the connection of one."""

    async def execute(self, query: str, *args: Any) -> str:
        """What was done."""


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


async def add_job(conn: Writer, job: Job) -> None:
    """A new job, whose preview is to be made."""
    await conn.execute(
        SQL.add_job,
        job.replay_id,
        job.mode.value,
        _json(job.selector),
        list(job.services),
        list(job.effects),
        job.actor,
        job.reason,
        job.rate,
        job.created_at,
    )


async def job(read: Reader, replay_id: str) -> Job | None:
    """A job, or None where there is none."""
    row = await read.fetchrow(SQL.job, replay_id)
    return _job(row) if row else None


async def job_locked(conn: Reader, replay_id: str) -> Job | None:
    """The same, its row locked from here on."""
    row = await conn.fetchrow(SQL.job_locked, replay_id)
    return _job(row) if row else None


async def jobs(read: Reader, limit: int) -> list[Job]:
    """The newest jobs."""
    return [_job(row) for row in await read.fetch(SQL.jobs, limit)]


def _job(row: Row) -> Job:
    told = dict(row)
    for name in ("selector", "progress", "preview"):
        told[name] = orjson.loads(told[name]) if told[name] is not None else None
    told |= {"mode": Mode(told["mode"]), "state": State(told["state"]), "was": told["was"] and State(told["was"])}
    return Job(**told | {name: tuple(told[name]) for name in ("services", "effects")})


async def at_work(read: Reader) -> list[str]:
    """The jobs that a runner looks after."""
    return [row["replay_id"] for row in await read.fetch(SQL.at_work)]


async def take_job(conn: Reader, replay_id: str) -> bool:
    """Be the one who runs this job, as long as the connection lasts; False where another is."""
    row = await conn.fetchrow(SQL.take_job, replay_id)
    return bool(row and row[0])


async def move(
    conn: Writer, replay_id: str, state: State, now: datetime, *, was: State | None = None, why: str | None = None,
    rate: int | None = None, tolerant: bool = False,
) -> None:  # fmt: skip
    """The job's new state; `was` is the one it was stopped in."""
    await conn.execute(SQL.move, replay_id, state.value, was and was.value, why, rate, tolerant, now)


async def ask(conn: Writer, replay_id: str, actor: str, now: datetime) -> None:
    """A second person is asked from now on."""
    await conn.execute(SQL.ask, replay_id, actor, now)


async def approve(conn: Writer, replay_id: str, by: str, *, alone: bool) -> None:
    """On whose word it goes."""
    await conn.execute(SQL.approve, replay_id, by, alone)


async def foresee(conn: Writer, replay_id: str, preview: Mapping[str, Any]) -> None:
    """What its preview found."""
    await conn.execute(SQL.foresee, replay_id, _json(preview))


async def progress(conn: Writer, replay_id: str, told: Mapping[str, int]) -> None:
    """How far its preview is; whatever it waited for has come."""
    await conn.execute(SQL.progress, replay_id, _json(told), None)


async def waits(conn: Writer, replay_id: str, why: str | None) -> None:
    """What a job that is at work waits for."""
    await conn.execute(SQL.waits, replay_id, why)


async def begin_anew(conn: Writer, replay_id: str) -> None:
    """A preview that was interrupted leaves nothing."""
    await conn.execute(SQL.begin_anew, replay_id)


async def add_items(conn: Writer, replay_id: str, items: Sequence[Item]) -> None:
    """What the job picked."""
    rows = [
        (i.n, i.item, i.topic, i.partition, i.offset, i.recorded_at, i.event_id, i.order_id, i.subject, i.version,
         ",".join(i.wants)) for i in items
    ]  # fmt: skip
    if rows:
        await conn.execute(SQL.add_items, replay_id, *(list(column) for column in zip(*rows, strict=True)))


async def stand(conn: Writer, replay_id: str, service: str, standing: Mapping[int, str]) -> None:
    """How items stand with a service, by their numbers."""
    await conn.execute(SQL.stand, replay_id, service, list(standing), list(standing.values()))


async def standings(read: Reader, replay_id: str) -> dict[str, dict[str, int]]:
    """How many items stand how, by service."""
    return _counted(await read.fetch(SQL.standings, replay_id), "standing")


async def items(read: Reader, replay_id: str, after: int, limit: int) -> list[Row]:
    """A job's items from a number on."""
    return await read.fetch(SQL.items, replay_id, after, limit)


async def items_numbered(read: Reader, replay_id: str, numbers: Sequence[int]) -> list[Row]:
    """These items of a job."""
    return await read.fetch(SQL.items_numbered, replay_id, list(numbers))


async def chosen(read: Reader, replay_id: str, limit: int) -> list[Item]:
    """What is to be sent next."""
    return [item_of_row(row) for row in await read.fetch(SQL.chosen, replay_id, limit)]


def item_of_row(row: Row) -> Item:
    """An item as the domain knows it."""
    names = ("n", "item", "topic", "partition", "offset", "recorded_at", "event_id", "order_id", "subject", "version")
    return Item(**{name: row[name] for name in names}, wants=tuple(row["wants"]))


async def sent(conn: Writer, replay_id: str, numbers: Sequence[int], now: datetime) -> None:
    """These were acknowledged."""
    await conn.execute(SQL.sent, replay_id, list(numbers), now)


async def stale(conn: Writer, replay_id: str, before: datetime) -> None:
    """What was sent before then, and has no result, is to be sent anew."""
    await conn.execute(SQL.stale, replay_id, before)


async def told(conn: Writer, replay_id: str, service: str, results: Sequence[tuple[str, str, str | None]]) -> int:
    """What a service says of items: (item, outcome, reason); of how many that is news."""
    columns = [list(column) for column in zip(*results, strict=True)]
    status = await conn.execute(SQL.told, replay_id, service, *columns)
    return int(status.removeprefix("UPDATE "))


async def known(conn: Writer, replay_id: str, service: str, results: Sequence[tuple[int, str, str | None]]) -> None:
    """What is known of items by their numbers, and settles them: (n, outcome, reason)."""
    if results:
        columns = [list(column) for column in zip(*results, strict=True)]
        await conn.execute(SQL.known, replay_id, service, *columns)


async def settle(conn: Writer, replay_id: str) -> None:
    """Items are settled of which all that were asked have said something."""
    await conn.execute(SQL.settle, replay_id)


async def heard(read: Reader, replay_id: str) -> dict[str, int]:
    """How far the results of each service were read."""
    return {row["service"]: row["seq"] for row in await read.fetch(SQL.heard, replay_id)}


async def hear(conn: Writer, replay_id: str, service: str, seq: int) -> None:
    """They were read as far as that."""
    await conn.execute(SQL.hear, replay_id, service, seq)


async def counts(read: Reader, replay_id: str) -> dict[str, int]:
    """How many of its items are chosen, sent, settled."""
    return {row["state"]: row["items"] for row in await read.fetch(SQL.counts, replay_id)}


async def outcomes(read: Reader, replay_id: str) -> dict[str, dict[str, int]]:
    """How many items came to what, by service."""
    return _counted(await read.fetch(SQL.outcomes, replay_id), "outcome")


def _counted(rows: Sequence[Row], what: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["service"]][row[what]] = row["items"]
    return {service: dict(sorted(count.items())) for service, count in sorted(found.items())}


async def open_wants(read: Reader, replay_id: str) -> list[str]:
    """The services whose results are missing of what was sent."""
    return sorted(row["service"] for row in await read.fetch(SQL.open_wants, replay_id))


async def write_audit(
    conn: Writer, replay_id: str, act: str, actor: str, reason: str | None, detail: Mapping[str, Any] | None = None
) -> None:
    """Who does what, and why; on a pool it is a transaction of its own, before the act's."""
    await conn.execute(SQL.write_audit, replay_id, act, actor, reason, _json(detail or {}))


async def audit(read: Reader, replay_id: str) -> list[Row]:
    """What was done about a job."""
    return await read.fetch(SQL.audit, replay_id)
