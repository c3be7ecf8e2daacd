"""The same orders as a Shopify shop sends them: in its REST shape, signed, to the shop's own webhook."""

import base64
import hmac
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from baesong.bench.orders import Checkout
from baesong.connection import Connection
from baesong.shops import save, set_secret
from order_events import order_id_of

SHOP, SYSTEM = "bench", "shopify"
SECRET = "a-secret-of-the-bench"  # noqa: S105 - of a throwaway instance
PATH = f"/webhooks/{SYSTEM}/{SHOP}"
RATE = {"per_s": 100_000, "burst": 1_000_000}  # what is measured is the door, not its brake
BY = {"actor": "bench", "reason": "a benchmark of the Shopify door"}
Json = Mapping[str, Any]


async def register(connection: Connection) -> None:
    """Make the shop known, with its secret."""
    await save(connection, SHOP, {"system": SYSTEM, "rate": RATE}, 0, BY)
    await set_secret(connection, SHOP, SECRET, BY, drop_old=True)


def webhook_of(checkout: Checkout, place: str) -> tuple[bytes, str]:
    """Write orders/create of a checkout as it goes over the wire, once, and say which order it is."""
    order = order_of(json.loads(checkout.body), number_of(checkout))
    body = json.dumps(order, ensure_ascii=False).encode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {place}\r\nX-Shopify-Topic: orders/create\r\n"
        f"X-Shopify-Webhook-Id: {checkout.ce_id}\r\nX-Shopify-Hmac-Sha256: {signature}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body, order_id_of(SHOP, SYSTEM, str(order["id"]))


def number_of(checkout: Checkout) -> int:
    """The front of a record's id counts up, and so is a number that no other order has."""
    return int(checkout.ce_id.replace("-", "")[:12], 16)


def order_of(body: Json, number: int) -> dict[str, Any]:
    """A checkout of ours as Shopify's REST API says an order."""
    lines = [_line(number * 1000 + n, line) for n, line in enumerate(body["lines"])]
    total = sum((Decimal(line["price"]) * line["quantity"] for line in lines), Decimal(0))
    return {
        "id": number,
        "name": f"#{number}",
        "currency": body["currency"],
        "created_at": body["placed_at"],
        "updated_at": body["updated_at"],
        "email": body["customer"]["email"],
        "financial_status": "paid",
        "total_price": str(total),
        "line_items": lines,
        "shipping_address": _address(body),
        "shipping_lines": [{"title": "Standard", "code": "standard", "price": "0.00"}],
    }


def _line(line_id: int, line: Json) -> dict[str, Any]:
    return {
        "id": line_id,
        "sku": line["sku"],
        "title": line["title"],
        "quantity": line["quantity"],
        "price": str(Decimal(line["price"]["amount"]) / 100),
        "grams": line["weight_g"],
        "requires_shipping": True,
    }


def _address(body: Json) -> dict[str, Any]:
    to, there = body["ship_to"], body["destination"]
    given, _, family = to["name"].partition(" ")
    return {
        "first_name": given,
        "last_name": family,
        "address1": to["address1"],
        "address2": to.get("address2"),
        "city": to.get("city"),
        "zip": there.get("postal_code"),
        "province_code": there.get("province_code"),
        "country_code": there["country_code"],
        "phone": to.get("phone"),
        "latitude": there.get("latitude"),
        "longitude": there.get("longitude"),
    }
