"""Looks at orders: lists of them, what each has been, and who did what to it."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from order_events import Order, PaymentStatus
from order_events.types import Id, Line, Time
from order_intake import store
from order_intake.domain import browsing
from order_intake.domain.browsing import BEGIN, Wanted
from order_intake.domain.causes import HoldReason
from order_intake.domain.checkouts import identity
from order_intake.domain.codes import folded
from order_intake.domain.shipments import ShipmentState
from order_intake.domain.status import status_of
from order_intake.http.shapes import PROBLEMS, UNKNOWN
from order_intake.store import ShownOrder
from order_intake.store import browsing as rows
from service_runtime import Read, Reply

router = APIRouter(tags=["orders"])


@router.get("/orders", response_model=dict[str, Any], responses=PROBLEMS)
async def list_orders(
    read: Read,
    shop: Id | None = None,
    payment: PaymentStatus | None = None,
    hold: Annotated[HoldReason | None, Query(description="Held for this reason")] = None,
    tag: Line | None = None,
    text: Annotated[Line | None, Query(description="Its name here or in the shop, an e-mail, a SKU")] = None,
    since: Annotated[Time | None, Query(description="Accepted then or later")] = None,
    until: Annotated[Time | None, Query(description="Accepted before")] = None,
    source: Annotated[Id | None, Query(description="With `shop` and `source_id`: the one order of this id")] = None,
    source_id: Id | None = None,
    after: Annotated[str | None, Query(max_length=300, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Orders, the newest first; a page may hold fewer than there are, as long as it has a `next`."""
    if shop and source and source_id:
        one = await store.order_by_id(read, identity(shop, source, source_id))
        return await _listed(read, [one] if one else [], None)
    try:
        begin = browsing.heard(after) if after else BEGIN
    except ValueError as error:
        return Reply.problem(422, "after", "cursor", str(error)).response()
    wanted = Wanted(folded(shop) if shop else None, payment, hold, tag, text, since, until)
    found, next_ = await rows.page(read, wanted, begin, limit)
    return await _listed(read, found, browsing.said(next_) if next_ else None)


async def _listed(read: Read, found: Sequence[ShownOrder], next_: str | None) -> Response:
    shipments = await store.shipments_of(read, [one.state.order.order_id for one in found])
    shown = [_row(one, shipments[one.state.order.order_id]) for one in found]
    return Response(orjson.dumps({"orders": shown, "next": next_}), media_type="application/json")


def _row(one: ShownOrder, shipments: Sequence[ShipmentState]) -> dict[str, Any]:
    order = one.state.order
    return {
        "order_id": order.order_id,
        "name": order.name,
        "shop": order.shop,
        "source": order.source,
        "source_id": order.source_id,
        "upstream_name": order.upstream.name if order.upstream else None,
        "version": one.state.version,
        "accepted_at": rows.when(one.accepted_at),
        "status": status_of(order, shipments),
        "holds": sorted({hold.reason for hold in order.holds}),
        "tags": order.tags,
    }


@router.get("/orders/{order_id}/versions", response_model=dict[str, Any], responses=UNKNOWN)
async def show_versions(order_id: Id, read: Read) -> Response:
    """Every version of an order, whole, with what changed, why and by whom; and the acts of operators."""
    shown = await store.order_by_id(read, order_id)
    if shown is None:
        return Reply.problem(404, "order_id", "unknown", f"there is no order {order_id}").response()
    changes = await rows.versions(read, order_id)
    body = {"order_id": order_id, "versions": _versions(shown, changes), "acts": await rows.acts(read, order_id)}
    return Response(orjson.dumps(body), media_type="application/json")


def _versions(shown: ShownOrder, changes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each change holds what the order was before it: so the whole order stands at the change after its own."""
    now: Order = shown.state.order
    documents = [*(change.pop("replaced") for change in changes), now.model_dump(mode="json")]
    first = {
        "version": 1,
        "at": shown.accepted_at,
        "changes": ["placed"],
        "fields": [],
        "reason": None,
        "actor": now.shop,
    }
    return [{**said, "order": document} for said, document in zip([first, *changes], documents, strict=False)]
