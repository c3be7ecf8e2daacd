"""How a body is read, by the door it came through and the system of its shop. Pure; another system is one line here."""

from collections.abc import Callable
from hashlib import sha256

import orjson

from order_events import Problem
from order_intake.domain.causes import Cause, HoldReason
from order_intake.domain.checkouts import Reading, Unreadable, broken_by, identity, read_checkout, taken_as
from order_intake.domain.facts import Fact, Kind
from order_intake.domain.shopify import (
    FulfilmentCame,
    RefundCame,
    Translated,
    read_fulfilment,
    read_order,
    read_refund,
)
from order_intake.domain.shopify.fulfilments import FulfilmentStatus
from order_intake.domain.shops import Shop, System

SHOPIFY = "shopify"  # the source of its orders, and the end of its doors' names
Read = Callable[[bytes, Shop], Reading]


def read_native(raw: bytes, _: Shop) -> Reading:
    """A body in our own words."""
    return read_checkout(raw)


def read_shopify(raw: bytes, shop: Shop) -> Reading:
    """A whole order as Shopify's REST API and webhooks say it."""
    translated = read_order(raw, shop)
    if not isinstance(translated, Translated):
        return _unreadable(raw, shop, translated)
    facts = tuple(of_fulfilment(came) for came in translated.fulfilments)
    taken = taken_as(raw, translated.checkout, tuple(_causes(translated, shop)), facts)
    return taken or _unreadable(raw, shop, broken_by(translated.checkout))


BITS = frozenset({"refunds/create", "fulfillments/create", "fulfillments/update"})  # topics that are no whole order
READS: dict[System, Read] = {System.NATIVE: read_native, System.SHOPIFY: read_shopify}


def _unreadable(raw: bytes, shop: Shop, problems: tuple[Problem, ...]) -> Unreadable:
    named = _id_in(raw)
    order_id = identity(shop.shop, SHOPIFY, named or sha256(raw).hexdigest())
    return Unreadable(order_id, named, problems)


def _id_in(raw: bytes) -> str:
    """What the shop calls the order, whatever else is wrong with it."""
    try:
        document = orjson.loads(raw)
    except ValueError:
        return ""
    id_ = document.get("id") if isinstance(document, dict) else None
    return str(id_)[:128] if isinstance(id_, int) else ""


def _causes(told: Translated, shop: Shop) -> list[Cause]:
    """What only the merchant can explain, or mend."""
    words = {
        "service": (
            told.unknown_service if shop.knows_services else None,
            "the shop's shipping service {} is not known here",
        ),
        "place": (told.unknown_place, "the shop's place of pick-up {} is not known here"),
        "delivery": (told.mixed_delivery or None, "part is fetched and part is sent, and it is not said which"),
    }
    found = [
        Cause(HoldReason.OTHER, text.format(repr(word)), f"{of} {word}", unread=True)
        for of, (word, text) in words.items()
        if word
    ]
    if lines := told.unknown_sku_lines:
        note = f"neither SKU nor variant: {', '.join(lines[:20])}"
        found.append(Cause(HoldReason.OTHER, note, f"sku {lines}", lines, unread=True))
    return found


def read_bit(raw: bytes, shop: Shop, topic: str) -> tuple[str, Fact] | Unreadable:
    """One bit that Shopify says of an order, with what it calls the order."""
    came = read_refund(raw, shop) if topic == "refunds/create" else read_fulfilment(raw, shop)
    match came:
        case RefundCame():
            return came.source_id, of_refund(came)
        case FulfilmentCame():
            return came.source_id, of_fulfilment(came)
        case problems:
            return _unreadable(raw, shop, problems)


def of_refund(came: RefundCame) -> Fact:
    """A refund as a bit."""
    units = {line.line_id: line.quantity for line in came.unsent}
    return Fact(Kind.REFUND, came.refund.refund_id, came.refund.at, units, came.refund.model_dump_json())


def of_fulfilment(came: FulfilmentCame) -> Fact:
    """What the shop has sent itself as a bit; what failed or was cancelled sent nothing."""
    sent = came.lines if came.status is FulfilmentStatus.SUCCESS else ()
    return Fact(Kind.FULFILMENT, came.fulfilment_id, came.updated_at, {one.line_id: one.quantity for one in sent})
