"""Payloads as Shopify sends them, small and of our own making, for the tests of the translation."""

import json
from typing import Any

from order_intake.domain.shopify import Translated, read_order
from order_intake.domain.shops import Shop, System

Json = dict[str, Any]
SHOP = Shop(shop="seoul-craft", system=System.SHOPIFY, currency="KRW", locale="ko-KR")


def item(item_id: int | None = 11, **changes: Any) -> Json:
    return {
        "id": item_id,
        "variant_id": 501,
        "product_id": 51,
        "sku": "MUG-BLUE",
        "title": "파란 머그컵",
        "name": "파란 머그컵 - 대",
        "quantity": 2,
        "current_quantity": 2,
        "fulfillable_quantity": 2,
        "price": "18000",
        "grams": 340,
        "requires_shipping": True,
        "gift_card": False,
        "properties": [],
        **changes,
    }


def address(**changes: Any) -> Json:
    return {
        "first_name": "민아",
        "last_name": "김",
        "name": "김민아",
        "company": None,
        "address1": "세종대로 110",
        "address2": "3층",
        "city": "중구",
        "zip": "04524",
        "province": "서울특별시",
        "province_code": "KR-11",
        "country": "South Korea",
        "country_code": "KR",
        "phone": "010-1234-5678",
        "latitude": 37.5663,
        "longitude": 126.9779,
        **changes,
    }


def order(without: tuple[str, ...] = (), **changes: Any) -> Json:
    """An order; `without` takes fields away, everything else changes or adds them. Another order, another customer."""
    buyer = changes["id"] if isinstance(changes.get("id"), int) else 77
    document = {
        "id": 9001,
        "admin_graphql_api_id": "gid://shopify/Order/9001",
        "name": "#1042",
        "order_number": 1042,
        "currency": "KRW",
        "presentment_currency": "KRW",
        "created_at": "2026-11-20T18:30:00+09:00",
        "processed_at": "2026-11-20T18:29:58+09:00",
        "updated_at": "2026-11-20T18:30:05+09:00",
        "cancelled_at": None,
        "cancel_reason": None,
        "test": False,
        "financial_status": "paid",
        "payment_gateway_names": ["toss"],
        "total_price": "39000",
        "current_total_price": "39000",
        "total_outstanding": "0",
        "email": "mina@example.test",
        "phone": None,
        "customer": {
            "id": buyer,
            "first_name": "Mina",
            "last_name": "Kim",
            "email": "mina@example.test",
            "phone": None,
        },
        "customer_locale": "ko",
        "shipping_address": address(),
        "tags": "gift, vip",
        "note": None,
        "note_attributes": [{"name": "Gift message", "value": "생일 축하해"}],
        "source_name": "web",
        "shipping_lines": [{"id": 3, "title": "택배", "code": "PARCEL", "source": "shopify", "price": "3000"}],
        "line_items": [item()],
        "fulfillments": [],
        "refunds": [],
        **changes,
    }
    return {name: value for name, value in document.items() if name not in without}


def fulfilment(fulfilment_id: int = 31, units: int = 1, item_id: int = 11, **changes: Any) -> Json:
    return {
        "id": fulfilment_id,
        "order_id": 9001,
        "status": "success",
        "created_at": "2026-11-21T09:00:00+09:00",
        "updated_at": "2026-11-21T09:05:00+09:00",
        "line_items": [{"id": item_id, "quantity": units}],
        **changes,
    }


def refund(refund_id: int = 41, units: int = 1, item_id: int = 11, restock: str = "cancel", **changes: Any) -> Json:
    return {
        "id": refund_id,
        "order_id": 9001,
        "created_at": "2026-11-22T09:00:00+09:00",
        "processed_at": "2026-11-22T09:00:01+09:00",
        "note": "말씀하신 대로",
        "refund_line_items": [{"id": 1, "line_item_id": item_id, "quantity": units, "restock_type": restock}],
        "transactions": [{"id": 5, "kind": "refund", "status": "success", "amount": "18000", "currency": "KRW"}],
        **changes,
    }


def as_bytes(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def translated(document: Json, shop: Shop = SHOP) -> Translated:
    result = read_order(as_bytes(document), shop)
    assert isinstance(result, Translated), result
    return result


def refused(document: Json, shop: Shop = SHOP) -> set[tuple[str, str]]:
    result = read_order(as_bytes(document), shop)
    assert isinstance(result, tuple), result
    return {(problem.field, problem.rule) for problem in result}
