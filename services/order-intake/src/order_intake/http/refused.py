"""Looks at what was refused, by either door."""

from base64 import b64encode
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from order_intake import store
from order_intake.http.shapes import UNKNOWN
from service_runtime import Read, Reply

router = APIRouter(tags=["refused"])


@router.get("/refused", response_model=dict[str, Any])
async def list_refused(read: Read, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> JSONResponse:
    """What was refused last, newest first, by either door."""
    return JSONResponse({"refused": await store.newest_refused(read, limit)})


@router.get("/refused/{refused_id}", response_model=dict[str, Any], responses=UNKNOWN)
async def show_refused(refused_id: UUID, read: Read) -> JSONResponse:
    """One refused body as it came, with its headers: as text, or in base64 where it is no UTF-8."""
    found = await store.refused(read, refused_id)
    if found is None:
        return Reply.problem(404, "refused_id", "unknown", f"nothing was refused under {refused_id}").response()
    raw = found.pop("raw")
    return JSONResponse({**found, **_shown(raw)})


def _shown(raw: bytes) -> dict[str, str]:
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw_base64": b64encode(raw).decode()}
