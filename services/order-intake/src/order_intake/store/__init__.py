"""Order-intake's rows: one function per query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import msgspec
import orjson

from order_events import Order, OrderPlaced, ShipmentStatus
from order_intake.domain.booking import Booked, TurnedAway, name_of
from order_intake.domain.cancelling import OrderState
from order_intake.domain.problems import sayable_headers
from order_intake.domain.receiving import HeldOrder
from order_intake.domain.shipments import LineState, ShipmentState
from service_runtime import Connection, Queries, joined, json_of

SQL = Queries("order_intake")
_JSON = msgspec.json.Encoder()
_LINES = msgspec.json.Decoder(tuple[LineState, ...])


class Reader(Protocol):
    """Whatever rows can be read with: a connection, or the reads of a request."""

    async def fetch(self, sql: str, /, *values: Any) -> list[asyncpg.Record]:
        """All rows."""

    async def fetchrow(self, sql: str, /, *values: Any) -> asyncpg.Record | None:
        """One row, or None."""


class OrderMovedError(RuntimeError):
    """An order changed under its lock: whoever wrote it did not hold the lock."""


@dataclass(frozen=True, slots=True)
class ShownOrder:
    """An order as a reader sees it."""

    state: OrderState
    accepted_at: datetime


async def held_orders(conn: Connection, order_ids: Sequence[str]) -> dict[str, HeldOrder]:
    """What is known of these orders, by order id."""
    rows = await conn.fetch(SQL.held_orders, joined(order_ids))
    return {r["order_id"]: HeldOrder(r["order_id"], name_of(r["number"]), r["body_hash"], r["document"]) for r in rows}


async def take_numbers(conn: Connection, wanted: Mapping[str, int]) -> dict[str, int]:
    """Take as many numbers as wanted for each shop; the last of them, by shop."""
    if not wanted:
        return {}
    rows = await conn.fetch(SQL.take_numbers, list(wanted), list(wanted.values()))
    return {row["shop"]: row["last"] for row in rows}


async def add_orders(conn: Connection, booked: Sequence[Booked], documents: Sequence[bytes], now: datetime) -> None:
    """Write newly accepted orders, each with its document."""
    if not booked:
        return
    orders = [_placed(one) for one in booked]
    await conn.execute(
        SQL.add_orders,
        joined([order.order_id for order in orders]),
        joined([one.shop for one in booked]),
        joined([str(one.number) for one in booked]),
        joined([one.body_hash.hex() if one.body_hash else "" for one in booked]),
        joined([document.decode() for document in documents]),
        now,
    )


def _placed(booked: Booked) -> OrderPlaced:
    assert isinstance(booked.event.body, OrderPlaced)
    return booked.event.body


async def keep_refused(conn: Connection, turned_away: Sequence[TurnedAway], now: datetime) -> None:
    """Write refused bodies, raw."""
    if not turned_away:
        return
    deliveries = [one.delivery for one in turned_away]
    await conn.execute(
        SQL.keep_refused,
        [one.refused_id for one in turned_away],
        [delivery.door for delivery in deliveries],
        ["/".join(map(str, delivery.place)) for delivery in deliveries],
        [delivery.cause.id for delivery in deliveries],
        [delivery.reading.checkout_id for delivery in deliveries],
        [orjson.dumps(sayable_headers(delivery.headers)).decode() for delivery in deliveries],
        [delivery.raw for delivery in deliveries],
        [json_of(one.problems).decode() for one in turned_away],
        now,
    )


async def order_state(conn: Connection, order_id: str) -> OrderState | None:
    """An order to be changed, or None where there is none."""
    row = await conn.fetchrow(SQL.order_state, order_id)
    return state_of(row) if row else None


async def cancelled_orders(conn: Connection, order_ids: Sequence[str]) -> dict[str, OrderState]:
    """Those of these orders that are cancelled, by order id."""
    return {row["order_id"]: state_of(row) for row in await conn.fetch(SQL.cancelled_orders, joined(order_ids))}


def state_of(row: asyncpg.Record) -> OrderState:
    """An order's row, read back."""
    return OrderState(Order.model_validate_json(row["document"]), row["version"], row["cancelled_version"])


async def change_orders(conn: Connection, states: Sequence[OrderState]) -> None:
    """Write the next version of each order.

    Raises:
        OrderMovedError: an order is not at the version before.
    """
    if not states:
        return
    changed = await conn.fetch(
        SQL.change_orders,
        [state.order.order_id for state in states],
        [json_of(state.order).decode() for state in states],
        [state.version for state in states],
        [state.cancelled_version for state in states],
    )
    if len(changed) != len(states):
        raise OrderMovedError(f"{len(states) - len(changed)} of {len(states)} orders changed under their locks")


async def save_shipments(conn: Connection, states: Sequence[ShipmentState]) -> None:
    """Keep each shipment, unless a newer version of it is kept; no shipment may stand twice."""
    await conn.execute(
        SQL.save_shipments,
        joined([state.order_id for state in states]),
        joined([state.shipment_id for state in states]),
        joined([str(state.version) for state in states]),
        joined([state.status.value for state in states]),
        joined([_JSON.encode(state.lines).decode() for state in states]),
    )


async def shipments_of(reader: Reader, order_ids: Sequence[str]) -> dict[str, list[ShipmentState]]:
    """The shipments of each of these orders; none for an order without."""
    found: dict[str, list[ShipmentState]] = defaultdict(list)
    rows = await reader.fetch(SQL.shipments_of, order_ids) if order_ids else []
    for row in rows:
        found[row["order_id"]].append(_shipment(row))
    return found


async def versions(conn: Connection, order_ids: Sequence[str]) -> dict[str, int]:
    """Of each thing of these orders that is read here, the version that is held."""
    return {row["subject"]: row["version"] for row in await conn.fetch(SQL.versions, order_ids)}


def _shipment(row: asyncpg.Record) -> ShipmentState:
    lines = _LINES.decode(row["lines"])
    return ShipmentState(row["shipment_id"], row["order_id"], row["version"], ShipmentStatus(row["status"]), lines)


@dataclass(frozen=True, slots=True)
class Announced:
    """An order as it was placed, and when; what a database that was put back takes over."""

    booked: Booked
    at: datetime


async def take_placed(conn: Connection, announced: Sequence[Announced]) -> int:
    """Orders as they were placed, and the last number of each shop; how many of them were not known."""
    found = await conn.fetch(
        SQL.take_placed,
        [_placed(one.booked).order_id for one in announced],
        [one.booked.shop for one in announced],
        [one.booked.number for one in announced],
        [one.booked.body_hash for one in announced],
        [json_of(_placed(one.booked)).decode() for one in announced],
        [one.at for one in announced],
    )
    last: dict[str, int] = {}
    for one in announced:
        last[one.booked.shop] = max(last.get(one.booked.shop, 0), one.booked.number)
    await conn.execute(SQL.count_up_to, list(last), list(last.values()))
    return len(found)


async def take_changed(conn: Connection, states: Sequence[OrderState]) -> int:
    """Orders as they were announced last; how many are newer than what is held.

    A state without `cancelled_version` keeps the one that is held: only the cancel itself knows it.
    """
    found = await conn.fetch(
        SQL.take_changed,
        [state.order.order_id for state in states],
        [json_of(state.order).decode() for state in states],
        [state.version for state in states],
        [state.cancelled_version for state in states],
    )
    return len(found)


async def order_by_id(reader: Reader, order_id: str) -> ShownOrder | None:
    """An order to be shown."""
    return _shown(await reader.fetchrow(SQL.order_by_id, order_id))


async def order_by_name(reader: Reader, shop: str, number: int) -> ShownOrder | None:
    """An order to be shown, by its shop's folded code and the number in its name."""
    return _shown(await reader.fetchrow(SQL.order_by_name, shop, number))


def _shown(row: asyncpg.Record | None) -> ShownOrder | None:
    return ShownOrder(state_of(row), row["accepted_at"]) if row else None


async def newest_refused(reader: Reader, limit: int) -> list[dict[str, Any]]:
    """What was refused last, without the bodies."""
    return [_refused(row) for row in await reader.fetch(SQL.newest_refused, limit)]


async def refused(reader: Reader, refused_id: UUID) -> dict[str, Any] | None:
    """One refused body with its headers, `raw` as bytes; None where there is none."""
    row = await reader.fetchrow(SQL.refused, refused_id)
    return {**_refused(row), "headers": orjson.loads(row["headers"]), "raw": row["raw"]} if row else None


def _refused(row: asyncpg.Record) -> dict[str, Any]:
    texts = {name: row[name] for name in ("door", "place", "cause", "checkout_id")}
    id_and_time = {"refused_id": str(row["refused_id"]), "at": row["at"].isoformat()}
    return {**id_and_time, **texts, "problems": orjson.loads(row["problems"])}


async def open_orders(conn: Connection, after: str, limit: int) -> tuple[list[tuple[str, int]], str | None]:
    """Orders of which something is still to leave, with their versions, among so many; and where to go on."""
    rows = await conn.fetch(SQL.open_orders, after, limit)
    next_ = rows[-1]["order_id"] if len(rows) == limit else None
    return [(row["order_id"], row["version"]) for row in rows if row["open"]], next_
