"""What each line sells, under which SKU, how it reaches the customer and how much of it is to be sent. Pure."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from order_events import CheckoutLine, DeliveryMethod, LineKind, Money
from order_intake.domain.codes import tidy
from order_intake.domain.shopify.aside import LONGEST_NAME, Aside
from order_intake.domain.shopify.deliveries import Delivery
from order_intake.domain.shopify.payloads import LineItem
from order_intake.domain.shopify.quantities import Moves, units_of
from order_intake.domain.shopify.words import Words, meant


class Told(Struct, frozen=True):
    """What an order says that decides over every line of it."""

    currency: str
    delivery: Delivery
    moves: Moves
    words: Words
    aside: Aside


def numbered(items: Sequence[LineItem]) -> Iterator[tuple[int, str, LineItem]]:
    """Each line that was ordered with its place and its id: a line of a draft order may have no id but its place."""
    for n, item in enumerate(items):
        if item.quantity or item.current_quantity:
            yield n, item.id or f"position/{n + 1}", item


def line_of(item: LineItem, line_id: str, told: Told) -> CheckoutLine:
    """The line as our own shape has it."""
    units = units_of(item, line_id, told.moves)
    kind = kind_of(item, told.words)
    method = _method(kind, told.delivery)
    return CheckoutLine(
        line_id=line_id,
        sku=told_sku(item, told.words) or _stand_in(item, line_id),
        title=_title(item, line_id, told.aside),
        quantity=units.quantity,
        price=Money(amount=item.price, currency=told.currency),
        weight_g=item.grams or 0,
        delivery_method=method,
        pickup_location=told.delivery.place if method is DeliveryMethod.PICKUP else None,
        hs_code=next((each.harmonized_system_code for each in item.duties), None),
        origin_country=next((each.country_code_of_origin for each in item.duties), None),
        kind=kind,
        fulfilled_elsewhere=units.sent,
        removed=units.removed,
    )


def kind_of(item: LineItem, words: Words) -> LineKind:
    """What the line sells: the merchant's own word first, then what the shop marks the line as.

    A gift card that has to be sent is a thing that lies in a warehouse, like any other.
    """
    named = meant(words.kinds, (item.sku, item.product_type, item.title, item.name))
    if named is not None:
        return named
    if any(mark is not None for mark in (item.tip, item.tip_payment_gateway, item.tip_payment_method)):
        return LineKind.TIP
    if item.requires_shipping is not False:
        return LineKind.GOODS
    return LineKind.GIFT_CARD if item.gift_card else LineKind.DIGITAL


def told_sku(item: LineItem, words: Words) -> str | None:
    """Our SKU of what the line sells: the shop's SKU or else its variant, under our name for it where it has one."""
    said = tidy(item.sku or "") or item.variant_id
    return meant(words.skus, (said,)) or said


def _stand_in(item: LineItem, line_id: str) -> str:
    """A line with neither SKU nor variant: what is held needs a name by which an operator can find it."""
    return f"product/{item.product_id}" if item.product_id else f"unknown/{line_id}"


def _method(kind: LineKind, delivery: Delivery) -> DeliveryMethod:
    if kind is LineKind.GOODS:
        return delivery.method
    return DeliveryMethod.DIGITAL if kind in {LineKind.DIGITAL, LineKind.GIFT_CARD} else DeliveryMethod.NONE


def _title(item: LineItem, line_id: str, aside: Aside) -> str:
    """Title and variant, as the customer read them; the title alone where both together are too long."""
    if item.name and len(item.name) <= LONGEST_NAME:
        return item.name
    if item.name:
        aside.keep("name", item.name, line_id)
    return item.title or ""
