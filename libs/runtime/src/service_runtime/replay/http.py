"""What a service tells the replay runner: what it reads, how events stand, what they would do, what became of them."""

from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from order_events.types import Count, without_nul
from service_runtime.answering import Reply
from service_runtime.decoding import Routes
from service_runtime.horizon import is_too_old
from service_runtime.http import Read
from service_runtime.reading import Handler, Place, Record
from service_runtime.replay.meaning import ByKey, ByVersion
from service_runtime.replay.rehearsing import rehearse
from service_runtime.replay.standing import REPLAY_SQL, apart, seen, unreadable, versions
from service_runtime.work import Connection


def _whole(text: str) -> str:
    if len(text) % 4:
        raise ValueError("must be whole: base64 comes by fours")
    return text


router = APIRouter(tags=["replay"])
Text = Annotated[str, Field(max_length=1000), AfterValidator(without_nul)]
Offset = Annotated[int, Field(ge=0, le=2**63 - 1)]
Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]  # to the end of the year 9999
Base64 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$"), AfterValidator(_whole)]
CLOSED = ConfigDict(extra="forbid", frozen=True)


class EventIn(BaseModel):
    """An event, by its envelope and its place; `event_id` is null where the record cannot be read."""

    model_config = CLOSED

    event_id: Text | None
    order_id: Text | None
    subject: Text = ""
    version: Count = 0
    topic: Text
    partition: Count
    offset: Offset
    timestamp: Milliseconds | None = None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.topic, self.partition, self.offset)


class StandingIn(BaseModel):
    """Events to be looked up."""

    model_config = CLOSED

    events: list[EventIn] = Field(max_length=1000)


class RecordIn(BaseModel):
    """A record as it stands in the log; bytes in base64."""

    model_config = CLOSED

    topic: Text
    partition: Count
    offset: Offset
    timestamp: Milliseconds
    key: Base64 | None
    value: Base64 | None
    headers: list[tuple[Text, Base64 | None]] = Field(max_length=1000)

    @property
    def record(self) -> Record:
        """The record."""
        key, value = (None if text is None else b64decode(text) for text in (self.key, self.value))
        headers = tuple((name, b64decode(text)) for name, text in self.headers if text is not None)
        return Record(Place(self.topic, self.partition, self.offset), key, value, headers, self.timestamp)


class RehearsalIn(BaseModel):
    """Records to be run and taken back."""

    model_config = CLOSED

    events: list[RecordIn] = Field(max_length=200)


@router.get("/replay")
async def what_replay_means(read: Read) -> JSONResponse:
    """What this service reads, and what it means for each handler and each effect that something is read again."""
    routes, worker = read.service.protocol.routes, read.service.worker
    ports = worker.ports if worker else {}
    told = {
        "service": read.service.name,
        "reads": [topic for handler in _handlers(routes) for topic in reads_of(handler)],
        "handlers": [{"reads": reads_of(one), "replay": words_of(one)} for one in _handlers(routes)],
        "effects": [
            {"kind": kind, "replay": "once per key", "by_name": port.replay.by_name} for kind, port in ports.items()
        ],
    }
    return Reply(200, told).response()


@router.post("/replay/standing")
async def standing(wanted: StandingIn, read: Read) -> JSONResponse:
    """How each of these events stands here; `not_read` where nothing here reads its topic."""
    routes = read.service.protocol.routes
    async with read.service.store.pool.acquire() as conn:
        found = await _standings(conn, wanted.events, routes, read.service.protocol.clock.now())
    return Reply(200, {"standing": found}).response()


@router.post("/replay/rehearsal")
async def rehearsal(wanted: RehearsalIn, read: Read) -> JSONResponse:
    """Run these and take it back: what would become of them, which effects would be done, what would be said."""
    told = await rehearse(read.service.protocol, [one.record for one in wanted.events])
    counts = {"outcomes": dict(told.outcomes), "effects": dict(told.effects), "says": dict(told.says)}
    return Reply(200, {**counts, "items": told.items, "reasons": sorted(set(told.reasons))[:20]}).response()


@router.get("/replay/{replay_id}/results")
async def results(
    replay_id: str, read: Read, after: Offset = 0, limit: Annotated[int, Query(ge=1, le=5000)] = 1000
) -> JSONResponse:
    """What became of the items of a job here, in the sequence in which it was known."""
    rows = await read.fetch(REPLAY_SQL.results, replay_id, after, limit)
    return Reply(200, {"results": [dict(row) for row in rows]}).response()


def _handlers(routes: Routes) -> list[Handler]:
    own = {id(route.handler): route.handler for route in routes.own.values()}
    return [*own.values(), *routes.outside]


def reads_of(handler: Handler) -> list[str]:
    """The topics of a handler, by name or pattern."""
    return sorted([*handler.models, *handler.topics])


def words_of(handler: Handler) -> str:
    """What replay means for it, in words."""
    match handler.replay:
        case ByVersion():
            return "by version"
        case ByKey(key):
            return f"by key: {key}"
    return "not on a topic"


async def _standings(
    conn: Connection, events: Sequence[EventIn], routes: Routes, now: datetime
) -> list[dict[str, Any]]:
    ids = [one.event_id or "" for one in events]
    known = await seen(conn, [id_ for id_ in ids if id_])
    aside = await apart(conn, ids, [one.order_id or "" for one in events])
    unread = await unreadable(conn, [one.place for one in events])
    held = await versions(conn, _handlers(routes), {one.order_id for one in events if one.order_id})

    def of(one: EventIn) -> dict[str, Any]:
        if found := aside.get(one.event_id or "") or None:
            return _told(found.word, found.error_class or "business", found.reason)
        if one.event_id in known:
            return _told("done")
        if row := unread.get(one.place):
            return _told("parked" if row.state == "parked" else "done", row.error_class, row.reason)
        return _told(_unseen(one, routes, held.get(one.subject, 0), now))

    return [of(one) for one in events]


def _unseen(one: EventIn, routes: Routes, held: int, now: datetime) -> str:
    """An event that the inbox does not hold; a thing held at its very version was taken over by a recovery."""
    outside = routes.outside_of(one.topic)
    if not outside and one.topic not in routes.own and not _is_read(one.topic, routes):
        return "not_read"
    if outside and one.timestamp and is_too_old(datetime.fromtimestamp(one.timestamp / 1000, tz=UTC), now):
        return "too_old"
    if held and held >= one.version:
        return "superseded" if held > one.version else "done"
    return "never_seen"


def _is_read(topic: str, routes: Routes) -> bool:
    return any(fnmatchcase(topic, name) for handler in _handlers(routes) for name in reads_of(handler))


def _told(word: str, error_class: str | None = None, reason: str | None = None) -> dict[str, Any]:
    return {"standing": word, "error_class": error_class, "reason": (reason or "").partition("\n")[0] or None}
