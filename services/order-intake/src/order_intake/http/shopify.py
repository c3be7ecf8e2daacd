"""The door for Shopify's webhooks: signed by the shop, and answered as the other doors answer."""

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from msgspec.structs import replace

from order_events import Cause
from order_intake.domain.booking import Delivery, turned_away
from order_intake.domain.checkouts import Unreadable, identity
from order_intake.domain.codes import folded
from order_intake.domain.reading import BITS, SHOPIFY, read_bit, read_shopify
from order_intake.domain.shopify import signed_by
from order_intake.domain.shops import Shop, System
from order_intake.doors import hear
from order_intake.http.known_shops import KnownShops
from order_intake.http.orders import take_all
from order_intake.http.posting import too_many
from order_intake.http.shapes import PROBLEMS, OrderTaken
from order_intake.http.sized import SizedRoute
from order_intake.store import refused
from order_intake.store.shops import Registry
from service_runtime import Reply, Work
from service_runtime.http import Acting, running

router = APIRouter(route_class=SizedRoute, tags=["webhooks"])
ORDERS = frozenset({"orders/create", "orders/updated", "orders/edited", "orders/paid", "orders/cancelled"})
KEPT_HEADERS = ("x-shopify-topic", "x-shopify-webhook-id", "x-shopify-event-id", "x-shopify-api-version", "user-agent")
_is_id = re.compile(r"[!-~]{1,128}").fullmatch
UNREAD = Unreadable("", "", ())  # until its topic says how it is read
UNSIGNED = HTTPException(401, "Unauthorized")


@router.post(
    "/webhooks/shopify/{shop}",
    response_model=OrderTaken,
    responses={**PROBLEMS, 429: {"description": "Too many for this shop: come again after `Retry-After` seconds"}},
)
async def take_webhook(
    shop: str,
    request: Request,
    known: KnownShops,
    topic: Annotated[str, Header(alias="X-Shopify-Topic")] = "",
    webhook_id: Annotated[str, Header(alias="X-Shopify-Webhook-Id")] = "",
    signature: Annotated[str, Header(alias="X-Shopify-Hmac-Sha256")] = "",
) -> JSONResponse:
    """Take what a shop says of its orders, once per webhook id, however often it is sent."""
    raw = await request.body()
    registered = signed(known, folded(shop), raw, signature)
    if (later := too_many(registered)) is not None:
        return later
    if not _is_id(webhook_id):
        message = "must be 1 to 128 printable characters: by it a webhook that is sent again is known"
        return Reply.problem(422, "X-Shopify-Webhook-Id", "pattern", message).response()
    act = _act(request, registered, webhook_id, topic, raw)
    headers = [(name, request.headers[name].encode()) for name in KEPT_HEADERS if name in request.headers]
    delivery = Delivery(f"POST /webhooks/{SHOPIFY}/{registered.shop}", (), headers, raw, UNREAD, act.cause)
    if topic in ORDERS:
        read = replace(delivery, reading=read_shopify(raw, registered))
        return (await act.together([read.reading.order_id], read, take_all)).response()
    if topic in BITS:
        return (await take_bit(act, registered, topic, delivery)).response()
    message = f"{topic} is not taken here: {', '.join(sorted(ORDERS | BITS))}"
    return Reply.problem(422, "X-Shopify-Topic", "unknown_topic", message).response()


def signed(known: Registry, code: str, raw: bytes, signature: str) -> Shop:
    """The shop that signed it.

    Raises:
        HTTPException: 401 without detail: no such shop, another system's, or not signed by it.
    """
    secrets = [secret.get_secret_value().encode() for secret in known.secrets_of(code)]
    shop = known.shop(code)
    if not signed_by(raw, signature, secrets) or shop.system is not System.SHOPIFY:
        raise UNSIGNED
    return shop


def _act(request: Request, shop: Shop, webhook_id: str, topic: str, raw: bytes) -> Acting:
    cause = Cause(f"{SHOPIFY} {shop.shop} {webhook_id}", datetime.now(UTC))
    return Acting(running(request), cause, sha256(topic.encode() + b"\n" + raw).digest())


async def take_bit(act: Acting, shop: Shop, topic: str, bit: Delivery) -> Reply:
    """A refund, or what the shop sent itself; it waits for its order where that has not come yet."""
    read = read_bit(bit.raw, shop, topic)
    order_id = read.order_id if isinstance(read, Unreadable) else identity(shop.shop, SHOPIFY, read[0])

    async def decide(work: Work, cause: Cause) -> Reply:
        if isinstance(read, Unreadable):
            turned = turned_away(replace(bit, reading=read), read.problems)
            await refused.keep(work.conn, [turned], work.now)
            told = [one.model_dump() for one in read.problems]
            return Reply(422, {"problems": told, "refused_id": turned.refused_id})
        state = await hear(work, order_id, shop, read[1], cause)
        if state is None:
            return Reply(202, {"order_id": order_id, "status": "waiting"})
        told_of = {"order_id": order_id, "name": state.order.name, "version": state.version, "status": "changed"}
        return Reply(200, {**told_of, "repeated": False, "held": []})

    return await act.once([order_id], decide)
