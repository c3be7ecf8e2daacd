"""The operators' side of a service: what is parked, what is done about it, and the brake."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from order_events.types import Line, without_nul
from service_runtime import operating
from service_runtime.amending import AmendmentError, changed
from service_runtime.answering import Reply
from service_runtime.http import Act, Read
from service_runtime.operating import By, Row
from service_runtime.postgres import SQL
from service_runtime.reading import REPLAYS
from service_runtime.running import Running

router = APIRouter(tags=["parked"])
State = Literal["parked", "retried", "amended", "discarded"]
Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(without_nul)]
Why = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(without_nul)]
RowId = Annotated[int, Field(ge=0, le=2**63 - 1)]
NOT_THERE = Reply.problem(404, "parked_id", "exists", "nothing was parked under this number")


class ActIn(BaseModel):
    """Who acts, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actor: Name
    reason: Why | None = None

    @property
    def by(self) -> By:
        """As the act is written down."""
        return By(self.actor, self.reason)


class ReasonedIn(ActIn):
    """An act that needs a reason."""

    reason: Why


class AmendIn(ReasonedIn):
    """What is set in the JSON value, by path (`lines.0.quantity`); or a whole new value; and headers."""

    set: dict[str, Any] = Field(default_factory=dict, max_length=100)
    value: str | None = Field(default=None, max_length=1_048_576)
    headers: dict[str, str] = Field(default_factory=dict, max_length=30)

    @model_validator(mode="after")
    def _one_way(self) -> "AmendIn":
        if self.value is not None and self.set:
            raise ValueError("set changes the value there is, value replaces it: give one of them")
        if self.value is None and not self.set and not self.headers:
            raise ValueError("give set, value or headers")
        return self


@router.get("/parked")
async def parked(
    read: Read,
    state: Annotated[list[State], Query()] = ["parked"],  # noqa: B006 - FastAPI copies it
    error_class: Line | None = None,
    after: RowId = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """What is parked, oldest first."""
    rows = await read.fetch(SQL.parked_of, state, after, limit, error_class)
    return Reply(200, {"parked": [_told(dict(row)) for row in rows]}).response()


@router.get("/parked/{parked_id}")
async def parked_one(parked_id: RowId, read: Read) -> JSONResponse:
    """One of them whole: its record byte for byte, why it is parked, what waits behind it, what was done about it."""
    row = await _row(read, parked_id)
    return (await _whole(read, row) if row else NOT_THERE).response()


@router.post("/parked/{parked_id}/retry")
async def retry(parked_id: RowId, wanted: ActIn, act: Act, read: Read) -> JSONResponse:
    """Run it again; it keeps its place before what waits behind it."""
    row = await _row(read, parked_id)
    if row is None:
        return NOT_THERE.response()
    if row.parked.event_id is None and row.parked.record.place.topic.endswith(REPLAYS):
        return Reply.problem(
            409, "parked_id", "signed", "nobody who may has ordered it: replay the original"
        ).response()
    event = row.readable(_routes(act.service)) if row.parked.event_id is None else None
    if isinstance(event, str):
        return Reply.problem(409, "parked_id", "readable", f"it cannot be read yet: {event}").response()
    order_id = event.order_id if event else str(row.parked.order_id)
    reply = await act.once([order_id], lambda work, _: operating.retry(work, row, event, wanted.by))
    return reply.response()


@router.post("/parked/{parked_id}/amend")
async def amend(parked_id: RowId, wanted: AmendIn, act: Act, read: Read) -> JSONResponse:
    """Run a mended copy in its place: a new event, whose cause is the parked one."""
    row = await _row(read, parked_id)
    if row is None:
        return NOT_THERE.response()
    routes = _routes(act.service)
    try:
        value = wanted.value.encode() if wanted.value is not None else changed(row.parked.record.value, wanted.set)
    except AmendmentError as error:
        return Reply.problem(422, "set", "path", str(error)).response()
    event = row.readable(routes, row.amended(routes, value, wanted.headers))
    if isinstance(event, str):
        return Reply.problem(422, "set", "readable", f"amended so, it cannot be read: {event}").response()
    detail = {"set": sorted(wanted.set), "headers": sorted(wanted.headers), "whole": wanted.value is not None}
    orders = sorted({event.order_id, row.parked.order_id or event.order_id})
    reply = await act.once(orders, lambda work, _: operating.amend(work, row, event, wanted.by, detail))
    return reply.response()


@router.post("/parked/{parked_id}/discard")
async def discard(parked_id: RowId, wanted: ReasonedIn, act: Act, read: Read) -> JSONResponse:
    """Never run it; what waits behind it goes on."""
    row = await _row(read, parked_id)
    if row is None:
        return NOT_THERE.response()
    orders = [row.parked.order_id] if row.parked.order_id else []
    return (await act.once(orders, lambda work, _: operating.discard(work, row, wanted.by))).response()


@router.get("/brake")
async def brake(read: Read) -> JSONResponse:
    """Whether a release is stopped, and why."""
    row = await read.fetchrow(SQL.brake)
    paused = {topic: left for one in read.service.subscribers for topic, left in one.holding.paused.items()}
    return Reply(200, {"braked": dict(row) if row else None, "paused_topics": paused}).response()


@router.post("/brake/resume")
async def resume(wanted: ReasonedIn, act: Act) -> JSONResponse:
    """Lift the brake: this release reads on."""
    reply = await act.once([], lambda work, _: operating.resume(work, wanted.by))
    await act.service.brake.look()
    return reply.response()


def _routes(service: Running) -> Any:
    return service.protocol.routes


async def _row(read: Read, parked_id: int) -> Row | None:
    row = await read.fetchrow(SQL.parked_one, parked_id)
    return Row.of(row) if row else None


async def _whole(read: Read, row: Row) -> Reply:
    record, order_id = row.parked.record, row.parked.order_id
    waiting = await read.fetch(SQL.queued, order_id) if order_id else []
    acts = await read.fetch(SQL.acts_on, row.parked_id)
    body = {
        "parked_id": row.parked_id,
        "state": row.state,
        "error_class": row.parked.error_class,
        "reason": row.parked.reason,
        "event_id": row.parked.event_id,
        "order_id": order_id,
        "times": row.times,
        "parked_at": row.parked_at.isoformat(),
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
        "topic": record.place.topic,
        "partition": record.place.partition,
        "offset": record.place.offset,
        "recorded_at_ms": record.timestamp,
        "key": _text(record.key),
        "value": _text(record.value),
        "value_hex": record.value.hex() if record.value and _text(record.value) is None else None,
        "headers": [[name, (text or b"").decode(errors="replace")] for name, text in record.headers],
        "waiting_behind": [one["event_id"] for one in waiting if one["event_id"] != row.parked.event_id],
        "acts": [_told(dict(one)) for one in acts],
    }
    return Reply(200, body)


def _text(value: bytes | None) -> str | None:
    """As text; None when it is none."""
    try:
        return value.decode() if value is not None else None
    except UnicodeDecodeError:
        return None


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items()}
