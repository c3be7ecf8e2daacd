"""The notifier's tables: one function per query, none of them once per order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import asyncpg
import msgspec
import orjson
from msgspec import Struct
from msgspec.structs import asdict

from notifier.domain.letters import Letter, Words, words_again
from notifier.domain.telling import eventful
from notifier.domain.things import (
    Customer,
    Decision,
    Edit,
    Held,
    Line,
    Money,
    Need,
    Order,
    Shipment,
    ShipTo,
    Thing,
    Wishes,
)
from order_events import CustomerNotified, MessageStatus
from service_runtime import Connection, Queries, joined, joined_columns

SQL = Queries("notifier")
ENCODER = msgspec.json.Encoder()
Row = asyncpg.Record


class Reader(Protocol):
    """Who can read rows: a connection, or what an endpoint is given."""

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        """All rows."""

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        """The first row, if there is one."""


async def eventful_among(conn: Connection, order_ids: Sequence[str]) -> set[str]:
    """Those of these orders of which something eventful was heard; mostly none."""
    return {row["order_id"] for row in await conn.fetch(SQL.eventful_among, joined(order_ids))}


async def held(read: Reader, order_ids: Sequence[str]) -> dict[str, Held]:
    """What is held of each of these orders; of an order never heard of, nothing."""
    ids = joined(order_ids)
    orders = {row["order_id"]: _order(row) for row in await read.fetch(SQL.held_orders, ids)}
    decisions = {one.order_id: one for one in map(_decision, await read.fetch(SQL.held_decisions, ids))}
    shipments: dict[str, dict[str, Shipment]] = defaultdict(dict)
    for one in map(_shipment, await read.fetch(SQL.held_shipments, ids)):
        shipments[one.order_id][one.shipment_id] = one
    told: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in await read.fetch(SQL.told, ids):
        told[row["order_id"]].update((row["fact"], about) for about in orjson.loads(row["about"]) or [""])
    return {
        id_: Held(orders.get(id_), decisions.get(id_), shipments.get(id_, {}), frozenset(told.get(id_, ())))
        for id_ in order_ids
    }


class OrderDoc(Struct, frozen=True, omit_defaults=True):
    """An order as it is kept, apart from its id, its version and personal data."""

    at: datetime
    cancel_version: int | None
    test: bool
    name: str
    shop: str
    locale: str
    country: str
    shipping: Money | None
    lines: tuple[Line, ...]
    expired: bool = False
    holds: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    needs: tuple[Need, ...] = ()
    fewest: int | None = None
    told_by: Mapping[str, str] = {}


def _order(row: Row) -> Order:
    doc = msgspec.json.decode(row["doc"], type=OrderDoc)
    return Order(
        order_id=row["order_id"],
        version=row["version"],
        customer=msgspec.json.decode(row["customer"], type=Customer),
        ship_to=msgspec.json.decode(row["ship_to"], type=ShipTo),
        wishes=msgspec.json.decode(row["wishes"], type=Wishes),
        **asdict(doc),
    )


def _decision(row: Row) -> Decision:
    return msgspec.json.decode(row["doc"], type=Decision)


def _shipment(row: Row) -> Shipment:
    return msgspec.json.decode(row["doc"], type=Shipment)


async def versions(conn: Connection, order_ids: Sequence[str]) -> dict[str, int]:
    """Of each thing of these orders that is read here, the version that is held."""
    return {row["subject"]: row["version"] for row in await conn.fetch(SQL.versions, order_ids)}


async def save(conn: Connection, things: Iterable[Thing]) -> None:
    """Keep the newest version of each thing, one statement per kind; and of which orders anything eventful is known."""
    kinds: dict[type[Thing], list[Any]] = defaultdict(list)
    for thing in things:
        kinds[type(thing)].append(thing)
    if orders := kinds[Order]:
        await conn.execute(SQL.save_orders, *joined_columns(map(_order_row, orders)))
    if decisions := kinds[Decision]:
        await conn.execute(SQL.save_decisions, *joined_columns(map(_decision_row, decisions)))
    if shipments := kinds[Shipment]:
        await conn.execute(SQL.save_shipments, *joined_columns(map(_shipment_row, shipments)))
    if ids := [thing.order_id for kind in kinds.values() for thing in kind if eventful(thing)]:
        await conn.execute(SQL.save_eventful, joined(ids))


def _json(value: object) -> str:
    return ENCODER.encode(value).decode()


def _order_row(order: Order) -> tuple[str, ...]:
    doc = OrderDoc(
        order.at,
        order.cancel_version,
        order.test,
        order.name,
        order.shop,
        order.locale,
        order.country,
        order.shipping,
        order.lines,
        order.expired,
        order.holds,
        order.edits,
        order.needs,
        order.fewest,
        dict(order.told_by),
    )
    sealed = (_json(order.customer), _json(order.ship_to), _json(order.wishes))
    return (order.order_id, str(order.version), _json(doc), *sealed)


def _decision_row(decision: Decision) -> tuple[str, ...]:
    return (decision.order_id, str(decision.revision), _json(decision))


def _shipment_row(one: Shipment) -> tuple[str, ...]:
    return (one.order_id, one.shipment_id, str(one.version), _json(one))


async def claim(conn: Connection, letters: Sequence[Letter], at: datetime) -> list[Letter]:
    """Write a row per message; those of them whose fact nobody had claimed."""
    if not letters:
        return []
    rows = await conn.fetch(SQL.claim, *joined_columns(map(_message_row, letters)), at)
    taken = {row["message_id"] for row in rows}
    return [one for one in letters if one.message_id not in taken] if taken else list(letters)


def _message_row(one: Letter) -> tuple[str, ...]:
    say, personal = (_json(one.words.say), _json(one.words.personal)) if one.words else ("", "")
    return (
        one.order_id,
        one.fact.value,
        one.subject,
        one.message_id,
        _json(one.about),
        one.wording,
        one.locale,
        one.recipient or "",
        one.reason or "",
        say,
        personal,
    )


class Settled(NamedTuple):
    """What became of a message."""

    message_id: str
    status: MessageStatus
    reason: str | None
    provider_reference: str | None


async def settle(conn: Connection, settled: Sequence[Settled]) -> dict[str, int]:
    """Store what became of messages; the next version of each, without those of which just that was stored before."""
    columns = [list(column) for column in zip(*settled, strict=True)]
    return {row["message_id"]: row["version"] for row in await conn.fetch(SQL.settle, *columns)}


async def take_messages(conn: Connection, said: Sequence[tuple[int, CustomerNotified]]) -> int:
    """Messages as they were announced, each with its version; how many were newer than what is held."""
    rows = [
        (
            body.order_id,
            body.fact.value,
            body.message_id,
            orjson.dumps(body.about).decode(),
            body.locale,
            body.recipient,
            body.status.value,
            body.reason,
            body.provider_reference,
            version,
            body.at,
        )
        for version, body in said
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return len(await conn.fetch(SQL.take_messages, *columns)) if rows else 0


async def messages_of(read: Reader, order_id: str) -> list[Row]:
    """The messages of an order, oldest first."""
    return await read.fetch(SQL.messages_of, order_id)


async def message(read: Reader, message_id: str) -> Row | None:
    """One message, with what it says."""
    return await read.fetchrow(SQL.message, message_id)


async def words_of(read: Reader, message: Row) -> Words | None:
    """The words of a message: those that were sent, or the ones of what is held now where none were."""
    if message["say"] is not None:
        return Words(orjson.loads(message["say"]), orjson.loads(message["personal"]))
    order_id = message["order_id"]
    known = (await held(read, [order_id]))[order_id]
    return words_again(known, message["message_id"], message["fact"], tuple(orjson.loads(message["about"])))
