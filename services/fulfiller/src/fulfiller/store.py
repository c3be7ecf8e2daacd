"""What the fulfiller keeps: one function per query. Documents are JSON text, read back by the types of the domain."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import asyncpg

from fulfiller import rows
from fulfiller.domain.held import Decision, Order
from fulfiller.domain.shipment import Package, Shipment
from order_events import Problem
from order_events.ids import order_of_shipment
from service_runtime import Connection, Queries, joined, json_of

SQL = Queries("fulfiller")


class VersionLostError(RuntimeError):
    """A shipment was not at the version it was read at: two writers worked on one order."""


class Reads(Protocol):
    """Something that fetches rows: a connection, or the reads of a request."""

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """All rows."""


@dataclass(frozen=True, slots=True)
class Held:
    """All that is held of some orders, by order id."""

    orders: Mapping[str, Order]
    decisions: Mapping[str, Decision]
    shipments: Mapping[str, list[Shipment]]


@dataclass(frozen=True, slots=True)
class RefusedMessage:
    """A partner's message that was not believed, as it came."""

    record_id: str
    partner_id: str
    message_id: str
    shipment_id: str | None
    problems: tuple[Problem, ...]
    body: bytes
    refused_at: datetime


async def held_of(source: Reads, order_ids: Collection[str]) -> Held:
    """Everything held of these orders; shipments oldest first."""
    found = await source.fetch(SQL.held, joined(list(order_ids))) if order_ids else []
    orders = {row["order_id"]: rows.order_of(row) for row in found if row["version"]}
    decisions = {row["order_id"]: rows.decision_of(row) for row in found if row["revision"]}
    return Held(
        orders, decisions, await shipments_of(source, [row["order_id"] for row in found if row["has_shipments"]])
    )


async def keep_orders(conn: Connection, held: Held, orders: Sequence[Order]) -> dict[str, Order]:
    """Store these versions where they are higher than what is held, and return them; the orders' locks are held."""
    known = held.orders
    news = {
        one.order_id: one for one in orders if one.order_id not in known or known[one.order_id].version < one.version
    }
    new = [rows.order_row(one) for order_id, one in news.items() if order_id not in known]
    if new:
        await conn.copy_records_to_table("orders", records=new, columns=rows.ORDER)
    if old := [rows.order_row(one) for order_id, one in news.items() if order_id in known]:
        await conn.execute(SQL.save_orders, *_columns(old))
    return news


async def keep_decisions(conn: Connection, held: Held, decisions: Sequence[Decision]) -> dict[str, Decision]:
    """Store these revisions where they are higher than what is held, and return them; the orders' locks are held."""
    known = held.decisions
    news = {
        one.order_id: one
        for one in decisions
        if one.order_id not in known or known[one.order_id].revision < one.revision
    }
    new = [rows.decision_row(one) for order_id, one in news.items() if order_id not in known]
    if new:
        await conn.copy_records_to_table("decision", records=new, columns=rows.DECISION)
    if old := [rows.decision_row(one) for order_id, one in news.items() if order_id in known]:
        await conn.execute(SQL.save_decisions, *_columns(old))
    return news


async def shipments_of(source: Reads, order_ids: Sequence[str]) -> dict[str, list[Shipment]]:
    """The orders' shipments with their packages, oldest first."""
    found = await source.fetch(SQL.shipments_of, joined(order_ids)) if order_ids else []
    shipments = await _with_packages(source, found)
    by_order: dict[str, list[Shipment]] = defaultdict(list)
    for shipment in shipments:
        by_order[shipment.order_id].append(shipment)
    return by_order


async def work_at(source: Reads, location_id: str, status: str | None, limit: int, *, ready: bool) -> list[Shipment]:
    """What a location has to do, oldest first; `ready`: only what a bench can pack now."""
    return await _with_packages(source, await source.fetch(SQL.work_at, location_id, status, ready, limit))


async def save(conn: Connection, before: Mapping[str, list[Shipment]], changed: Sequence[Shipment]) -> None:
    """Store shipments that are new or one version on, with the packages to which something happened.

    Raises:
        VersionLostError: one of them is at another version than the one it was read at.
    """
    had = {one.shipment_id: one for ones in before.values() for one in ones}
    new = [one for one in changed if one.shipment_id not in had]
    old = [one for one in changed if one.shipment_id in had]
    moved = [one for one in old if one.delivery != had[one.shipment_id].delivery]
    if new:
        records = list(map(rows.shipment_row, new))
        await conn.copy_records_to_table("shipment", records=records, columns=rows.SHIPMENT)
    if old:
        _all_saved(old, await conn.fetch(SQL.save_shipments, *rows.state_columns(old)))
    if moved:
        await conn.execute(SQL.save_deliveries, *_columns(map(rows.delivery_row, moved)))
    await _save_packages(conn, [had[one.shipment_id] for one in old], changed)


async def _save_packages(conn: Connection, had: Sequence[Shipment], changed: Sequence[Shipment]) -> None:
    """Add those that have left; of others what happened to them."""
    held = {(one.shipment_id, package.package_id) for one in had for package in one.packages}
    found = list(rows.package_rows(had, changed))
    if new := [row for row in found if row[:2] not in held]:
        await conn.copy_records_to_table("package", records=new, columns=rows.PACKAGE)
    if known := [row for row in found if row[:2] in held]:
        await conn.execute(SQL.save_packages, *_columns(known))


def _all_saved(wanted: Sequence[Shipment], found: Sequence[asyncpg.Record]) -> None:
    if len(found) != len(wanted):
        saved = {row["shipment_id"] for row in found}
        raise VersionLostError(f"not saved: {[one.shipment_id for one in wanted if one.shipment_id not in saved]}")


def _columns(table: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows as the columns that `unnest` takes."""
    return [list(column) for column in zip(*table, strict=True)]


async def messages_heard(conn: Connection, named: Collection[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """The hashes of those messages (shipment, message id) that were believed before."""
    if not named:
        return {}
    shipments, messages = zip(*named, strict=True)
    found = await conn.fetch(SQL.messages_heard, joined(shipments), joined(messages))
    return {(row["shipment_id"], row["message_id"]): row["body_hash"] for row in found}


async def add_messages(conn: Connection, heard: Mapping[tuple[str, str], bytes]) -> None:
    """Remember messages as believed that were not heard before; their orders' locks are held."""
    if heard:
        records = [(*name, body_hash) for name, body_hash in heard.items()]
        await conn.copy_records_to_table("partner_message", records=records, columns=rows.MESSAGE)


async def remember_messages(conn: Connection, heard: Mapping[tuple[str, str], bytes]) -> None:
    """Remember messages as believed, by shipment and message id, of which some may be known."""
    if heard:
        shipments, messages = zip(*heard, strict=True)
        await conn.execute(SQL.remember_messages, list(shipments), list(messages), list(heard.values()))


async def keep_refused(conn: Connection, refused: Sequence[RefusedMessage]) -> list[int]:
    """Keep what was refused as it came; per message the version of what is said of it."""
    if not refused:
        return []
    counts = Counter(sorted((one.partner_id, one.message_id) for one in refused))
    partners, ids = zip(*counts, strict=True)
    found = await conn.fetch(SQL.count_refusals, list(partners), list(ids), list(counts.values()))
    await conn.execute(SQL.keep_refused, *_columns(map(_refused_row, refused)))
    named = {(row["partner_id"], row["message_id"]): row["version"] for row in found}
    last = {name: version - counts[name] for name, version in named.items()}
    return [_next(last, (one.partner_id, one.message_id)) for one in refused]


def _next(last: dict[tuple[str, str], int], name: tuple[str, str]) -> int:
    last[name] += 1
    return last[name]


async def versions(conn: Connection, order_ids: Sequence[str]) -> dict[str, int]:
    """Of each thing of these orders that is read here, the version that is held."""
    return {row["subject"]: row["version"] for row in await conn.fetch(SQL.versions, order_ids)}


async def take_shipments(conn: Connection, before: Mapping[str, list[Shipment]], taken: Sequence[Shipment]) -> None:
    """Store shipments as they were announced, over what is held of them at no higher version."""
    if taken:
        await conn.execute(SQL.take_shipments, *_columns(map(rows.shipment_row, taken)))
    had = [one for ones in before.values() for one in ones]
    if packages := list(rows.package_rows(had, taken)):
        await conn.execute(SQL.save_packages, *_columns(packages))


async def orders_asked_back(conn: Connection) -> list[str]:
    """The orders of which a partner was asked to let go and has not answered."""
    return [row["order_id"] for row in await conn.fetch(SQL.orders_asked_back)]


async def take_refusals(conn: Connection, refused: Sequence[tuple[RefusedMessage, int]]) -> int:
    """What partners were told of messages that were refused, each with its version; how many were not known."""
    counts: dict[tuple[str, str], int] = {}
    for one, version in refused:
        counts[one.partner_id, one.message_id] = max(version, counts.get((one.partner_id, one.message_id), 0))
    if not counts:
        return 0
    partners, ids = zip(*sorted(counts), strict=True)
    await conn.execute(SQL.take_refusal_counts, list(partners), list(ids), [counts[name] for name in sorted(counts)])
    told = [_refused_row(one) for one, _ in refused]
    return len(await conn.fetch(SQL.take_refusals, *_columns((*row[:5], row[6]) for row in told)))


async def fill_refused(conn: Connection, bodies: Mapping[str, bytes]) -> set[str]:
    """Those of these records that were refused; their bodies are kept."""
    found = await conn.fetch(SQL.fill_refused, list(bodies), list(bodies.values()))
    return {row["record_id"] for row in found}


async def _with_packages(source: Reads, found: Sequence[asyncpg.Record]) -> list[Shipment]:
    """The shipments of these rows; packages are asked for where anything has left."""
    shipments = [rows.shipment_of(row) for row in found]
    left = [one.shipment_id for one in shipments if one.shipped_units]
    if not left:
        return shipments
    packages: dict[str, list[Package]] = defaultdict(list)
    for row in await source.fetch(SQL.packages_of, joined(left)):
        packages[row["shipment_id"]].append(rows.package_of(row))
    return [one._replace(packages=tuple(packages.get(one.shipment_id, ()))) for one in shipments]


def _refused_row(one: RefusedMessage) -> tuple[Any, ...]:
    problems = json_of(one.problems).decode()
    return one.record_id, one.partner_id, one.message_id, one.shipment_id, problems, one.body, one.refused_at


async def open_shipments(conn: Connection, after: str, limit: int) -> list[tuple[str, str, int]]:
    """The next shipments of which units are still to leave: order, shipment, version."""
    rows = await conn.fetch(SQL.open_shipments, order_of_shipment(after), after, limit)
    return [(row["order_id"], row["shipment_id"], row["version"]) for row in rows]
