"""Orders that wait because a word of their shop was not understood: one function per query."""

from collections.abc import Iterable, Sequence

from order_events import Order
from order_intake.domain.causes import is_unread
from order_intake.domain.codes import folded
from order_intake.store import SQL
from service_runtime import Connection


async def wait(conn: Connection, orders: Iterable[Order]) -> None:
    """Remember those of the orders that wait for a word."""
    waiting = [order for order in orders if any(is_unread(hold.hold_id) for hold in order.holds)]
    if waiting:
        codes = [folded(order.shop) for order in waiting]
        await conn.execute(SQL.wait_for_words, codes, [order.order_id for order in waiting])


async def waiting(conn: Connection, codes: Sequence[str]) -> list[str]:
    """The orders of these shops that wait for a word."""
    return [row["order_id"] for row in await conn.fetch(SQL.waiting_for_words, codes)]


async def understood(conn: Connection, order_ids: Sequence[str]) -> None:
    """Forget them."""
    if order_ids:
        await conn.execute(SQL.understood, order_ids)
