"""Reads accepted orders anew by today's rules: how each would differ, and the next version of those that do."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from order_events import Cause, Event
from order_events.types import Id, Line, Text, Time
from order_intake import store
from order_intake.domain.cancelling import Changed
from order_intake.domain.problems import sayable_headers
from order_intake.domain.reinterpreting import (
    Differs,
    NotReadable,
    OtherUnits,
    Reinterpreted,
    Same,
    apply,
    dispatched,
    reinterpret,
)
from order_intake.domain.shipments import ShipmentState
from order_intake.doors import read_again
from order_intake.http.shapes import UNKNOWN
from order_intake.store import raw_inputs, shops
from order_intake.store.raw_inputs import RawOrder, Result
from order_intake.store.shops import Registry
from service_runtime import Act, Read, Reply, Work

router = APIRouter(tags=["reinterpret"])
ReplayId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$", description="The job's id: an order is done once per job")]
OTHER_UNITS = "today's reading is of other goods: cancel the order, and take it under another source_id"
NOT_KEPT, NOT_THERE = "no_raw_input", "no_order"
WHY = {NOT_KEPT: "what it was made of is kept no more", NOT_THERE: "there is no such order"}
Shipments = Mapping[str, Sequence[ShipmentState]]


class Orders(BaseModel):
    """Which orders."""

    model_config = ConfigDict(extra="forbid")

    order_ids: Annotated[list[Id], Field(min_length=1, max_length=200)]


class Reinterpret(Orders):
    """Which orders, on whose word, and why."""

    actor: Annotated[Line, Field(min_length=1)]
    reason: Annotated[Text, Field(min_length=1)]


@router.post("/reinterpretations/preview", response_model=dict[str, Any])
async def preview(asked: Orders, read: Read) -> JSONResponse:
    """How each order would differ if its checkout were read today; nothing is written. What has left would stay."""
    found = await raw_inputs.of(read, asked.order_ids)
    shipments = await store.shipments_of(read, list(found))
    registry = await shops.registry(read)
    return JSONResponse({"orders": [_previewed(id_, found.get(id_), shipments, registry) for id_ in asked.order_ids]})


def _today(held: RawOrder, registry: Registry) -> Reinterpreted:
    """What an order would be if what it was made of were read today, as its door reads it."""
    if held.changed_here:
        return NotReadable("it was changed here since it was accepted")
    assert held.raw is not None
    return reinterpret(read_again(held.door, held.raw, registry), held.state.order)


def _previewed(order_id: str, held: RawOrder | None, shipments: Shipments, registry: Registry) -> dict[str, Any]:
    if held is None:
        return _shown(order_id, NOT_THERE)
    order = held.state.order
    left = [asdict(one) for one in dispatched(order, shipments.get(order_id, ()))]
    known = {"name": order.name, "version": held.state.version, "dispatched": left}
    if held.raw is None:
        return _shown(order_id, NOT_KEPT, **known)
    match _today(held, registry):
        case Differs(diff):
            return _shown(order_id, "differs", **known, diff=[asdict(one) for one in diff])
        case OtherUnits(diff):
            return _shown(order_id, "differs", **known, diff=[asdict(one) for one in diff], refused=OTHER_UNITS)
        case Same():
            return _shown(order_id, "same", **known)
        case NotReadable(why):
            return _shown(order_id, "cannot_be_read", **known, refused=why)


def _shown(order_id: str, standing: str, **more: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"name": None, "version": None, "diff": [], "dispatched": [], "refused": None}
    return {"order_id": order_id, "standing": standing} | nothing | more


@router.post("/replay/{replay_id}/reinterpret", response_model=dict[str, Any])
async def apply_today(replay_id: ReplayId, asked: Reinterpret, act: Act) -> JSONResponse:
    """Give each order that reads differently today its next version, once per job; asked again, the answer is the same.

    What has left is not undone: it is named in the order's `reason`.
    """
    order_ids = sorted(set(asked.order_ids))

    async def decide(work: Work, cause: Cause) -> Reply:
        held = await raw_inputs.of(work.conn, order_ids)
        shipments = await store.shipments_of(work.conn, list(held))
        registry = await shops.registry(work.conn)
        decided = [_decided(id_, held.get(id_), shipments, asked, registry) for id_ in order_ids]
        await raw_inputs.write_act(work.conn, replay_id, order_ids, asked.actor, asked.reason)
        fresh = await raw_inputs.claim(work.conn, replay_id, [result for result, _ in decided])
        changes = [change for result, change in decided if change and result.order_id in fresh]
        await store.change_orders(work.conn, changes, work.now)
        work.emit_all(Event(one.event, one.state.version, _cause(replay_id, one, cause)) for one in changes)
        before = await raw_inputs.results(work.conn, replay_id, [id_ for id_ in order_ids if id_ not in fresh])
        versions = {id_: one.state.version for id_, one in held.items()}
        versions |= {one.state.order.order_id: one.state.version for one in changes}
        results = [before.get(result.order_id, result) for result, _ in decided]
        return Reply(200, {"results": [one._asdict() | {"version": versions.get(one.order_id)} for one in results]})

    return (await act.once(order_ids, decide)).response()


def _cause(replay_id: str, changed: Changed, request: Cause) -> Cause:
    """Of each order its own: a job says an order's version once, whatever request it comes with."""
    return Cause(f"replay {replay_id} {changed.state.order.order_id}", request.time, request.traceparent)


def _decided(
    order_id: str, held: RawOrder | None, shipments: Shipments, asked: Reinterpret, registry: Registry
) -> tuple[Result, Changed | None]:
    if held is None or held.raw is None:
        return Result(order_id, "missing", WHY[NOT_KEPT if held else NOT_THERE]), None
    order = held.state.order
    left = "; ".join(f"{one.quantity} of line {one.line_id}" for one in dispatched(order, shipments.get(order_id, ())))
    outcome = _today(held, registry)
    if isinstance(outcome, Differs):
        changed = apply(held.state, outcome.order, asked.actor, asked.reason)
        return Result(order_id, "handled", f"left as it was dispatched: {left}" if left else None), changed
    return _untouched(order_id, outcome), None


def _untouched(order_id: str, outcome: Reinterpreted) -> Result:
    match outcome:
        case NotReadable(why):
            return Result(order_id, "refused", why)
        case OtherUnits():
            return Result(order_id, "refused", OTHER_UNITS)
        case _:
            return Result(order_id, "done", "it reads the same")


@router.get("/raw-inputs", response_model=dict[str, Any])
async def list_raw_inputs(
    read: Read,
    since: Annotated[Time | None, Query(description="Taken at this time or later")] = None,
    until: Annotated[Time | None, Query(description="Taken before this time")] = None,
    after: Annotated[str | None, Query(max_length=200, description="The `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> JSONResponse:
    """Which orders came in a time and can be read anew, the oldest first."""
    since, until = since or datetime(1970, 1, 1, tzinfo=UTC), until or datetime(2199, 1, 1, tzinfo=UTC)
    try:
        cursor = _cursor(after) if after else (since, "")
    except ValueError:
        return Reply.problem(422, "after", "cursor", "it is not the `next` of a page").response()
    found = await raw_inputs.between(read, since, until, cursor, limit)
    orders = [{"order_id": order_id, "at": at.isoformat()} for at, order_id in found]
    more = f"{orders[-1]['at']} {orders[-1]['order_id']}" if len(orders) == limit else None
    return JSONResponse({"orders": orders, "next": more})


def _cursor(text: str) -> tuple[datetime, str]:
    at, _, order_id = text.partition(" ")
    return datetime.fromisoformat(at), order_id


@router.get("/raw-inputs/{order_id}", response_model=dict[str, Any], responses=UNKNOWN)
async def show_raw_input(order_id: Id, read: Read) -> JSONResponse:
    """What an order was made of, as it came: by which door, with which headers, and the body in base64."""
    found = await raw_inputs.one(read, order_id)
    if found is None:
        return Reply.problem(404, "order_id", "unknown", f"nothing is kept of {order_id}").response()
    at, kept = found
    told = {name: getattr(kept, name) for name in ("order_id", "door", "place", "cause")}
    told |= {"at": at.isoformat(), "headers": sayable_headers(kept.headers)}
    return JSONResponse({**told, "raw_base64": b64encode(kept.raw).decode()})
