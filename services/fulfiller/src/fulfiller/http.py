"""What the fulfiller serves: the bench's work, and its packages."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fulfiller import store
from fulfiller.domain.bench import Barred, Left, LeftBefore, Wish, pack
from fulfiller.domain.fulfilment import advance, why_barred
from fulfiller.domain.packing import Wanted
from fulfiller.domain.saying import body_of, events_of
from fulfiller.domain.shipment import Shipment
from fulfiller.domain.transitions import actions
from order_events import Cause, ShipmentStatus, order_of_shipment
from order_events.types import Id, Line, Quantity, known
from service_runtime import Act, Read, Reply, Work, json_of

router = APIRouter(tags=["fulfilment"])
KnownId = Annotated[str, Path(pattern=r"^[!-~]{1,128}$")]


class UnitsAsked(BaseModel):
    """Units of a line in a package."""

    model_config = ConfigDict(extra="forbid")

    line_id: Id
    quantity: Quantity


class PackageAsked(BaseModel):
    """A package the bench packed: no lines means all open units, no id means the next."""

    model_config = ConfigDict(extra="forbid")

    package_id: Id | None = None
    lines: Annotated[tuple[UnitsAsked, ...], Field(min_length=1, max_length=1000)] | None = None
    carrier: Line | None = None
    number: Line | None = None

    def wish(self) -> Wish:
        """The same as the domain takes it."""
        lines = [Wanted(one.line_id, None, one.quantity) for one in self.lines or ()]
        return Wish(self.package_id, lines, self.carrier, self.number)


@router.post("/shipments/{shipment_id}/packages", status_code=201)
async def ship_package(shipment_id: KnownId, asked: PackageAsked, act: Act) -> JSONResponse:
    """Let a package of a manual shipment leave, at once; 409 with what is allowed where it may not."""
    order_id = order_of_shipment(shipment_id)

    async def decide(work: Work, cause: Cause) -> Reply:
        held = await store.held_of(work.conn, [order_id])
        shipment = _found(held, order_id, shipment_id)
        if shipment is None:
            return Reply.problem(404, "shipment_id", "unknown_shipment", "there is no shipment of this id")
        return await _packed(work, cause, held, shipment, asked.wish())

    return (await act.once([order_id], decide)).response()


async def _packed(work: Work, cause: Cause, held: store.Held, shipment: Shipment, wish: Wish) -> Reply:
    order, decision = held.orders[shipment.order_id], held.decisions[shipment.order_id]
    barred = why_barred(order, decision, shipment)
    match pack(shipment, wish, work.now, barred=barred):
        case Barred(problems):
            said = [problem.model_dump() for problem in problems]
            return Reply(409, {"problems": said, "actions": actions(shipment, barred=barred is not None)})
        case LeftBefore(package_id):
            return _answer(200, shipment, package_id)
        case Left(acted, package_id):
            mine = held.shipments[shipment.order_id]
            changes = advance(
                order, decision, mine, [acted if one.shipment_id == acted.shipment_id else one for one in mine]
            )
            await store.save(work.conn, held.shipments, changes.shipments)
            work.emit_all(events_of(changes, cause))
            now = next(one for one in changes.shipments if one.shipment_id == acted.shipment_id)
            return _answer(201, now, package_id)


def _answer(status: int, shipment: Shipment, package_id: str) -> Reply:
    body = {
        "shipment_id": shipment.shipment_id,
        "package_id": package_id,
        "version": shipment.version,
        "status": shipment.status,
        "open_units": shipment.open_units,
    }
    return Reply(status, body)


@router.get("/shipments")
async def list_shipments(
    read: Read,
    location_id: Annotated[str, Query(pattern=r"^[!-~]{1,128}$")],
    status: Annotated[ShipmentStatus, AfterValidator(known)] | None = None,
    ready: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> dict[str, Any]:
    """What a location has to do, oldest first; with `ready` only what its bench can pack now."""
    shipments = await store.work_at(read, location_id, status, limit, ready=ready)
    return {"shipments": await _shown(read, shipments)}


@router.get("/shipments/{shipment_id}")
async def show_shipment(shipment_id: KnownId, read: Read) -> JSONResponse:
    """One shipment, whole, with the actions it allows now."""
    shipments = await store.shipments_of(read, [order_of_shipment(shipment_id)])
    named = [one for ones in shipments.values() for one in ones if one.shipment_id == shipment_id]
    if not named:
        return Reply.problem(404, "shipment_id", "unknown_shipment", "there is no shipment of this id").response()
    return JSONResponse((await _shown(read, named))[0])


@router.get("/orders/{order_id}")
async def show_order(order_id: KnownId, read: Read) -> JSONResponse:
    """An order's shipments, oldest first."""
    held = await store.held_of(read, [order_id])
    if order_id not in held.orders and order_id not in held.decisions:
        return Reply.problem(404, "order_id", "unknown_order", "there is no order of this id").response()
    shipments = await _shown(read, held.shipments.get(order_id, []))
    return JSONResponse({"order_id": order_id, "shipments": shipments})


def _barred(held: store.Held, shipment: Shipment) -> str | None:
    return why_barred(held.orders[shipment.order_id], held.decisions[shipment.order_id], shipment)


def _found(held: store.Held, order_id: str, shipment_id: str) -> Shipment | None:
    return next((one for one in held.shipments.get(order_id, ()) if one.shipment_id == shipment_id), None)


async def _shown(read: Read, shipments: list[Shipment]) -> list[dict[str, Any]]:
    """Shipments as their event says them, with version and actions."""
    order_ids = sorted({one.order_id for one in shipments})
    held = await store.held_of(read, order_ids)
    return [
        {
            **json.loads(json_of(body_of(one))),
            "version": one.version,
            "actions": actions(one, barred=_barred(held, one) is not None),
        }
        for one in shipments
    ]
