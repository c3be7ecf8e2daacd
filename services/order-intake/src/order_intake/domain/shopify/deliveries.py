"""How the order reaches the customer: shipped, brought, or fetched at one of the merchant's places. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from order_events import DeliveryMethod, Money, Shipping
from order_intake.domain.codes import tidy
from order_intake.domain.shopify.aside import Aside
from order_intake.domain.shopify.payloads import OrderPayload, ShippingLine
from order_intake.domain.shopify.words import Words, meant

LONGEST_CODE = 64  # order_events.types.Code
_PICKUP = frozenset({"pickup", "pick_up", "local_pickup", "pickup_in_store"})
_LOCAL = frozenset({"local", "local_delivery"})


class Delivery(Struct, frozen=True):
    """The way of delivery of all goods of an order, and what of it the merchant has not explained.

    `mixed`: some lines are fetched and others sent, and the payload does not say which.
    """

    method: DeliveryMethod = DeliveryMethod.SHIPPING
    place: str | None = None
    shipping: Shipping = Shipping()
    unknown_service: str | None = None
    unknown_place: str | None = None
    mixed: bool = False


def delivery_of(payload: OrderPayload, words: Words, aside: Aside) -> Delivery:
    """What the customer chose; of several ways the first, the others kept beside."""
    chosen = [line for line in payload.shipping_lines or _of_draft(payload) if not line.is_removed]
    if not chosen:
        return Delivery()
    for other in chosen[1:]:
        aside.keep("shipping_line", " / ".join(filter(None, (other.title, other.code))))
    methods = {_method(line, words) for line in chosen}
    mixed = len(methods) > 1
    method = DeliveryMethod.SHIPPING if mixed else _method(chosen[0], words)
    said = _said(chosen[0])
    place, service = meant(words.places, _names(chosen[0])), meant(words.services, _names(chosen[0]))
    fetched = method is DeliveryMethod.PICKUP
    return Delivery(
        method=method,
        place=place if fetched else None,
        shipping=_shipping(service or _cut(said, aside), chosen, payload.currency),
        unknown_service=said if not (service or fetched) else None,
        unknown_place=said if fetched and not place else None,
        mixed=mixed,
    )


def _of_draft(payload: OrderPayload) -> tuple[ShippingLine, ...]:
    return (payload.shipping_line,) if payload.shipping_line else ()


def _method(line: ShippingLine, words: Words) -> DeliveryMethod:
    """A pick-up has the name of a place for its code: only the merchant can say that it is one.

    Shopify's REST payload says so no longer by itself; `delivery_category` stands in older ones and in other shops'.
    """
    category = (line.delivery_category or "").strip().lower()
    if category in _PICKUP or meant(words.places, _names(line)) is not None:
        return DeliveryMethod.PICKUP
    return DeliveryMethod.LOCAL if category in _LOCAL else DeliveryMethod.SHIPPING


def _names(line: ShippingLine) -> tuple[str | None, str | None]:
    return line.code, line.title


def _said(line: ShippingLine) -> str:
    return tidy(line.code or line.title or "") or Shipping().service


def _cut(service: str, aside: Aside) -> str:
    """A service has a short code; the whole of a long one is kept."""
    return aside.fitting("shipping_line", service, LONGEST_CODE) or service[:LONGEST_CODE]


def _shipping(service: str, chosen: Sequence[ShippingLine], currency: str) -> Shipping:
    prices = [line.price for line in chosen if line.price is not None]
    price = Money(amount=sum(prices), currency=currency) if prices else None
    return Shipping(service=service, title=chosen[0].title, price=price)
