"""What orders were made of, as it came, and what a replay job made of it: one function per query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import orjson

from order_intake.domain.booking import Delivery
from order_intake.domain.cancelling import OrderState
from order_intake.domain.problems import sayable_headers
from order_intake.store import SQL, Reader, state_of
from service_runtime import Connection, joined


async def keep(conn: Connection, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Write what each newly accepted order was made of."""
    if deliveries:
        await conn.execute(SQL.keep_raw, *_raw_columns(deliveries), now)


async def take(conn: Connection, deliveries: Sequence[Delivery]) -> None:
    """The same of orders that a recovery took over, where it is not there; no order may stand twice."""
    if deliveries:
        await conn.execute(SQL.take_raw, *_raw_columns(deliveries))


def _raw_columns(deliveries: Sequence[Delivery]) -> list[Any]:
    return [
        joined([one.reading.order_id for one in deliveries]),
        joined([one.door for one in deliveries]),
        joined(["/".join(map(str, one.place)) for one in deliveries]),
        joined([one.cause.id for one in deliveries]),
        joined([orjson.dumps(sayable_headers(one.headers)).decode() for one in deliveries]),
        [one.raw for one in deliveries],
    ]


@dataclass(frozen=True, slots=True)
class RawOrder:
    """An order, and what it was made of; None where that is kept no more."""

    state: OrderState
    raw: bytes | None


async def of(reader: Reader, order_ids: Sequence[str]) -> dict[str, RawOrder]:
    """Those of these orders that there are, with what they were made of."""
    rows = await reader.fetch(SQL.raw_of, joined(order_ids)) if order_ids else []
    return {row["order_id"]: RawOrder(state_of(row), row["raw"]) for row in rows}


Cursor = tuple[datetime, str]


async def between(reader: Reader, since: datetime, until: datetime, after: Cursor, limit: int) -> list[Cursor]:
    """When which order was taken, of those whose raw input is kept, after the last one that is known."""
    rows = await reader.fetch(SQL.raw_between, since, until, *after, limit)
    return [(row["at"], row["order_id"]) for row in rows]


async def one(reader: Reader, order_id: str) -> asyncpg.Record | None:
    """What an order was made of, as it came."""
    return await reader.fetchrow(SQL.raw_input, order_id)


class Result(NamedTuple):
    """What became of an order under a replay job."""

    order_id: str
    outcome: str
    reason: str | None


async def write_act(conn: Connection, replay_id: str, order_ids: Sequence[str], actor: str, reason: str) -> None:
    """Write who has these orders read anew."""
    detail = orjson.dumps({"replay_id": replay_id, "order_ids": order_ids}).decode()
    await conn.execute(SQL.write_reinterpret, actor, reason, detail)


async def claim(conn: Connection, replay_id: str, results: Sequence[Result]) -> set[str]:
    """Write a result per order, once per job; those of the orders that had none."""
    ids, outcomes, reasons = zip(*results, strict=True)
    rows = await conn.fetch(SQL.claim_reinterpreted, replay_id, joined(ids), joined(outcomes), list(reasons))
    return {row["item"] for row in rows}


async def results(conn: Connection, replay_id: str, order_ids: Sequence[str]) -> dict[str, Result]:
    """What became of these orders under this job."""
    rows = await conn.fetch(SQL.reinterpreted, replay_id, joined(order_ids)) if order_ids else []
    return {row["item"]: Result(row["item"], row["outcome"], row["reason"]) for row in rows}
