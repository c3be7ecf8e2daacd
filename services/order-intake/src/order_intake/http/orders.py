"""The door for orders, their cancel, and a look at one."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from order_events import AnswerStatus, Cause, Checkout, Event
from order_events.types import Id
from order_intake import store
from order_intake.domain.booking import FIRST_VERSION, Answer, Delivery, NotTaken, Taken, number_of
from order_intake.domain.cancelling import AlreadyCancelled, AlreadyShipped, CancelWish, Changed, OrderState, cancel
from order_intake.domain.checkouts import TOO_LARGE, identity, read_checkout, shop_named
from order_intake.domain.codes import folded
from order_intake.domain.policy import warnings_of
from order_intake.domain.status import status_of
from order_intake.doors import take
from order_intake.http.posting import Posting, Posts, too_many
from order_intake.http.shapes import PROBLEMS, UNKNOWN, CancelOrder, OrderCancelled, OrderTaken, body_of
from order_intake.http.sized import SizedRoute
from service_runtime import Act, Read, Reply, Work
from service_runtime.http import Acting

DOOR = "POST /orders"
KEPT_HEADERS = ("content-type", "user-agent", "idempotency-key")  # never the key that opens the door
router = APIRouter(route_class=SizedRoute, tags=["orders"])


@router.post(
    "/orders",
    status_code=201,
    response_model=OrderTaken,
    responses={
        **PROBLEMS,
        200: {"model": OrderTaken, "description": "The same order again"},
        403: {"description": "The key or signature is of another shop"},
        409: {"description": "Another order stands under this source_id, or the Idempotency-Key is being answered"},
        429: {"description": "Too many for this shop: come again after `Retry-After` seconds"},
        503: {"description": "Not now: ask again after `Retry-After` seconds, with the same key"},
    },
    openapi_extra=body_of(Checkout),
)
async def place_order(request: Request, posts: Posts) -> JSONResponse:
    """Take an order, once; the same order again, by this door or by Kafka, gets the same answer."""
    if posts.shop and (later := too_many(posts.shop)):
        return later
    raw = await request.body()
    headers = [(name, request.headers[name].encode()) for name in KEPT_HEADERS if name in request.headers]
    return (await taken(posts, raw, headers, posts.act)).response()


async def taken(posts: Posting, raw: bytes, headers: Sequence[tuple[str, bytes]], act: Acting) -> Reply:
    """What is answered to one order's body, in one transaction with whoever posts at the same time."""
    reading = read_checkout(raw)
    if posts.shop and (refused := posts.refuses(shop_named(reading, raw))):
        return refused
    return await act.together([reading.order_id], Delivery(DOOR, "", headers, raw, reading, act.cause), take_all)


async def take_all(work: Work, deliveries: Sequence[Delivery]) -> list[Reply]:
    """Take the orders of requests that came together, and answer each."""
    return [answered(answer) for answer in await take(work, deliveries)]


def answered(answer: Answer) -> Reply:
    """The answer to an order, by HTTP."""
    match answer:
        case Taken(order_id, _, name, repeated, status, version, held):
            taken = OrderTaken(
                order_id=order_id, name=name, version=version, repeated=repeated, status=status, held=list(held)
            )
            is_new = not repeated and status is not AnswerStatus.CHANGED
            return Reply(201 if is_new else 200, taken.model_dump(mode="json"))
        case NotTaken(refused_id, _, problems, conflict):
            told = [problem.model_dump() for problem in problems]
            code = 409 if conflict else 413 if problems[0].rule == TOO_LARGE else 422
            return Reply(code, {"problems": told, "refused_id": refused_id})


@router.post(
    "/orders/{order_id}/cancel",
    response_model=OrderCancelled,
    responses={
        **PROBLEMS,
        **UNKNOWN,
        409: {"description": "Everything has left"},
    },
)
async def cancel_order(order_id: Id, asked: CancelOrder, act: Act) -> JSONResponse:
    """Cancel of an order what has not left; asked again, the answer is the first one's."""

    async def decide(work: Work, cause: Cause) -> Reply:
        held = await store.order_state(work.conn, order_id)
        if held is None:
            return _unknown_order(order_id)
        shipments = await store.shipments_of(work.conn, [order_id])
        wish = CancelWish(work.now, asked.reason, asked.actor, asked.note)
        outcome = cancel(held, shipments[order_id], wish)
        if isinstance(outcome, Changed):
            await store.change_orders(work.conn, [outcome], work.now)
            await store.write_act(work.conn, "cancel", asked.actor, asked.note or asked.reason, order_id)
            work.emit(Event(outcome.event, outcome.state.version, cause))
        return _cancel_answered(outcome)

    return (await act.once([order_id], decide)).response()


def _cancel_answered(outcome: Changed | AlreadyCancelled | AlreadyShipped) -> Reply:
    match outcome:
        case Changed(state):
            return _cancelled(state, repeated=False)
        case AlreadyCancelled(state):
            return _cancelled(state, repeated=True)
        case AlreadyShipped(order):
            message = f"every unit of order {order.name} has left; what has left can come back as a return"
            return Reply.problem(409, "order_id", "already_shipped", message)


def _cancelled(state: OrderState, *, repeated: bool) -> Reply:
    order, version = state.order, state.cancelled_version
    assert order.cancellation is not None
    answer = OrderCancelled(
        order_id=order.order_id,
        name=order.name,
        version=version or FIRST_VERSION,
        cancellation=order.cancellation,
        repeated=repeated,
    )
    return Reply(200, answer.model_dump(mode="json"))


def _unknown_order(order_id: str) -> Reply:
    return Reply.problem(404, "order_id", "unknown", f"there is no order {order_id}")


@router.get("/orders/{order_id}", response_model=dict[str, Any], responses=UNKNOWN)
async def show_order(
    order_id: Annotated[Id, Path(description="The order's id; with `shop` its name (`%231001` or `1001`)")],
    read: Read,
    shop: Annotated[Id | None, Query(description="The shop in which the name is looked up")] = None,
    source: Annotated[Id | None, Query(description="With `shop`: the path is the order's id at this source")] = None,
) -> Response:
    """An order as it stands: its version, its status, the shipments that was derived from, and what is odd about its
    address and phone numbers though nothing waits for it.
    """
    shown = await _found(read, order_id, shop, source)
    if shown is None:
        return _unknown_order(order_id).response()
    order = shown.state.order
    shipments = (await store.shipments_of(read, [order.order_id]))[order.order_id]
    body = {
        "order": order.model_dump(mode="json"),
        "version": shown.state.version,
        "accepted_at": shown.accepted_at.isoformat(),
        "status": status_of(order, shipments),
        "shipments": shipments,
        "warnings": [one.model_dump() for one in warnings_of(order)],
    }
    return Response(orjson.dumps(body), media_type="application/json")


async def _found(read: Read, order_id: str, shop: str | None, source: str | None) -> store.ShownOrder | None:
    if shop is None:
        return await store.order_by_id(read, order_id)
    if source is not None:
        return await store.order_by_id(read, identity(shop, source, order_id))
    number = number_of(order_id)
    return None if number is None else await store.order_by_name(read, folded(shop), number)
