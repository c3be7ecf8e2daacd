"""The notifier's tables: one function per query, none of them once per order."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import asyncpg
import orjson

from notifier.domain.letters import Letter
from notifier.domain.things import (
    Asked,
    Decision,
    Held,
    Line,
    Order,
    Package,
    Shipment,
    ShipmentLine,
    Shipping,
    Short,
    Thing,
    Units,
)
from order_events import CustomerNotified, MessageStatus
from service_runtime import Connection, Queries

SQL = Queries("notifier")
Row = asyncpg.Record


class Reader(Protocol):
    """Who can read rows: a connection, or what an endpoint is given."""

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        """All rows."""

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        """The first row, if there is one."""


async def held(conn: Connection, order_ids: Sequence[str]) -> dict[str, Held]:
    """What is held of each of these orders; of an order never heard of, nothing."""
    orders = {row["order_id"]: _order(row) for row in await conn.fetch(SQL.held_orders, order_ids)}
    decisions = {row["order_id"]: _decision(row) for row in await conn.fetch(SQL.held_decisions, order_ids)}
    shipments: dict[str, dict[str, Shipment]] = defaultdict(dict)
    for row in await conn.fetch(SQL.held_shipments, order_ids):
        shipments[row["order_id"]][row["shipment_id"]] = _shipment(row)
    told: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in await conn.fetch(SQL.told, order_ids):
        told[row["order_id"]].update((row["fact"], about) for about in orjson.loads(row["about"]) or [""])
    return {
        id_: Held(orders.get(id_), decisions.get(id_), shipments.get(id_, {}), frozenset(told.get(id_, ())))
        for id_ in order_ids
    }


def _order(row: Row) -> Order:
    doc = orjson.loads(row["doc"])
    shipping = doc.pop("shipping")
    return Order(
        order_id=row["order_id"],
        version=row["version"],
        cancel_version=row["cancel_version"],
        at=row["at"],
        test=row["test"],
        shipping=Shipping(**shipping) if shipping else None,
        lines=tuple(Line(**line) for line in doc.pop("lines")),
        customer=orjson.loads(row["customer"]),
        ship_to=orjson.loads(row["ship_to"]),
        wishes=orjson.loads(row["wishes"]),
        **doc,
    )


def _decision(row: Row) -> Decision:
    doc = orjson.loads(row["doc"])
    return Decision(
        order_id=row["order_id"],
        revision=row["revision"],
        order_version=row["order_version"],
        at=row["at"],
        units=tuple(Units(**one) for one in doc["units"]),
        asked=tuple(Asked(**one) for one in doc["asked"]),
        short=tuple(Short(**one) for one in doc["short"]),
    )


def _shipment(row: Row) -> Shipment:
    doc = orjson.loads(row["doc"])
    return Shipment(
        shipment_id=row["shipment_id"],
        order_id=row["order_id"],
        version=row["version"],
        revision=row["revision"],
        at=row["at"],
        location_id=doc["location_id"],
        lines=tuple(ShipmentLine(**one) for one in doc["lines"]),
        packages=tuple(_package(one) for one in doc["packages"]),
    )


def _package(doc: dict[str, Any]) -> Package:
    contents = tuple((line_id, quantity) for line_id, quantity in doc.pop("contents"))
    return Package(contents=contents, **doc)


async def save(conn: Connection, things: Iterable[Thing]) -> None:
    """Keep the newest version of each thing; one statement per kind."""
    kinds: dict[type[Thing], list[Any]] = defaultdict(list)
    for thing in things:
        kinds[type(thing)].append(thing)
    if orders := kinds[Order]:
        await conn.execute(SQL.save_orders, *_columns(map(_order_row, orders)))
    if decisions := kinds[Decision]:
        await conn.execute(SQL.save_decisions, *_columns(map(_decision_row, decisions)))
    if shipments := kinds[Shipment]:
        await conn.execute(SQL.save_shipments, *_columns(map(_shipment_row, shipments)))


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _order_row(order: Order) -> tuple[Any, ...]:
    doc = {name: getattr(order, name) for name in ("name", "shop", "locale", "country", "shipping", "lines")}
    sealed = (_json(order.customer), _json(order.ship_to), _json(order.wishes))
    return (order.order_id, order.version, order.cancel_version, order.at, order.test, _json(doc), *sealed)


def _decision_row(decision: Decision) -> tuple[Any, ...]:
    doc = {"units": decision.units, "asked": decision.asked, "short": decision.short}
    return (decision.order_id, decision.revision, decision.order_version, decision.at, _json(doc))


def _shipment_row(one: Shipment) -> tuple[Any, ...]:
    doc = {"location_id": one.location_id, "lines": one.lines, "packages": one.packages}
    return (one.order_id, one.shipment_id, one.version, one.revision, one.at, _json(doc))


async def claim(conn: Connection, letters: Sequence[Letter]) -> Collection[str]:
    """Write a row per message; the ids of those whose fact nobody had claimed."""
    if not letters:
        return ()
    rows = await conn.fetch(SQL.claim, *_columns(map(_message_row, letters)))
    return {row["message_id"] for row in rows}


def _message_row(one: Letter) -> tuple[Any, ...]:
    said = 0 if one.reason is None else 1
    return (
        one.order_id,
        one.fact.value,
        one.subject,
        one.message_id,
        _json(one.about),
        one.wording,
        one.locale,
        one.recipient,
        "suppressed" if said else "intended",
        one.reason,
        said,
        one.at,
        _json(one.say),
        _json(one.personal),
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
