"""What the services' databases hold, read by SQL alone; no service is asked."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

import asyncpg

from baesong.databases import connect
from baesong.verify.books import Databases
from baesong.verify.held import BUCKETS, BlockedRow, EffectRow, MessageRow, OutboxRow, ParkedRow, Shelf, Stock, sku_key
from baesong.verify.log import DEAD_LETTERS, is_keyed_by_order
from baesong.verify.sql import (
    BALANCES,
    BLOCKED,
    EFFECTS,
    EFFECTS_TOPICS,
    LEDGER,
    LOADED,
    MESSAGES,
    MISSING,
    OUTBOX,
    OUTBOX_BATCHES,
    PARKED,
    PENDING,
    REPLIES,
    REPLY_PREFIX,
    UNDER_WAY,
)
from service_runtime.packing import unpacked_rows

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class ServiceDatabases:
    """The databases of an instance's services, by package."""

    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections = connections

    @property
    def services(self) -> frozenset[str]:
        """The packages of the services whose databases these are."""
        return frozenset(self._connections)

    async def under_way(self, soon_s: float) -> list[str]:
        """Say what is under way, one line each; a blocked order that is due so soon counts."""
        said = []
        for service, conn in self._connections.items():
            counts = await conn.fetchrow(UNDER_WAY, soon_s)
            said += [f"{service}: {count} {what}" for what, count in dict(counts or {}).items() if count]
        return said

    async def read(self) -> Databases:
        """Read all that the rules speak of."""
        held = Databases()
        for service, conn in self._connections.items():
            await _read_runtime(held, service, conn)
            if service in OWN:
                await OWN[service](held, conn)
        return held


@asynccontextmanager
async def opened_databases(dsns: Mapping[str, str]) -> AsyncIterator[ServiceDatabases]:
    """Connect to the databases of these services."""
    async with AsyncExitStack() as stack:
        connections: dict[str, Connection] = {}
        for service, dsn in dsns.items():
            connections[service] = await connect(dsn)
            stack.push_async_callback(connections[service].close)
        yield ServiceDatabases(connections)


async def _read_runtime(held: Databases, service: str, conn: Connection) -> None:
    held.outbox += [_outbox_row(service, *row) for row in await _said(conn) if not row[2].endswith(EFFECTS_TOPICS)]
    held.pending += [_outbox_row(service, *row) for row in await conn.fetch(PENDING)]
    held.blocked += [BlockedRow(service, *row) for row in await conn.fetch(BLOCKED)]
    held.parked += [_parked_row(service, row) for row in await conn.fetch(PARKED)]
    held.effects += [EffectRow(service, *row) for row in await conn.fetch(EFFECTS)]


async def _said(conn: Connection) -> list[tuple[str, str, str]]:
    """Cause, event id and topic of all that a service said: row by row, and by batch."""
    rows = [(row["cause"], row["event_id"], row["topic"]) for row in await conn.fetch(OUTBOX)]
    batches = await conn.fetch(OUTBOX_BATCHES)
    return rows + [(one.cause, one.event_id, one.topic) for row in batches for one in unpacked_rows(row["rows"])]


def _outbox_row(service: str, cause: str, event_id: str, topic: str) -> OutboxRow:
    """Keep a row; a dead letter is no event and is known by the place of the record it copies."""
    return OutboxRow(service, cause if topic.endswith(DEAD_LETTERS) else event_id, topic)


def _parked_row(service: str, row: asyncpg.Record) -> ParkedRow:
    order_id = (row["key"] or b"").decode(errors="replace") if is_keyed_by_order(row["topic"]) else ""
    place = f"{row['topic']}/{row['partition']}/{row['offset']}"
    return ParkedRow(service, place, order_id or None, f"{row['error_class']}: {row['reason']}")


def _shelf(row: asyncpg.Record) -> Shelf:
    return (sku_key(row["sku"]), row["location_id"])


async def _read_stock(held: Databases, conn: Connection) -> None:
    balances = {_shelf(row): row for row in await conn.fetch(BALANCES)}
    held.balances = {shelf: Stock(*(row[name] for name in Stock._fields)) for shelf, row in balances.items()}
    held.ledger = _summed(await conn.fetch(LEDGER))
    held.loaded = {_shelf(row): row["units"] for row in await conn.fetch(LOADED)}
    held.missing = {_shelf(row): row["units"] for row in await conn.fetch(MISSING)}


def _summed(rows: Iterable[asyncpg.Record]) -> dict[Shelf, Stock]:
    """Sum up what moved into each bucket less what moved out; the ledger says nothing of what is incoming."""
    shelves: dict[Shelf, dict[str, int]] = {}
    for row in rows:
        shelves.setdefault(_shelf(row), dict.fromkeys(BUCKETS, 0))[row["bucket"]] += row["units"]
    return {shelf: Stock(on_hand=sum(of.values()), incoming=0, **of) for shelf, of in shelves.items()}


async def _read_messages(held: Databases, conn: Connection) -> None:
    held.messages = [MessageRow(*row) for row in await conn.fetch(MESSAGES)]


async def _read_replies(held: Databases, conn: Connection) -> None:
    rows = await conn.fetch(REPLIES)
    held.replies = {row["key"].removeprefix(REPLY_PREFIX): row["status"] for row in rows}


OWN = {"allocator": _read_stock, "notifier": _read_messages, "order_intake": _read_replies}
