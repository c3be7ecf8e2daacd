"""How a body is read, by the door it came through and the system of its shop. Pure; another system is one line here."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from hashlib import sha256

import orjson

from order_events import Problem
from order_intake.domain.aliases import nearest
from order_intake.domain.causes import Cause, HoldReason
from order_intake.domain.checkouts import (
    Reading,
    Unreadable,
    broken_by,
    identity,
    order_key,
    read_checkout,
    taken_as,
)
from order_intake.domain.codes import folded
from order_intake.domain.facts import Fact, Kind
from order_intake.domain.problems import problem
from order_intake.domain.shopify import (
    WRAPPERS,
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
    return Unreadable(_order_of_shopify(raw, shop.shop), named, problems)


def _order_of_shopify(raw: bytes, shop: str) -> str:
    return identity(shop, SHOPIFY, _id_in(raw) or sha256(raw).hexdigest())


def _id_in(raw: bytes) -> str:
    """What the shop calls the order, whatever else is wrong with it; of a completed draft, the order that it became."""
    try:
        document = orjson.loads(raw)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    inside = next((document[name] for name in WRAPPERS if isinstance(document.get(name), dict)), document)
    named = (inside.get("order_id") if "completed_at" in inside else None) or inside.get("id")
    return str(named).strip()[:128] if isinstance(named, int | str) and not isinstance(named, bool) else ""


class Schema(StrEnum):
    """In which words a record of `checkout.completed` says an order: what stands before the version in `x-schema`."""

    NATIVE = "checkout.completed"
    SHOPIFY = "shopify.order"


def schema_of(headers: Mapping[str, str]) -> str:
    """What a record says its words are; our own, where it does not say."""
    return headers.get("x-schema", Schema.NATIVE).partition("/")[0]


def shop_named(headers: Mapping[str, str]) -> str:
    """Whose record it is, folded; Shopify's orders do not name it."""
    return folded(headers.get("x-shop", ""))


def record_key(raw: bytes, headers: Mapping[str, str]) -> str:
    """What a record is locked and kept in sequence by: its order's id, or a hash where it names no order."""
    if schema_of(headers) == Schema.SHOPIFY:
        return _order_of_shopify(raw, shop_named(headers))
    return order_key(raw)


def read_record(raw: bytes, headers: Mapping[str, str], shop: Shop) -> Reading:
    """A record in the words that it says it is in; `shop` is the registered one that it names."""
    match schema_of(headers):
        case Schema.NATIVE:
            return read_checkout(raw)
        case Schema.SHOPIFY:
            return _from_shopify(raw, shop)
        case other:
            known = ", ".join(Schema)
            return _refused(raw, headers, problem("x-schema", "unknown_schema", f"{other} is not read here: {known}"))


def _from_shopify(raw: bytes, shop: Shop) -> Reading:
    if shop.system is not System.SHOPIFY:
        message = f"no Shopify shop {shop.shop!r} is registered: name it in x-shop, `baesong shop add` registers it"
        return _unreadable(raw, shop, (problem("x-shop", "unknown_shop", message),))
    reading = read_shopify(raw, shop)
    if reading.order_id == _order_of_shopify(raw, shop.shop):
        return reading
    return _unreadable(raw, shop, (problem("id", "identity", "it cannot be told which order this is"),))


def _refused(raw: bytes, headers: Mapping[str, str], why: Problem) -> Unreadable:
    return Unreadable(record_key(raw, headers), "", (why,))


def _causes(told: Translated, shop: Shop) -> list[Cause]:
    """What only the merchant can explain, or mend."""
    found = (
        [_unknown("shipping service", "service", told.unknown_service, shop.services)] if shop.knows_services else []
    )
    found.append(_unknown("place of pick-up", "place", told.unknown_place, shop.places))
    if told.mixed_delivery:
        note = "part is fetched and part is sent, and it is not said which"
        found.append(Cause(HoldReason.OTHER, note, "delivery True", unread=True))
    if lines := told.unknown_sku_lines:
        note = f"neither SKU nor variant: {', '.join(lines[:20])}"
        found.append(Cause(HoldReason.OTHER, note, f"sku {lines}", lines, unread=True))
    return [one for one in found if one]


def _unknown(what: str, of: str, word: str | None, known: Collection[str]) -> Cause | None:
    """That a word of the shop stands for nothing here; the one most like it is proposed."""
    if not word:
        return None
    like = nearest(word, known)
    proposed = f"; the most like it is {like!r}" if like else ""
    note = f"the shop's {what} {word!r} is not known here{proposed}"
    return Cause(HoldReason.OTHER, note, f"{of} {word}", unread=True)


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
