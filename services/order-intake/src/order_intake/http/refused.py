"""Looks at what was refused, by whichever door, and tries it again after a fix."""

from base64 import b64encode
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from order_events import Cause
from order_intake.domain.booking import Delivery, Taken
from order_intake.domain.reading import BITS
from order_intake.doors import read_again, shop_of, take
from order_intake.http.orders import answered
from order_intake.http.shapes import PROBLEMS, UNKNOWN, OrderTaken
from order_intake.http.shopify import take_bit
from order_intake.store import refused as rows
from order_intake.store.shops import registry
from service_runtime import Act, Read, Reply, Work

router = APIRouter(tags=["refused"])


@router.get("/refused", response_model=dict[str, Any])
async def list_refused(read: Read, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> JSONResponse:
    """What was refused last, newest first, by either door."""
    return JSONResponse({"refused": await rows.newest(read, limit)})


@router.get("/refused/{refused_id}", response_model=dict[str, Any], responses=UNKNOWN)
async def show_refused(refused_id: UUID, read: Read) -> JSONResponse:
    """One refused body as it came, with its headers: as text, or in base64 where it is no UTF-8."""
    found = await rows.one(read, refused_id)
    if found is None:
        return Reply.problem(404, "refused_id", "unknown", f"nothing was refused under {refused_id}").response()
    raw = found.pop("raw")
    return JSONResponse({**found, **_shown(raw)})


@router.post("/refused/{refused_id}/retry", response_model=OrderTaken, responses={**PROBLEMS, **UNKNOWN})
async def retry_refused(refused_id: UUID, read: Read, act: Act) -> JSONResponse:
    """Read it once more, by today's rules, as if it came now; refused again it is kept under another id."""
    found = await rows.one(read, refused_id)
    if found is None:
        return Reply.problem(404, "refused_id", "unknown", f"nothing was refused under {refused_id}").response()
    headers, door, known = found["headers"], found["door"], await registry(read)
    reading = read_again(door, found["raw"], known)
    kept = [(name, value.encode()) for name, value in headers]
    again = Delivery(door, ("refused", str(refused_id)), kept, found["raw"], reading, act.cause)
    if (topic := dict(map(tuple, headers)).get("x-shopify-topic")) in BITS:
        return (await take_bit(act, shop_of(door, known), topic, again)).response()

    async def decide(work: Work, _: Cause) -> Reply:
        [answer] = await take(work, [again])
        if isinstance(answer, Taken):
            await rows.retaken(work.conn, refused_id, answer.order_id)
        return answered(answer)

    return (await act.once([reading.order_id], decide)).response()


def _shown(raw: bytes) -> dict[str, str]:
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw_base64": b64encode(raw).decode()}
