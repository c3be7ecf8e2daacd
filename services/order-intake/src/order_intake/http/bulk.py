"""Many orders in one request: each row is what `POST /orders` takes, and is answered as it would have been there."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from order_intake.domain.rates import WHOLE
from order_intake.domain.rows import rows_of
from order_intake.http.orders import taken
from order_intake.http.posting import RATES, Posting, PostsRows
from order_intake.http.shapes import PROBLEMS
from service_runtime import Reply
from service_runtime.failures import CUT_OFF, Failure, failure_of
from service_runtime.problem_details import body_of

MOST_ROWS = 10_000
TOGETHER = 100  # rows that are decided at once, mostly in one transaction
MEDIA_TYPE = "application/x-ndjson"
TOO_MANY = Reply.problem(413, "", "rows", f"a request has {MOST_ROWS} rows at most: send the rest in another")
router = APIRouter(tags=["orders"])
Row = tuple[int, bytes]


class Answers(StreamingResponse):
    """Answers that are written while the request is still being read: nobody else may listen for its end."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Write them."""
        await self.stream_response(send)


@router.post(
    "/orders/bulk",
    response_class=Answers,
    responses={
        **PROBLEMS,
        200: {"description": "A row for each: its number, status code and answer as `POST /orders` would have said",
              "content": {MEDIA_TYPE: {}}},
    },
    openapi_extra={"requestBody": {"required": True, "content": {MEDIA_TYPE: {}}}},
)  # fmt: skip
async def place_orders(request: Request, posts: PostsRows) -> Answers:
    """Take up to 10,000 orders, one to a row; what is wrong with one row is said of that row.

    Rows of one order are taken in their sequence. Nothing is taken back: who is cut off sends all again, and what was
    taken is answered as a repeat, or under the same `Idempotency-Key` with the very same answer. A shop's rate slows
    its rows down. A row with 503 was not taken.
    """
    return Answers(_answers(request, posts), media_type=MEDIA_TYPE)


async def _answers(request: Request, posts: Posting) -> AsyncIterator[bytes]:
    """The rows' answers as they come. They are read however slowly somebody reads these: who sends all before reading
    anything would else wait for us, and we for them.
    """
    lines: asyncio.Queue[bytes | None] = asyncio.Queue()
    work = asyncio.create_task(_take(request, posts, lines))
    try:
        while (line := await lines.get()) is not None:
            yield line
        await work
    finally:
        work.cancel()


async def _take(request: Request, posts: Posting, lines: "asyncio.Queue[bytes | None]") -> None:
    try:
        async for rows in _in_groups(rows_of(request.stream())):
            await _paced(posts, len(rows))
            for answer in await asyncio.gather(*[_answer(posts, row) for row in rows]):
                lines.put_nowait(answer)
    finally:
        lines.put_nowait(None)


async def _in_groups(rows: AsyncIterator[bytes]) -> AsyncIterator[Sequence[Row]]:
    group: list[Row] = []
    number = 0
    async for row in rows:
        number += 1
        if number > MOST_ROWS + 1:
            continue  # read and thrown away: who sends all before reading anything would wait for us for ever
        group.append((number, row))
        if len(group) == TOGETHER:
            yield group
            group = []
    if group:
        yield group


async def _answer(posts: Posting, row: Row) -> bytes:
    number, raw = row
    reply = TOO_MANY if number > MOST_ROWS else await _taken(posts, number, raw)
    body: dict[str, Any] = body_of(reply.status, reply.body) if reply.status >= 400 else reply.body
    return orjson.dumps({"row": number, "status_code": reply.status, "answer": body}) + b"\n"


async def _taken(posts: Posting, number: int, raw: bytes) -> Reply:
    try:
        return await taken(posts, raw, (), posts.of_row(number, raw))
    except (asyncpg.PostgresError, *CUT_OFF) as error:
        if failure_of(error) is Failure.BUG:
            raise
        return Reply.later("infrastructure_away", "the database is away", 5)


async def _paced(posts: Posting, rows: int) -> None:
    """Wait until the shop may send so many more: all of them, since rows that wait each for itself overtake others."""
    for _ in range(rows if posts.shop else 0):
        while posts.shop and (wait := RATES.ask(posts.shop.shop, posts.shop.rate)):  # noqa: ASYNC110 - for time alone
            await asyncio.sleep(wait.ns / WHOLE)
