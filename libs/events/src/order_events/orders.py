"""What is said of orders, as we keep them; what a door takes for one is in `checkouts`."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from order_events.enums import CancelReason, ChangeKind, DeliveryMethod, PaymentStatus, ShortagePolicy
from order_events.types import (
    Body,
    Code,
    Count,
    CountryCode,
    Currency,
    Grams,
    Id,
    Latitude,
    Line,
    Longitude,
    Money,
    Quantity,
    Sku,
    Text,
    Time,
    Value,
    not_empty,
)

SEALED = ConfigDict(json_schema_extra={"x-personal-data": True})


class Payment(Value):
    """What the checkout says of the money."""

    status: PaymentStatus
    method: Code | None = None


class Promise(Value):
    """What the customer was promised."""

    ship_by: Time | None = None
    deliver_by: Time | None = None


class Customer(Value):
    """Personal data: who ordered."""

    model_config = SEALED

    id: Id | None = None
    name: Line | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$")] | None = None
    phone: Code | None = None


class Destination(Value):
    """Where it goes, as far as a decision needs it; not personal data."""

    country_code: CountryCode
    province_code: Code | None = None
    postal_code: Code | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class ShipTo(Value):
    """Personal data: the address on the label."""

    model_config = SEALED

    name: Line
    company: Line | None = None
    address1: Line | None = None
    address2: Line | None = None
    city: Line | None = None
    phone: Code | None = None
    delivery_note: Text | None = None
    entry_code: Code | None = None


class Property(Value):
    """One property of an order or line, as the shop named it."""

    name: Line
    value: Text


class Wishes(Value):
    """Personal data: what the customer asked for in words."""

    model_config = SEALED

    gift_message: Text | None = None
    card: Text | None = None
    note_to_packer: Text | None = None
    properties: tuple[Property, ...] = Field(default=(), max_length=100)


class Instructions(Value):
    """What the packer must do; carried to the shipment."""

    gift_wrap: bool = False
    sample_skus: tuple[Sku, ...] = Field(default=(), max_length=20)
    packaging: Code | None = None


class Shipping(Value):
    """What the customer chose at the checkout."""

    service: Code = "standard"
    price: Money | None = None
    incoterm: Code | None = None


class LineFacts(Value):
    """What a line of a checkout and the line of the order made from it have in common."""

    line_id: Id
    sku: Sku
    title: Line
    quantity: Quantity
    price: Money
    weight_g: Grams = 0
    delivery_method: DeliveryMethod = DeliveryMethod.SHIPPING
    pickup_location: Id | None = None
    fulfil_at: Time | None = None
    hs_code: Code | None = None
    origin_country: CountryCode | None = None


class OrderLine(LineFacts):
    """One line of an order: `quantity` as first ordered, of which `cancelled` are no longer wanted."""

    cancelled: Count


class OrderFacts(Value):
    """What a checkout and the order made from it have in common."""

    source: Id
    source_id: Id
    updated_at: Time
    placed_at: Time
    shop: Id
    channel: Id = "web"
    locale: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$", max_length=35)] = "en"
    currency: Currency
    test: bool = False
    payment: Payment
    together: bool = False
    shortage_policy: ShortagePolicy = ShortagePolicy.SHIP_AVAILABLE
    promise: Promise = Promise()
    tags: tuple[Line, ...] = Field(default=(), max_length=250)
    customer: Customer
    destination: Destination
    ship_to: ShipTo | None = None
    wishes: Wishes = Wishes()
    instructions: Instructions = Instructions()
    shipping: Shipping = Shipping()


class Hold(Value):
    """Why an order must not leave yet."""

    hold_id: Id
    reason: Code
    note: Text | None = None


class Cancellation(Value):
    """That an order was cancelled; what had already left is not undone."""

    at: Time
    reason: CancelReason
    actor: Line


class Order(OrderFacts):
    """An accepted order, whole."""

    order_id: Id
    name: Line
    holds: tuple[Hold, ...]
    cancellation: Cancellation | None
    lines: Annotated[tuple[OrderLine, ...], AfterValidator(not_empty)]


class OrderPlaced(Order, Body):
    """An order was accepted."""

    event_type: ClassVar[str] = "order.placed"

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id

    @property
    def order(self) -> Order:
        """The order, whole; named as in `OrderChanged`, so that a reader treats both alike."""
        return self


class OrderChanged(Body):
    """An order is no longer what it was: the order whole, what changed, why and by whom."""

    event_type: ClassVar[str] = "order.changed"

    order: Order
    changes: tuple[ChangeKind, ...]
    reason: Text | None
    actor: Line

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order.order_id
