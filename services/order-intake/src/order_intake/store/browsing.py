"""Looks at orders: lists of them, and what each has been."""

from datetime import datetime
from typing import Any

import orjson

from order_intake.domain.browsing import Cursor, Wanted
from order_intake.store import SQL, Reader, ShownOrder, state_of

AT_MOST_LOOKED_AT = 5000  # rows a page; a page that finds fewer says where to go on


async def page(reader: Reader, wanted: Wanted, after: Cursor, limit: int) -> tuple[list[ShownOrder], Cursor | None]:
    """Some of the orders that are wanted, the newest first, and where the list goes on; None at its end."""
    rows = await reader.fetch(
        SQL.orders_page, *after, wanted.since, wanted.until, wanted.shop, wanted.payment, wanted.hold, wanted.tag,
        wanted.text, AT_MOST_LOOKED_AT, limit,
    )  # fmt: skip
    if not rows:
        return [], None
    found = [ShownOrder(state_of(row), row["accepted_at"]) for row in rows if row["document"] is not None]
    last = rows[-1]
    ended = last["is_last"] and len(found) < limit
    return found, None if ended else Cursor(last["accepted_at"], last["order_id"])


async def versions(reader: Reader, order_id: str) -> list[dict[str, Any]]:
    """What was said of an order at each version after its first, and by whom; with the document that it replaced."""
    rows = await reader.fetch(SQL.order_versions, order_id)
    return [{**dict(row), "replaced": orjson.loads(row["replaced"])} for row in rows]


async def acts(reader: Reader, order_id: str) -> list[dict[str, Any]]:
    """Who did what to an order here."""
    return [dict(row) for row in await reader.fetch(SQL.order_acts, order_id)]


def when(at: datetime) -> str:
    """A time as it is answered."""
    return at.isoformat()
