"""What orders were made of, as it came, and what a replay job made of it: one function per query."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec
import orjson
from msgspec import Struct

from order_intake.domain.booking import Delivery
from order_intake.domain.cancelling import OrderState
from order_intake.store import SQL, Reader, state_of
from service_runtime import Connection, compressed, decompressed, joined

TOGETHER = 100  # inputs a row: who looks for one unpacks them all, 30 kB
_RAW_BATCH = ("at", "first_id", "order_ids", "inputs")


class RawInput(Struct, frozen=True, gc=False, array_like=True):
    """What an order was made of, as it came."""

    order_id: str
    door: str
    place: str
    cause: str
    headers: Sequence[tuple[str, bytes | None]]
    raw: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[RawInput]).decode


def packed(inputs: Sequence[RawInput]) -> bytes:
    """Inputs as a row holds them."""
    return compressed(_encode(inputs))


def unpacked(inputs: bytes) -> list[RawInput]:
    """The inputs that `packed` packed; rows written before it was MessagePack hold one as JSON."""
    if inputs.startswith(b"["):
        return [_as_json(*one) for one in orjson.loads(inputs)]
    return _decode(decompressed(inputs))


def _as_json(order_id: str, door: str, place: str, cause: str, headers: Any, raw: str) -> RawInput:
    return RawInput(order_id, door, place, cause, [(name, value.encode()) for name, value in headers], b64decode(raw))


async def keep(conn: Connection, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Write what each newly accepted order was made of."""
    await _add(conn, now, [_input_of(one) for one in deliveries])


async def take(conn: Connection, deliveries: Sequence[Delivery]) -> None:
    """The same of orders that a recovery took over, where it is not there; no order may stand twice."""
    held = await of(conn, [one.reading.order_id for one in deliveries])
    by_time: dict[datetime, list[RawInput]] = defaultdict(list)
    for one in map(_input_of, deliveries):
        order = held.get(one.order_id)
        if order and order.raw is None:
            by_time[order.at].append(one)
    for at, inputs in by_time.items():
        await _add(conn, at, inputs)


def _input_of(one: Delivery) -> RawInput:
    place = "/".join(map(str, one.place))
    return RawInput(one.reading.order_id, one.door, place, one.cause.id, one.headers, one.raw)


async def _add(conn: Connection, at: datetime, inputs: Sequence[RawInput]) -> None:
    rows = [inputs[n : n + TOGETHER] for n in range(0, len(inputs), TOGETHER)]
    if rows:
        records = [(at, row[0].order_id, joined([one.order_id for one in row]), packed(row)) for row in rows]
        await conn.copy_records_to_table("raw_batch", records=records, columns=_RAW_BATCH)


@dataclass(frozen=True, slots=True)
class RawOrder:
    """An order, when it was accepted, and what it was made of; None where that is kept no more."""

    state: OrderState
    at: datetime
    raw: bytes | None
    door: str = ""
    changed_here: bool = False


async def of(reader: Reader, order_ids: Sequence[str]) -> dict[str, RawOrder]:
    """Those of these orders that there are, with what they were made of."""
    rows = await reader.fetch(SQL.accepted, joined(order_ids)) if order_ids else []
    kept = await _kept(reader, {row["order_id"]: row["accepted_at"] for row in rows})
    return {row["order_id"]: _raw_order(row, kept.get(row["order_id"])) for row in rows}


def _raw_order(row: asyncpg.Record, made_of: RawInput | None) -> RawOrder:
    raw, door = (made_of.raw, made_of.door) if made_of else (None, "")
    return RawOrder(state_of(row), row["accepted_at"], raw, door, row["changed_here"])


async def _kept(reader: Reader, accepted: Mapping[str, datetime]) -> dict[str, RawInput]:
    """What is kept of these orders, by order id."""
    if not accepted:
        return {}
    rows = await reader.fetch(SQL.raw_of, list(set(accepted.values())), joined(list(accepted)))
    return _by_order(one for row in rows for one in unpacked(row["inputs"]))


def _by_order(inputs: Iterable[RawInput]) -> dict[str, RawInput]:
    return {one.order_id: one for one in inputs}


Cursor = tuple[datetime, str]


async def between(reader: Reader, since: datetime, until: datetime, after: Cursor, limit: int) -> list[Cursor]:
    """When which order was taken, of those whose raw input is kept, after the last one that is known."""
    rows = await reader.fetch(SQL.raw_between, since, until, *after, limit)
    return [(row["at"], row["order_id"]) for row in rows]


async def one(reader: Reader, order_id: str) -> tuple[datetime, RawInput] | None:
    """What an order was made of, as it came, and when."""
    rows = await reader.fetch(SQL.accepted, joined([order_id]))
    accepted = {row["order_id"]: row["accepted_at"] for row in rows}
    kept = await _kept(reader, accepted)
    return (accepted[order_id], kept[order_id]) if order_id in kept else None


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
