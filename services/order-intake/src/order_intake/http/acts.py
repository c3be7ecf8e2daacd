"""What operators do to an order that is held: edit it, hold it, release a hold. Written down with who and why."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from order_events import (
    Cause,
    CheckoutLine,
    Customer,
    Destination,
    Event,
    Hold,
    Instructions,
    Problem,
    Promise,
    Shipping,
    ShipTo,
    Wishes,
    event_id,
)
from order_events.types import Count, Id, Line, Text, Time
from order_intake import store
from order_intake.domain import acting
from order_intake.domain.acting import UnitsWanted, unknown_lines, with_units
from order_intake.domain.cancelling import Changed, OrderState
from order_intake.domain.causes import HoldReason
from order_intake.domain.checkouts import line_of
from order_intake.domain.codes import folded
from order_intake.domain.editing import Same, TooLate, Word, edit
from order_intake.domain.policy import with_policy
from order_intake.domain.rules import broken_rules
from order_intake.domain.shipments import units_shipped
from order_intake.http.shapes import PROBLEMS, UNKNOWN
from order_intake.http.sized import SizedRoute
from order_intake.store.shops import shops_of
from order_intake.timers import hold_key, hold_timer
from service_runtime import Act, Reply, Work

router = APIRouter(route_class=SizedRoute, tags=["orders"])
LONGEST_HOLD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was asked for breaks a rule."""

    problems: tuple[Problem, ...]


Decision = Changed | Same | TooLate | Wrong
Decide = Callable[[Work, OrderState], Awaitable[Decision]]
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"description": "It is too late, by field"}}


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor: Annotated[Line, Field(min_length=1)] = "api"


class LineUnits(BaseModel):
    """How many units of a line are wanted from now on; none takes the line away."""

    model_config = ConfigDict(extra="forbid")

    line_id: Id
    quantity: Count


class EditOrder(_Said):
    """What an order says from now on; what is not named stays."""

    reason: Annotated[Text, Field(min_length=1)]
    lines: Annotated[tuple[LineUnits, ...], Field(max_length=1000)] = ()
    add: Annotated[tuple[CheckoutLine, ...], Field(max_length=1000)] = ()
    customer: Customer | None = None
    destination: Destination | None = None
    ship_to: ShipTo | None = None
    shipping: Shipping | None = None
    wishes: Wishes | None = None
    instructions: Instructions | None = None
    promise: Promise | None = None


class HoldOrder(BaseModel):
    """Why an order, or some of its lines, must not leave yet; an owner may have ten."""

    model_config = ConfigDict(extra="forbid")

    reason: HoldReason
    owner: Annotated[Line, Field(min_length=1)]
    note: Text | None = None
    expires_at: Time | None = None
    line_ids: Annotated[tuple[Id, ...], Field(max_length=1000)] = ()


class ReleaseHold(_Said):
    """Who releases a hold, and what is to be said of it."""

    note: Text | None = None


class OrderActed(BaseModel):
    """The version the order is at now, and where it differs from the one before; nowhere where nothing changed."""

    order_id: str
    name: str
    version: int
    fields: list[str]
    hold_id: str | None = None


@router.post("/orders/{order_id}/edits", response_model=OrderActed, responses={**PROBLEMS, **UNKNOWN, **CONFLICT})
async def edit_order(order_id: Id, asked: EditOrder, act: Act) -> JSONResponse:
    """Give an order its next version; refused, line by line, for what has left."""

    async def decide(work: Work, held: OrderState) -> Decision:
        shipments = await store.shipments_of(work.conn, [order_id])
        released = await store.released_holds(work.conn, [order_id])
        named = ("customer", "destination", "ship_to", "shipping", "wishes", "instructions", "promise")
        facts = {name: value for name in named if (value := getattr(asked, name)) is not None}
        units, added = [UnitsWanted(one.line_id, one.quantity) for one in asked.lines], list(map(line_of, asked.add))
        wanted = held.order.model_copy(update={**facts, "lines": with_units(held.order, units, added)})
        if wrong := [*unknown_lines(held.order, units, added), *broken_rules(wanted)]:
            return Wrong(tuple(wrong))
        code = folded(held.order.shop)
        shop = (await shops_of(work.conn, [code]))[code]
        wanted = with_policy(wanted, shop, work.now, held.order, released.get(order_id, ()))
        outcome = edit(held, wanted, units_shipped(shipments[order_id]), Word(asked.actor, asked.reason))
        if isinstance(outcome, Changed):
            await store.diverge(work.conn, [order_id])
        return outcome

    return await _acted(act, order_id, decide, "edit", asked.actor, asked.reason)


@router.post(
    "/orders/{order_id}/holds",
    status_code=201,
    response_model=OrderActed,
    responses={**PROBLEMS, **UNKNOWN, **CONFLICT},
)
async def hold_order(order_id: Id, asked: HoldOrder, act: Act) -> JSONResponse:
    """Hold an order: it keeps its stock and its place, and nothing of it leaves until its last hold goes."""

    async def decide(work: Work, held: OrderState) -> Decision:
        hold_id = event_id(act.cause.id, act.cause.time, "hold", order_id, 1)
        until = min(asked.expires_at, work.now + LONGEST_HOLD) if asked.expires_at else None
        outcome = acting.hold(held, Hold(hold_id=hold_id, at=work.now, **{**asked.model_dump(), "expires_at": until}))
        if until and isinstance(outcome, Changed):
            work.set_timer(hold_timer(order_id, hold_id, until))
        return outcome

    return await _acted(act, order_id, decide, "hold", asked.owner, asked.note)


@router.post("/orders/{order_id}/holds/{hold_id}/release", response_model=OrderActed, responses={**PROBLEMS, **UNKNOWN})
async def release_hold(order_id: Id, hold_id: Id, asked: ReleaseHold, act: Act) -> JSONResponse:
    """Release one hold, named by its id; one that set itself does not come again for the same cause."""

    async def decide(work: Work, held: OrderState) -> Decision:
        outcome = acting.release(held, hold_id, asked.actor, asked.note)
        if isinstance(outcome, Changed):
            work.clear_timer(hold_key(order_id, hold_id))
            await store.remember_released(work.conn, order_id, hold_id, asked.actor, work.now)
        return outcome

    return await _acted(act, order_id, decide, "release", asked.actor, asked.note)


async def _acted(act: Act, order_id: str, decide: Decide, name: str, actor: str, reason: str | None) -> JSONResponse:
    """Decide under the order's lock; what changes is written with its audit row, and said."""

    async def decided(work: Work, cause: Cause) -> Reply:
        held = await store.order_state(work.conn, order_id)
        if held is None:
            return Reply.problem(404, "order_id", "unknown", f"there is no order {order_id}")
        outcome = await decide(work, held)
        if isinstance(outcome, TooLate | Wrong):
            told = [one.model_dump() for one in outcome.problems]
            return Reply(422 if isinstance(outcome, Wrong) else 409, {"problems": told})
        await store.write_act(work.conn, name, actor, reason, order_id)
        if isinstance(outcome, Changed):
            await store.change_orders(work.conn, [outcome], work.now)
            work.emit(Event(outcome.event, outcome.state.version, cause))
        return _answer(name, held, outcome)

    return (await act.once([order_id], decided)).response()


def _answer(name: str, held: OrderState, outcome: Changed | Same) -> Reply:
    state = outcome.state if isinstance(outcome, Changed) else held
    fields = list(outcome.event.fields) if isinstance(outcome, Changed) else []
    before = {one.hold_id for one in held.order.holds}
    new = next((one.hold_id for one in state.order.holds if one.hold_id not in before), None)
    answer = OrderActed(
        order_id=state.order.order_id, name=state.order.name, version=state.version, fields=fields, hold_id=new
    )
    return Reply(201 if name == "hold" else 200, answer.model_dump(mode="json"))
