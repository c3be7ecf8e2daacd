"""From the body of orders/create, updated, edited, paid or cancelled to the checkout that it is. Pure."""

from collections.abc import Iterator
from functools import partial

from msgspec import Struct

from order_events import (
    CancelReason,
    Checkout,
    CheckoutCancelled,
    LineKind,
    Problem,
    Property,
    RiskLevel,
    Upstream,
    UpstreamId,
    Wishes,
)
from order_events.types import MAX_COUNT
from order_intake.domain.problems import path, problem
from order_intake.domain.rules import LONGEST_SKU
from order_intake.domain.shopify.aside import LONGEST_NAME, Aside
from order_intake.domain.shopify.deliveries import LONGEST_CODE, Delivery, delivery_of
from order_intake.domain.shopify.documents import Problems, read_payload
from order_intake.domain.shopify.fulfilments import FulfilmentCame, fulfilment_of
from order_intake.domain.shopify.lines import Told, kind_of, line_of, numbered, told_sku
from order_intake.domain.shopify.parties import NOWHERE, Parties, locale_of, parties_of
from order_intake.domain.shopify.payloads import OrderPayload
from order_intake.domain.shopify.payments import gateways, known_status, payment_of, refund_of
from order_intake.domain.shopify.quantities import moves_of
from order_intake.domain.shopify.wishes import Asked, asked_of
from order_intake.domain.shopify.words import Words, words_of
from order_intake.domain.shops import Shop

SOURCE = "shopify"
_DRAFT_CHANNEL = "shopify_draft_order"  # what Shopify calls the source of an order that was a draft
_IDS = ("order_number", "number", "confirmation_number", "admin_graphql_api_id", "checkout_id", "source_identifier")
_RISKS = {level.value: level for level in RiskLevel if level is not RiskLevel.OTHER}
_REASONS = {reason.value: reason for reason in CancelReason}


WRAPPERS = ("order", "draft_order")


class Translated(Struct, frozen=True):
    """An order in our own shape, and what about it only the merchant can explain.

    Args:
        unknown_sku_lines: ids of the lines of goods with neither SKU nor variant; their SKU is a stand-in.
        unknown_service: the shipping service as the shop writes it, if the merchant has not said what it means.
        unknown_place: the place of pick-up, likewise.
        unknown_country: whether the address, or the lack of one, leaves open to which country it goes.
        mixed_delivery: whether part is fetched and part sent, without it being said which.
        fulfilments: each by its id, of which `fulfilled_elsewhere` is the sum.
    """

    checkout: Checkout
    unknown_sku_lines: tuple[str, ...] = ()
    unknown_service: str | None = None
    unknown_place: str | None = None
    unknown_country: bool = False
    mixed_delivery: bool = False
    fulfilments: tuple[FulfilmentCame, ...] = ()


class _Parts(Struct, frozen=True):
    """An order's parts that need each other."""

    words: Words
    delivery: Delivery
    asked: Asked
    parties: Parties


def read_order(raw: bytes, shop: Shop) -> Translated | Problems:
    """The order that the payload says, whole, or all that is wrong with it.

    Money is in the order's `currency`, which is the shop's own; what the customer saw in another currency
    (`presentment_currency`) is not looked at.
    """
    return read_payload(raw, WRAPPERS, OrderPayload, partial(_translated, shop=shop))


def _translated(payload: OrderPayload, shop: Shop) -> Translated | Problems:
    words, aside = words_of(shop), Aside()
    broken = tuple(_broken(payload, words))
    if broken:
        return broken
    asked = asked_of(payload, words, aside)
    parts = _Parts(words, delivery_of(payload, words, aside), asked, parties_of(payload, asked, aside))
    checkout = _checkout(payload, shop, parts, aside)
    if isinstance(checkout, Problem):
        return (checkout,)
    return Translated(
        checkout=checkout,
        unknown_sku_lines=tuple(_unknown_skus(payload, words)),
        unknown_service=parts.delivery.unknown_service,
        unknown_place=parts.delivery.unknown_place,
        unknown_country=parts.parties.destination.country_code == NOWHERE,
        mixed_delivery=parts.delivery.mixed,
        fulfilments=tuple([fulfilment_of(each, _source_id(payload)) for each in payload.fulfillments]),
    )


def _checkout(payload: OrderPayload, shop: Shop, parts: _Parts, aside: Aside) -> Checkout | Problem:
    moves = moves_of(payload.fulfillments, payload.refunds)
    told = Told(payload.currency, parts.delivery, moves, parts.words, aside)
    lines = tuple([line_of(item, line_id, told) for _, line_id, item in numbered(payload.line_items)])
    properties = aside.properties()  # the lines were the last that could add to them
    if isinstance(properties, Problem):
        return properties
    return Checkout(
        source=SOURCE,
        source_id=_source_id(payload),
        updated_at=payload.updated_at or payload.created_at,
        placed_at=payload.processed_at or payload.created_at,
        shop=shop.shop,
        channel=_channel(payload),
        locale=locale_of(payload, shop.locale),
        currency=payload.currency,
        test=bool(payload.test),
        payment=payment_of(payload),
        tags=tuple([tag.strip() for tag in payload.tags if tag]),
        customer=parts.parties.customer,
        destination=parts.parties.destination,
        ship_to=parts.parties.ship_to,
        wishes=_wishes(parts.asked, properties),
        instructions=parts.asked.instructions,
        shipping=parts.delivery.shipping,
        upstream=_upstream(payload),
        risk=_risk(payload),
        refunds=tuple([refund_of(each, payload.currency) for each in payload.refunds]),
        lines=lines,
        cancelled=_cancelled(payload),
    )


def _broken(payload: OrderPayload, words: Words) -> Iterator[Problem]:
    """What is wrong with the order beyond its single fields."""
    if _is_draft(payload) and not payload.completed_at:
        yield problem("status", "draft_open", "a draft is an order only once it is completed")
    lines, seen = list(numbered(payload.line_items)), set[str]()
    if not lines:
        yield problem("line_items", "too_short", "an order needs a line of which something was ordered")
    if sum(max(item.quantity, item.current_quantity or 0) for _, _, item in lines) > MAX_COUNT:
        yield problem("line_items", "total_quantity", f"all quantities together must not exceed {MAX_COUNT}")
    for n, line_id, item in lines:
        if line_id in seen:
            yield problem(path(("line_items", n, "id")), "unique", f"id {line_id} stands on an earlier line")
        if len(told_sku(item, words) or "") > LONGEST_SKU:
            yield problem(path(("line_items", n, "sku")), "sku_length", f"must have at most {LONGEST_SKU} characters")
        seen.add(line_id)


def _unknown_skus(payload: OrderPayload, words: Words) -> Iterator[str]:
    """Only goods lie in a warehouse, where a SKU is what they are found by."""
    for _, line_id, item in numbered(payload.line_items):
        if kind_of(item, words) is LineKind.GOODS and not told_sku(item, words):
            yield line_id


def _is_draft(payload: OrderPayload) -> bool:
    """A draft order says whether it is completed; an order has no such field."""
    return "completed_at" in payload.model_fields_set


def _source_id(payload: OrderPayload) -> str:
    """The order's id, also where a draft speaks of the order that it became: neither is taken twice."""
    return payload.order_id or payload.id if _is_draft(payload) else payload.id


def _channel(payload: OrderPayload) -> str:
    """Where the order was made, as Shopify calls it: `web`, `pos`, or an app's number."""
    if _is_draft(payload):
        return _DRAFT_CHANNEL
    said = (payload.source_name or "").strip().replace(" ", "_")
    return said if said and said.isascii() and said.isprintable() and len(said) <= 128 else "web"


def _upstream(payload: OrderPayload) -> Upstream:
    """The shop's own names of the order, and words of it for which we have none; tokens open doors and stay out."""
    found = [(name, getattr(payload, name)) for name in (*_IDS, "po_number", "source_name")]
    if _is_draft(payload):
        found.append(("draft_order_id", payload.id))
    found += [("payment_gateway_names", part) for part in _gateways(payload)]
    if payload.financial_status and not known_status(payload):
        found.append(("financial_status", payload.financial_status))
    if payload.risk_level and not _risk(payload):
        found.append(("risk_level", payload.risk_level))
    ids = tuple([UpstreamId(name=name, value=value) for name, value in found if value])
    placed = payload.processed_as_written or payload.created_as_written
    return Upstream(name=payload.name, ids=ids, placed_at=placed)


def _gateways(payload: OrderPayload) -> list[str]:
    """All ways of payment, where the one method that a payment has does not say it whole."""
    names = ", ".join(gateways(payload))
    if len(names) <= LONGEST_CODE and len(gateways(payload)) <= 1:
        return []
    return [names[start : start + LONGEST_NAME] for start in range(0, len(names), LONGEST_NAME)]


def _risk(payload: OrderPayload) -> RiskLevel | None:
    return _RISKS.get((payload.risk_level or "").strip().lower())


def _cancelled(payload: OrderPayload) -> CheckoutCancelled | None:
    if payload.cancelled_at is None:
        return None
    said = (payload.cancel_reason or "").strip()
    reason = _REASONS.get(said.lower())
    return CheckoutCancelled(
        at=payload.cancelled_at, reason=reason or CancelReason.OTHER, note=None if reason else said or None
    )


def _wishes(asked: Asked, properties: tuple[Property, ...]) -> Wishes:
    return Wishes(
        gift_message=asked.gift_message,
        card=asked.card,
        note_to_packer=asked.note_to_packer,
        properties=properties,
    )
