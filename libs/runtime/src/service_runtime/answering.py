"""What requests are answered, and that each is decided once, whatever comes under its Idempotency-Key again."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Generic, TypeVar

import asyncpg
import orjson
from fastapi.responses import JSONResponse

from order_events import Cause
from service_runtime.postgres import SQL
from service_runtime.problem_details import answer
from service_runtime.work import Work

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered; `retry_after` in seconds, where it may be asked again."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: int | None = None

    @classmethod
    def problem(cls, status: int, field_: str, rule: str, message: str, **more: Any) -> "Reply":
        """One problem: the field, the rule it breaks, in words."""
        return cls(status, {"problems": [{"field": field_, "rule": rule, "message": message}], **more})

    @classmethod
    def later(cls, rule: str, message: str, retry_after: int) -> "Reply":
        """Not now, and nobody is to blame who asked: when to ask again, with the same key."""
        told = {"field": "", "rule": rule, "message": f"{message}: ask again, with the same key"}
        return cls(503, {"problems": [told]}, retry_after)

    def again_after(self, seconds: int) -> "Reply":
        """The same, with when it may be asked again."""
        return replace(self, retry_after=seconds)

    def response(self) -> JSONResponse:
        """As HTTP: an error says what RFC 9457 asks for."""
        headers = None if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.status >= HTTPStatus.BAD_REQUEST:
            return answer(self.status, self.body, headers)
        return JSONResponse(self.body, self.status, headers)


@dataclass(frozen=True, slots=True)
class Asked(Generic[W]):
    """A request: what it is decided by, and the names it is locked under, which are its orders and its key."""

    wish: W
    cause: Cause
    request_hash: bytes | None
    names: frozenset[str]


Decide = Callable[[Work, Cause], Awaitable[Reply]]
DecideAll = Callable[[Work, Sequence[W]], Awaitable[Sequence[Reply]]]


def key_name(cause: Cause) -> str:
    """The name under which a key is locked: no order's id looks like it."""
    return f"idempotency/{cause.id}"


async def answered(work: Work, asked: Sequence[Asked[W]], decide: DecideAll[W]) -> list[Reply]:
    """Answer each request, no two of one name: from what is remembered under its key, or by deciding, together.

    Their names are locked, so nobody else decides under one of these keys meanwhile.
    """
    replies = await _remembered(work, asked)
    new = [one for one in asked if one.cause.id not in replies]
    if new:
        decided = await decide(work, [one.wish for one in new])
        replies |= {one.cause.id: reply for one, reply in zip(new, decided, strict=True)}
        await _remember(work, [(one, replies[one.cause.id]) for one in new])
    return [replies[one.cause.id] for one in asked]


async def _remembered(work: Work, asked: Sequence[Asked[W]]) -> dict[str, Reply]:
    hashes = {one.cause.id: one.request_hash for one in asked if one.request_hash is not None}
    rows = await work.conn.fetch(SQL.remembered, list(hashes)) if hashes else []
    return {row["key"]: _again(row, hashes[row["key"]]) for row in rows}


def _again(known: asyncpg.Record, request_hash: bytes) -> Reply:
    if known["request_hash"] == request_hash:
        return Reply(known["status"], orjson.loads(known["body"]))
    return Reply.problem(422, "Idempotency-Key", "other_body", "this key was used with another body")


async def _remember(work: Work, replies: Sequence[tuple[Asked[W], Reply]]) -> None:
    keyed = [(one, reply) for one, reply in replies if one.request_hash is not None]
    if keyed:
        await work.conn.execute(
            SQL.remember,
            [one.cause.id for one, _ in keyed],
            [one.request_hash for one, _ in keyed],
            [reply.status for _, reply in keyed],
            [orjson.dumps(reply.body).decode() for _, reply in keyed],
        )
