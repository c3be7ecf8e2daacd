"""Projections over HTTP: which there are, have one rebuilt, how far it is."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from order_events.types import without_nul
from service_runtime.answering import Reply
from service_runtime.archive.reading import Archive
from service_runtime.http import KEYED
from service_runtime.operating import By
from service_runtime.replay.projections import Projection
from service_runtime.replay.rebuilding import Place, UnderWayError, begin, state_of
from service_runtime.running import Running

router = APIRouter(tags=["projections"])
Keyed = Annotated[Running, Depends(KEYED)]
SHARE = 0.5  # of the time a piece took, waited after it
SHARE_BEHIND = 4.0  # the same while live handling lags: then a fifth of the time is the rebuild's
BEHIND = 250  # records


class Rebuild(BaseModel):
    """Under which job, on whose word, and why."""

    model_config = ConfigDict(extra="forbid")

    replay_id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    actor: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(without_nul)]
    reason: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(without_nul)]


@router.get("/projections", response_model=dict[str, Any])
async def list_projections(service: Keyed) -> JSONResponse:
    """What can be rebuilt here: tables, and the topics they are filled from."""
    told = [{"name": one.name, "tables": one.tables, "topics": one.topics} for one in service.projections]
    return JSONResponse({"projections": told})


@router.post("/projections/{name}/rebuild", response_model=dict[str, Any], status_code=202)
async def rebuild(name: str, asked: Rebuild, service: Keyed) -> JSONResponse:
    """Begin to fill it anew, beside the live one; 200 where this job did so before, 409 while another job does."""
    projection = _projection(service, name)
    if projection is None:
        return _unknown(name)
    try:
        begun = await begin(_place(service), projection, asked.replay_id, By(asked.actor, asked.reason))
    except UnderWayError:
        state = await _state(service, name)
        if state.get("replay_id") == asked.replay_id:  # who asked died before it could write so
            return JSONResponse(state, 202)
        return Reply.problem(409, "name", "under_way", f"{name} is being rebuilt").response()
    if begun is None:
        return JSONResponse(await _state(service, name))
    service.loops.append(asyncio.create_task(begun.run()))
    return JSONResponse(await _state(service, name), 202)


@router.get("/projections/{name}", response_model=dict[str, Any])
async def show(name: str, service: Keyed) -> JSONResponse:
    """How its last rebuild stands."""
    if _projection(service, name) is None:
        return _unknown(name)
    return JSONResponse(await _state(service, name))


async def _state(service: Running, name: str) -> dict[str, Any]:
    return {"name": name, **await state_of(service.store.pool, name)}


def _projection(service: Running, name: str) -> Projection | None:
    return next((one for one in service.projections if one.name == name), None)


def _unknown(name: str) -> JSONResponse:
    return Reply.problem(404, "name", "unknown", f"there is no projection {name}").response()


def _place(service: Running) -> Place:
    settings = service.settings

    def pause_s(took: float) -> float:
        return took * (SHARE_BEHIND if _behind(service) > BEHIND else SHARE)

    archive = Archive(settings.archive) if settings.archive else None
    return Place(
        service.name, settings.database_url, settings.kafka_bootstrap_servers, settings.topic_prefix, pause_s, archive
    )


def _behind(service: Running) -> int:
    """How many records wait to be handled live, as far as its consumers know."""
    waiting = 0
    for one in service.subscribers:
        for part in one.assigned():
            end = one.consumer.highwater(one.offsets.name(part)) if one.consumer else None
            waiting += max(0, (end or 0) - one.course.next.get(part, end or 0))
    return waiting
