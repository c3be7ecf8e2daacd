"""What a service said, by topic, time and order; and to have it said again."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from order_events.types import without_nul
from service_runtime.answering import Reply
from service_runtime.http import KEYED, Read
from service_runtime.parked_http import ReasonedIn
from service_runtime.replay.republishing import Order, period_of, republish
from service_runtime.replay.said import Cursor, CursorError, Period, Said, can_be_said_again, page
from service_runtime.running import Running

router = APIRouter(tags=["replay"])
Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(without_nul)]
Id = Annotated[str, Field(pattern=r"^[!-~]{1,128}$")]
ReplayId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


class SaidIn(BaseModel):
    """Which of a topic's events are wanted: said from `since` up to `until`, of these orders; page by page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: Text
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    order_ids: list[Text] | None = Field(default=None, max_length=10_000)
    after: Annotated[str, Field(max_length=2000)] | None = None
    limit: int = Field(default=1000, ge=1, le=1000)


class RepublishIn(ReasonedIn):
    """Which events are said again. With `since` and `until`, the times at which they were said, they are found at once;
    without, all that was said since the oldest of them was caused is looked through.
    """

    topic: Text
    event_ids: list[Id] = Field(min_length=1, max_length=500)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@router.post("/replay/said")
async def said(wanted: SaidIn, read: Read) -> JSONResponse:
    """What was said, in its sequence. A page may be empty though more come: ask on until `next` is null."""
    if not can_be_said_again(wanted.topic):
        return _never(wanted.topic).response()
    period = Period.of(wanted.since, wanted.until)
    try:
        after = Cursor.read(wanted.after) if wanted.after else Cursor.before(period)
    except CursorError:
        return Reply.problem(422, "after", "cursor", "it is no cursor that this service gave").response()
    keys = None if wanted.order_ids is None else {order_id.encode() for order_id in wanted.order_ids}
    async with read.service.store.pool.acquire() as conn:
        rows, next_ = await page(conn, period, after, lambda one: _is(one, wanted.topic, keys), wanted.limit)
    return Reply(200, {"rows": [_told(row) for row in rows], "next": next_ and next_.text}).response()


def _is(one: Said, topic: str, keys: set[bytes] | None) -> bool:
    return one.topic == topic and (keys is None or one.key in keys)


def _told(one: Said) -> dict[str, Any]:
    key = None if one.key is None else one.key.decode(errors="replace")
    return {"event_id": one.event_id, "key": key, "at": one.at.isoformat()}


def _never(topic: str) -> Reply:
    return Reply.problem(422, "topic", "said_again", f"{topic} is never said again from here")


@router.post("/replay/{replay_id}/republish")
async def republish_these(
    replay_id: ReplayId, wanted: RepublishIn, service: Annotated[Running, Depends(KEYED)]
) -> JSONResponse:
    """Say these events again, the same ids and bytes; each once per job, however often it is asked."""
    if not can_be_said_again(wanted.topic):
        return _never(wanted.topic).response()
    ids: Sequence[str] = list(dict.fromkeys(wanted.event_ids))
    period = period_of(ids, wanted.since, wanted.until)
    order = Order(replay_id, "republish", wanted.by)
    done = await republish(service.protocol, service.store, order, wanted.topic, ids, period)
    body = {"republished": done.republished, "before": done.before, "missing": list(done.missing)}
    return Reply(200, body).response()
