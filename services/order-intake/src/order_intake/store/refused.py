"""What was turned away, raw: one function per query."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from order_intake.domain.booking import TurnedAway
from order_intake.domain.problems import sayable_headers
from order_intake.store import SQL, Reader
from service_runtime import Connection, json_of


async def keep(conn: Connection, turned_away: Sequence[TurnedAway], now: datetime) -> None:
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


async def newest(reader: Reader, limit: int) -> list[dict[str, Any]]:
    """What was refused last, without the bodies."""
    return [_refused(row) for row in await reader.fetch(SQL.newest_refused, limit)]


async def one(reader: Reader, refused_id: UUID) -> dict[str, Any] | None:
    """One refused body with its headers, `raw` as bytes; None where there is none."""
    row = await reader.fetchrow(SQL.refused, refused_id)
    return {**_refused(row), "headers": orjson.loads(row["headers"]), "raw": row["raw"]} if row else None


def _refused(row: asyncpg.Record) -> dict[str, Any]:
    texts = {name: row[name] for name in ("door", "place", "cause", "checkout_id", "taken")}
    id_and_time = {"refused_id": str(row["refused_id"]), "at": row["at"].isoformat()}
    return {**id_and_time, **texts, "problems": orjson.loads(row["problems"])}


async def retaken(conn: Connection, refused_id: UUID, order_id: str) -> None:
    """Write which order was made of it after all."""
    await conn.execute(SQL.retaken, refused_id, order_id)
