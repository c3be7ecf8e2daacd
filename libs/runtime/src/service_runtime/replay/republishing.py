"""Saying again what was said: the same ids and the same bytes, each once per job, by whoever gets to it.

What is to be said again is claimed, and a copy of its row left to the relay, in one transaction. So a process that is
killed behind it leaves nothing unsaid, and what is asked a second time is nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import structlog

from order_events.ids import time_of
from service_runtime.acts import publish
from service_runtime.operating import By
from service_runtime.packing import unpacked
from service_runtime.ports import Outgoing
from service_runtime.postgres import SQL as RUNTIME
from service_runtime.postgres import PostgresStore, PostgresTx
from service_runtime.protocol import Protocol
from service_runtime.replay.said import COPY, SQL, Period, Said, walk
from service_runtime.work import Connection

LOG = structlog.get_logger("republishing")
CLOCKS_DIFFER = timedelta(hours=1)  # at most: an id has its cause's time in front, a row the database's
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Order:
    """Which job wants something said again: its id, what the audit row is called, who and why."""

    replay_id: str
    act: str
    by: By


@dataclass(frozen=True, slots=True)
class Republished:
    """How many were said again now, how many the job had settled before, and which are nowhere."""

    republished: int
    before: int
    missing: Sequence[str]


def period_of(event_ids: Sequence[str], since: datetime | None, until: datetime | None) -> Period:
    """Where to look for these: what is given, both ends included; else from the oldest id's time on."""
    earliest = since or min(map(_caused_at, event_ids)) - CLOCKS_DIFFER
    return Period.of(earliest, until and until + _US)


def _caused_at(event_id: str) -> datetime:
    try:
        return time_of(event_id)
    except (ValueError, OverflowError, OSError):
        return datetime(1971, 1, 1, tzinfo=UTC)


async def stored(conn: Connection, topic: str, event_ids: Sequence[str], period: Period) -> list[Outgoing]:
    """The rows of these events, in the sequence they were said; the walk ends when all are found."""
    ids = frozenset(event_ids)
    found: dict[str, Said] = {}
    async for said in walk(conn, period, lambda one: one.topic == topic and one.event_id in ids):
        found = {one.event_id: one for one in said} | found
        if len(found) == len(ids):
            break
    plain = await whole(conn, [one for one in found.values() if one.packed is None])
    in_sequence = sorted(found.values(), key=lambda one: one.at)
    return [one.packed or plain[one.cause, one.n] for one in in_sequence]


async def whole(conn: Connection, said: Sequence[Said]) -> dict[tuple[str, int], Outgoing]:
    """The rows that do not stand in a batch, by cause and number."""
    rows = await conn.fetch(SQL.whole_rows, [one.cause for one in said], [one.n for one in said]) if said else []
    return {
        (row["cause"], row["n"]): Outgoing(
            row["cause"], row["n"], row["event_id"], row["topic"], row["key"], unpacked(row["headers"]), row["payload"]
        )
        for row in rows
    }


async def republish(
    protocol: Protocol, store: PostgresStore, order: Order, topic: str, event_ids: Sequence[str], period: Period
) -> Republished:
    """Say these again that the job has not settled yet; what this service never said is settled as missing."""
    async with store.pool.acquire() as conn:
        rows = await stored(conn, topic, event_ids, period)
    known = {row.event_id for row in rows}
    missing = {
        id_: f"{order.by.actor} asked for it, and no row of {topic} has it" for id_ in event_ids if id_ not in known
    }
    return await say_again(protocol, store, order, topic, rows, missing)


async def say_again(
    protocol: Protocol,
    store: PostgresStore,
    order: Order,
    topic: str,
    rows: Sequence[Outgoing],
    missing: Mapping[str, str],
) -> Republished:
    """Claim, leave to the relay, write down who wanted it; commit; then publish. `missing` says why, by item."""
    async with store.transaction() as tx:
        claimed = await _claimed(tx, order, [row.event_id for row in rows], missing)
        ours = [_copy(order, row) for row in rows if row.event_id in claimed]
        nowhere = sorted(claimed & missing.keys())
        settled = Republished(len(ours), len(rows) + len(missing) - len(claimed), nowhere)
        await tx.add_outgoing(ours)
        await tx.pend(ours)
        await _write(tx, order, topic, settled)
    await publish(protocol, ours, "republish_after_commit")
    LOG.info("said again", replay_id=order.replay_id, topic=topic, rows=len(ours), missing=len(nowhere))
    return settled


async def _claimed(tx: PostgresTx, order: Order, event_ids: Sequence[str], missing: Mapping[str, str]) -> set[str]:
    items = sorted(
        [(id_, "republished", None) for id_ in event_ids] + [(id_, "missing", why) for id_, why in missing.items()]
    )
    columns = [list(column) for column in zip(*items, strict=True)] or [[], [], []]
    return {row["item"] for row in await tx.conn.fetch(SQL.claim_items, order.replay_id, *columns)}


def _copy(order: Order, row: Outgoing) -> Outgoing:
    """A row of its own, for the relay: the first one may be packed in a batch, or dropped with its week."""
    cause = f"{COPY}{order.replay_id}/{row.event_id}"
    return Outgoing(cause, 0, row.event_id, row.topic, row.key, row.headers, row.payload)


async def _write(tx: PostgresTx, order: Order, topic: str, settled: Republished) -> None:
    detail = {"replay_id": order.replay_id, "topic": topic, "republished": settled.republished}
    detail |= {"before": settled.before, "missing": len(settled.missing)}
    by = order.by
    await tx.conn.execute(RUNTIME.write_act, order.act, None, by.actor, by.reason, orjson.dumps(detail).decode())
