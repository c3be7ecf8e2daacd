"""Order-intake's rows: one function per query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import asyncpg
import msgspec

from order_events import Order, OrderPlaced, ShipmentStatus
from order_intake.domain.booking import Booked, Heard, name_of
from order_intake.domain.cancelling import Changed, OrderState
from order_intake.domain.receiving import HeldOrder
from order_intake.domain.shipments import LineState, ShipmentState
from order_intake.domain.twins import Placed
from service_runtime import Connection, Queries, joined, json_of

SQL = Queries("order_intake")
_JSON = msgspec.json.Encoder()
_LINES = msgspec.json.Decoder(tuple[LineState, ...])
_ORDER = ("order_id", "shop", "number", "body_hash", "document", "version", "accepted_at", "likeness")


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
    return {row["order_id"]: _held(row) for row in rows}


def _held(row: asyncpg.Record) -> HeldOrder:
    names = ("body_hash", "document", "version", "cancelled_version", "upstream_at", "upstream")
    return HeldOrder(row["order_id"], name_of(row["number"]), *(row[name] for name in names))


async def alike(conn: Connection, likenesses: Sequence[int]) -> dict[int, list[Placed]]:
    """Orders that stand and share their likeness with new ones."""
    found: dict[int, list[Placed]] = defaultdict(list)
    for row in await conn.fetch(SQL.alike, likenesses) if likenesses else ():
        placed_at = Order.model_validate_json(row["document"]).placed_at
        found[row["likeness"]].append(Placed(row["order_id"], name_of(row["number"]), placed_at))
    return found


async def take_numbers(conn: Connection, wanted: Mapping[str, int]) -> dict[str, int]:
    """Take as many numbers as wanted for each shop; the last of them, by shop."""
    if not wanted:
        return {}
    rows = await conn.fetch(SQL.take_numbers, list(wanted), list(wanted.values()))
    return {row["shop"]: row["last"] for row in rows}


async def add_orders(conn: Connection, booked: Sequence[Booked], documents: Sequence[bytes], now: datetime) -> None:
    """Write newly accepted orders, each with its document; a taken id or name is a broken promise: it fails."""
    if booked:
        rows = [
            (placed_of(one).order_id, one.shop, one.number, one.body_hash, document.decode(), 1, now, one.likeness)
            for one, document in zip(booked, documents, strict=True)
        ]
        await conn.copy_records_to_table("orders", records=rows, columns=_ORDER)


def placed_of(booked: Booked) -> OrderPlaced:
    """The order, as it is said."""
    assert isinstance(booked.event.body, OrderPlaced)
    return booked.event.body


async def order_state(conn: Connection, order_id: str) -> OrderState | None:
    """An order to be changed, or None where there is none."""
    row = await conn.fetchrow(SQL.order_state, order_id)
    return state_of(row) if row else None


async def order_states(conn: Connection, order_ids: Sequence[str]) -> dict[str, OrderState]:
    """Orders to be changed, by order id."""
    return {row["order_id"]: state_of(row) for row in await conn.fetch(SQL.order_states, joined(order_ids))}


async def taken_back(conn: Connection, order_ids: Sequence[str]) -> dict[str, tuple[OrderState, int]]:
    """Those of these orders of which units were taken back, each with the version that did so last, by order id."""
    rows = await conn.fetch(SQL.taken_back, joined(order_ids))
    return {row["order_id"]: (state_of(row), row["taken_back_version"]) for row in rows}


def state_of(row: asyncpg.Record) -> OrderState:
    """An order's row, read back."""
    return OrderState(Order.model_validate_json(row["document"]), row["version"], row["cancelled_version"])


async def change_orders(conn: Connection, changes: Sequence[Changed], now: datetime) -> None:
    """Write the next version of each order, and what was said of it.

    Raises:
        OrderMovedError: an order is not at the version before.
    """
    if not changes:
        return
    states, events = [one.state for one in changes], [one.event for one in changes]
    changed = await conn.fetch(
        SQL.change_orders,
        [state.order.order_id for state in states],
        [json_of(state.order).decode() for state in states],
        [state.version for state in states],
        [state.cancelled_version for state in states],
        [",".join(event.changes) for event in events],
        ["\n".join(event.fields) for event in events],
        [event.reason for event in events],
        [event.actor for event in events],
        now,
        [one.takes_back for one in changes],
    )
    if len(changed) != len(states):
        raise OrderMovedError(f"{len(states) - len(changed)} of {len(states)} orders changed under their locks")


async def hear_upstream(conn: Connection, heard: Sequence[Heard]) -> None:
    """Keep when shops touched their orders, by which body, and what they said where the order says otherwise."""
    if heard:
        await conn.execute(
            SQL.hear_upstream,
            [one.reading.order_id for one in heard],
            [one.reading.order.updated_at for one in heard],
            [one.reading.body_hash for one in heard],
            [json_of(one.upstream).decode() if one.upstream else None for one in heard],
        )


async def diverge(conn: Connection, order_ids: Sequence[str]) -> None:
    """Keep what the shops said last of these orders, because somebody here says otherwise from now on."""
    if order_ids:
        await conn.execute(SQL.diverge, joined(order_ids))


async def write_act(conn: Connection, act: str, actor: str, reason: str | None, order_id: str) -> None:
    """Write who did what to an order, and why."""
    await conn.execute(SQL.write_act, order_id, act, actor, reason)


async def remember_released(conn: Connection, order_id: str, hold_id: str, actor: str, now: datetime) -> None:
    """Remember that a hold was released."""
    await conn.execute(SQL.remember_released, order_id, hold_id, actor, now)


async def released_holds(conn: Connection, order_ids: Sequence[str]) -> dict[str, set[str]]:
    """The holds that set themselves and that somebody released, by order."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in await conn.fetch(SQL.released_holds, order_ids):
        found[row["order_id"]].add(row["hold_id"])
    return found


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
        [placed_of(one.booked).order_id for one in announced],
        [one.booked.shop for one in announced],
        [one.booked.number for one in announced],
        [one.booked.body_hash for one in announced],
        [json_of(placed_of(one.booked)).decode() for one in announced],
        [one.at for one in announced],
    )
    last: dict[str, int] = {}
    for one in announced:
        last[one.booked.shop] = max(last.get(one.booked.shop, 0), one.booked.number)
    await conn.execute(SQL.count_up_to, list(last), list(last.values()))
    return len(found)


async def take_changed(conn: Connection, announced: Sequence[tuple[OrderState, int | None]]) -> int:
    """Orders as they were announced last, each with the version that took units back, if one is known to have.

    A state without `cancelled_version` keeps the one that is held: only the cancel itself knows it.

    Returns:
        How many are newer than what is held.
    """
    states = [state for state, _ in announced]
    found = await conn.fetch(
        SQL.take_changed,
        [state.order.order_id for state in states],
        [json_of(state.order).decode() for state in states],
        [state.version for state in states],
        [state.cancelled_version for state in states],
        [taken_back for _, taken_back in announced],
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


async def open_orders(conn: Connection, after: str, limit: int) -> tuple[list[tuple[str, int]], str | None]:
    """Orders of which something is still to leave, with their versions, among so many; and where to go on."""
    rows = await conn.fetch(SQL.open_orders, after, limit)
    next_ = rows[-1]["order_id"] if len(rows) == limit else None
    return [(row["order_id"], row["version"]) for row in rows if row["open"]], next_
