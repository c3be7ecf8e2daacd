"""The HTTP side of a service: keys, idempotent acts, reads, problems, health and metrics."""

import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, TypeVar
from uuid import uuid4

import asyncpg
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.security.base import SecurityBase
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException as StarletteHTTPException

from order_events import Cause, read_traceparent
from service_runtime.acts import act
from service_runtime.answering import Asked, Decide, DecideAll, Reply, answered, key_name
from service_runtime.failures import Failure, failure_of
from service_runtime.problem_details import answer
from service_runtime.running import Running
from service_runtime.standing import read_standing
from service_runtime.work import Work

IDEMPOTENCY_KEY = Header(
    alias="Idempotency-Key", min_length=1, max_length=128, pattern=r"^[!-~]+$",
    description="A repeat of the same key and body gets the same answer; another body under it is refused",
)  # fmt: skip


IN_FLIGHT = Reply.problem(
    409, "Idempotency-Key", "in_flight", "a request under this key is being answered: ask again"
).again_after(1)
W = TypeVar("W")


def running(request: Request) -> Running:
    """The running service behind a request."""
    service: Running = request.app.state.running
    return service


class ServiceKey(SecurityBase):
    """The running service, for a request that carries its key; 401 without detail otherwise.

    One dependency instead of FastAPI's bearer and ours: each costs 25 µs a request.
    """

    def __init__(self) -> None:
        self.model = HTTPBearerModel(description="The service's key, from .baesong/")
        self.scheme_name = "HTTPBearer"

    async def __call__(self, request: Request) -> Running:
        """Compare what the request carries, in a time that tells nothing."""
        service = running(request)
        if not opens(service, bearer_of(request)):
            raise UNAUTHORIZED
        return service


UNAUTHORIZED = HTTPException(401, "Unauthorized", {"WWW-Authenticate": "Bearer"})
KEYED = ServiceKey()


def bearer_of(request: Request) -> str | None:
    """The key that a request carries."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def opens(service: Running, key: str | None) -> bool:
    """Whether it is the service's own key."""
    wanted = service.settings.api_key.get_secret_value()
    return key is not None and hmac.compare_digest(key.encode(), wanted.encode())


@dataclass(frozen=True)
class Acting:
    """An act of this request: one transaction, once per Idempotency-Key."""

    service: Running
    cause: Cause
    request_hash: bytes | None
    by_key: bool = False  # of the sender's own, of which no second request is answered meanwhile

    async def once(self, order_ids: Sequence[str], decide: Decide) -> Reply:
        """Lock the orders, decide, store and say what follows; deadlocks are tried again at once."""
        asked = self._asked(order_ids, decide)
        with self._in_flight() as free:
            if not free:
                return IN_FLIGHT
            say = self.service.prompt.publish
            [reply] = await act(
                self.service.protocol, asked.names, lambda work: answered(work, [asked], self._alone), say=say
            )
            return reply

    async def together(self, order_ids: Sequence[str], wish: W, decide: DecideAll[W]) -> Reply:
        """The same, in one transaction with who wants it of other orders at the same time: see `grouping`.

        Args:
            order_ids: what is locked.
            wish: what this request is decided by; it knows the cause of what is said.
            decide: answers many wishes, in their sequence, no two of one order. It is a function, not a closure:
                those who give the same one are a group.
        """
        with self._in_flight() as free:
            return await self.service.group(decide).ask(self._asked(order_ids, wish)) if free else IN_FLIGHT

    @contextmanager
    def _in_flight(self) -> Iterator[bool]:
        """Whether nobody else is being answered under this key here; at another replica its lock is waited for."""
        busy, key = self.service.keys_in_flight, self.cause.id
        if self.by_key and key in busy:
            yield False
            return
        busy.add(key)
        try:
            yield True
        finally:
            busy.discard(key)

    async def _alone(self, work: Work, decides: Sequence[Decide]) -> list[Reply]:
        return [await decide(work, self.cause) for decide in decides]

    def _asked(self, order_ids: Sequence[str], wish: W) -> Asked[W]:
        keys = () if self.request_hash is None else (key_name(self.cause),)
        return Asked(wish, self.cause, self.request_hash, frozenset((*order_ids, *keys)))


async def acting(
    request: Request,
    service: Annotated[Running, Depends(KEYED)],
    idempotency_key: Annotated[str | None, IDEMPOTENCY_KEY] = None,
) -> Acting:
    """The act of a writing request; its cause is the Idempotency-Key, or the request itself."""
    target, trace = f"{request.method} {request.scope['path']}", read_traceparent(request.headers.get("traceparent"))
    if idempotency_key is None:
        return Acting(service, Cause(f"{target} {uuid4()}", datetime.now(UTC), trace), None)
    request_hash = sha256(target.encode() + b"\n" + await request.body()).digest()
    cause = Cause(f"idempotency-key {idempotency_key}", datetime.now(UTC), trace)
    return Acting(service, cause, request_hash, by_key=True)


@dataclass(frozen=True)
class Reading:
    """Reads of this request, outside any transaction of events."""

    service: Running

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """All rows."""
        rows: list[asyncpg.Record] = await self.service.store.pool.fetch(sql, *values)
        return rows

    async def fetchrow(self, sql: str, *values: Any) -> asyncpg.Record | None:
        """One row, or None."""
        row: asyncpg.Record | None = await self.service.store.pool.fetchrow(sql, *values)
        return row


async def reading(service: Annotated[Running, Depends(KEYED)]) -> Reading:
    """The reads of a request that carries the key."""
    return Reading(service)


Act = Annotated[Acting, Depends(acting)]
Read = Annotated[Reading, Depends(reading)]
health = APIRouter(tags=["operation"])


@health.get("/live")
async def live(request: Request) -> JSONResponse:
    """Whether the process works: 503 when a consumer stands still that should progress, and what it waits for."""
    service = running(request)
    stuck = service.stuck()
    said = {"status": "stuck" if stuck else "ok", "service": service.name, "waits_for": stuck}
    return JSONResponse(said, 503 if stuck else 200)


@health.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """Whether the service reads its topics; 503 while it joins its groups or waits for its infrastructure."""
    waits = running(request).waits_for()
    return JSONResponse({"ready": not waits, "waits_for": waits}, 503 if waits else 200)


@health.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Prometheus' text."""
    await read_standing(running(request).store.pool)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def answer_invalid(_: Request, error: Exception) -> JSONResponse:
    """A request that does not validate: 422 with field and rule."""
    assert isinstance(error, RequestValidationError)
    problems = [
        {"field": field_path(one["loc"][1:] or one["loc"]), "rule": one["type"], "message": one["msg"]}
        for one in error.errors()
    ]
    return answer(422, {"problems": problems})


async def answer_refused(_: Request, error: Exception) -> JSONResponse:
    """What the framework refuses (no key, no such path, no such method): its status, and no detail."""
    assert isinstance(error, StarletteHTTPException)
    return answer(error.status_code, {}, error.headers)


async def answer_mistake(_: Request, __: Exception) -> JSONResponse:
    """A mistake of ours: 500, and no detail; the log has it, since it is raised again once this is said."""
    return answer(500, {})


async def answer_away(_: Request, error: Exception) -> JSONResponse:
    """The database is away: 503 and when to try again, never a 2xx."""
    if failure_of(error) is Failure.BUG:
        raise error
    return Reply.later("infrastructure_away", "the database is away", 5).response()


def field_path(parts: Sequence[str | int]) -> str:
    """A place in a JSON document, such as `lines[0].quantity`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".")
