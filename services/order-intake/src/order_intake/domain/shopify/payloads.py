"""What the translation needs of Shopify's REST payloads, by Shopify's own names; all else is not looked at. Pure."""

from typing import Annotated, Any

from pydantic import AliasPath, BeforeValidator, Field

from order_events.checkouts import MAX_LINES
from order_events.types import Count, CountryCode, Latitude, Longitude, Time
from order_intake.domain.shopify.types import (
    Blank,
    Flag,
    KnownCurrency,
    Listed,
    Minor,
    OptionalCode,
    OptionalCount,
    OptionalId,
    OptionalLine,
    OptionalMinor,
    OptionalName,
    OptionalText,
    OptionalTime,
    Payload,
    Said,
    ShopifyId,
    Whole,
)


def _pairs(value: Any) -> Any:
    """Properties come as a list of names and values, from some apps as one object."""
    if isinstance(value, dict):
        return [{"name": name, "value": said} for name, said in value.items()]
    return () if value is None else value


def _tags(value: Any) -> Any:
    """Tags come as one text with commas."""
    return value.split(",") if isinstance(value, str) else _pairs(value)


class NameValue(Payload):
    """A note attribute, or a property of a line."""

    name: Said = ""
    value: Said = ""


Properties = Annotated[tuple[NameValue, ...], BeforeValidator(_pairs)]


class Duty(Payload):
    """What customs want to know of a line, where the shop has worked out duties."""

    harmonized_system_code: OptionalCode = None
    country_code_of_origin: Annotated[CountryCode | None, Blank] = None


class LineItem(Payload):
    """One line of an order or draft order."""

    id: OptionalId = None  # a draft order's lines may have none
    variant_id: OptionalId = None
    product_id: OptionalId = None
    sku: Whole = None
    title: OptionalLine = None
    name: Whole = None
    product_type: Whole = None
    quantity: Count
    current_quantity: OptionalCount = None
    fulfillable_quantity: OptionalCount = None
    price: Minor
    grams: OptionalCount = None
    requires_shipping: Flag = None
    gift_card: Flag = None
    tip: Any = None
    tip_payment_gateway: Any = None
    tip_payment_method: Any = None
    properties: Properties = ()
    duties: Annotated[tuple[Duty, ...], Listed] = ()


class Address(Payload):
    """Where it goes."""

    first_name: OptionalLine = None
    last_name: OptionalLine = None
    name: Whole = None
    company: OptionalLine = None
    address1: OptionalLine = None
    address2: OptionalLine = None
    city: OptionalLine = None
    zip: OptionalCode = None
    province: Whole = None
    province_code: OptionalCode = None
    country: Whole = None
    country_code: Whole = None
    phone: OptionalCode = None
    latitude: Annotated[Latitude | None, Blank] = None
    longitude: Annotated[Longitude | None, Blank] = None


class Buyer(Payload):
    """Who ordered, as the shop's customer."""

    id: OptionalId = None
    first_name: OptionalLine = None
    last_name: OptionalLine = None
    email: Whole = None
    phone: OptionalCode = None


class ShippingLine(Payload):
    """A way of delivery that the customer chose; at a pick-up its code is the name of the place."""

    title: OptionalLine = None
    code: Whole = None
    delivery_category: Whole = None
    price: OptionalMinor = None
    is_removed: Flag = None


class ShopMoney(Payload):
    """An amount in the currency of the shop."""

    currency_code: KnownCurrency
    amount: Minor


class AmountSet(Payload):
    """An amount in two currencies, of which one is looked at."""

    shop_money: ShopMoney | None = None


class Transaction(Payload):
    """Money that moved, in the currency that the customer sees."""

    kind: Whole = None
    status: Whole = None
    currency: Annotated[KnownCurrency | None, Blank] = None
    amount: OptionalMinor = None
    amount_set: AmountSet | None = None


class RefundedLine(Payload):
    """Units of a line for which money was given back."""

    line_item_id: ShopifyId
    quantity: Count
    restock_type: Whole = None


class RefundPayload(Payload):
    """Money given back: a part of an order, and the body of refunds/create."""

    id: ShopifyId
    order_id: OptionalId = None
    created_at: Time
    processed_at: OptionalTime = None
    note: OptionalText = None
    refund_line_items: Annotated[tuple[RefundedLine, ...], Listed, Field(max_length=MAX_LINES)] = ()
    transactions: Annotated[tuple[Transaction, ...], Listed] = ()


class FulfilledLine(Payload):
    """Units of a line that a fulfilment sends."""

    id: ShopifyId
    quantity: Count


class FulfillmentPayload(Payload):
    """Units sent at once: a part of an order, and the body of fulfillments/create and /update."""

    id: ShopifyId
    order_id: OptionalId = None
    status: Whole = None
    created_at: Time
    updated_at: OptionalTime = None
    line_items: Annotated[tuple[FulfilledLine, ...], Listed, Field(max_length=MAX_LINES)] = ()


class OrderPayload(Payload):
    """An order or a completed draft order; `currency` stands first, since it says what all money below is in."""

    currency: KnownCurrency
    id: ShopifyId
    order_id: OptionalId = None  # of the order that a draft order became
    status: Whole = None
    completed_at: Any = None
    name: OptionalName = None
    number: OptionalName = None
    order_number: OptionalName = None
    confirmation_number: OptionalName = None
    admin_graphql_api_id: OptionalName = None
    checkout_id: OptionalName = None
    source_identifier: OptionalName = None
    po_number: OptionalName = None
    source_name: OptionalName = None
    created_at: Time
    processed_at: OptionalTime = None
    updated_at: OptionalTime = None
    created_as_written: OptionalName = Field(default=None, validation_alias=AliasPath("created_at"))
    processed_as_written: OptionalName = Field(default=None, validation_alias=AliasPath("processed_at"))
    cancelled_at: OptionalTime = None
    cancel_reason: OptionalText = None
    test: Flag = None
    risk_level: OptionalLine = None
    financial_status: OptionalLine = None
    payment_gateway_names: Annotated[tuple[Whole, ...], Listed] = ()
    gateway: Whole = None
    total_price: OptionalMinor = None
    current_total_price: OptionalMinor = None
    total_outstanding: OptionalMinor = None
    amount_due_now_set: AmountSet | None = None
    amount_due_later_set: AmountSet | None = None
    email: Whole = None
    contact_email: Whole = None
    phone: OptionalCode = None
    customer: Buyer | None = None
    customer_locale: Whole = None
    shipping_address: Address | None = None
    tags: Annotated[tuple[OptionalLine, ...], BeforeValidator(_tags)] = ()
    note: Whole = None
    note_attributes: Properties = ()
    shipping_lines: Annotated[tuple[ShippingLine, ...], Listed] = ()
    shipping_line: ShippingLine | None = None  # of a draft order
    line_items: Annotated[tuple[LineItem, ...], Listed, Field(max_length=MAX_LINES)]
    fulfillments: Annotated[tuple[FulfillmentPayload, ...], Listed] = ()
    refunds: Annotated[tuple[RefundPayload, ...], Listed, Field(max_length=250)] = ()
