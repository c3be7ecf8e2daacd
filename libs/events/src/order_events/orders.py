"""What is said of orders, as we keep them; what a door takes for one is in `checkouts`."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict, Field

from order_events.enums import (
    AddressClass,
    CancelReason,
    ChangeKind,
    DeliveryMethod,
    LineKind,
    PaymentStatus,
    RiskLevel,
    ShortagePolicy,
)
from order_events.refunds import Refund, RefundAsked
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
    """What the checkout says of the money.

    `reserve_until`: of an order that is not paid, until when its units are kept for it; `takes_no_stock`: none are kept
    before it is paid. Where the checkout says neither, the shop's policy does.
    """

    status: PaymentStatus
    method: Code | None = None
    total: Money | None = None
    paid: Money | None = None
    reserve_until: Time | None = None
    takes_no_stock: bool = False


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
    address_class: AddressClass | None = None


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
    """One property of an order or, with `line_id`, of one of its lines, as the shop named it."""

    name: Line
    value: Text
    line_id: Id | None = None


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
    """What the customer chose at the checkout; `title` is what the customer read there."""

    service: Code = "standard"
    title: Line | None = None
    price: Money | None = None
    incoterm: Code | None = None


class UpstreamId(Value):
    """One of the ids under which a shop knows an order, such as its `order_number`."""

    name: Line
    value: Line


class Upstream(Value):
    """What the shop itself calls an order: its name, its several ids, and when it was placed as the shop wrote it."""

    name: Line | None = None
    ids: tuple[UpstreamId, ...] = Field(default=(), max_length=20)
    placed_at: Line | None = None


class LineFacts(Value):
    """What a line of a checkout and the line of the order made from it have in common.

    `fulfilled_elsewhere`: units that the shop has sent itself; nothing is left to do for them here.
    """

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
    kind: LineKind = LineKind.GOODS
    fulfilled_elsewhere: Count = 0


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
    upstream: Upstream | None = None
    risk: RiskLevel | None = None
    refunds: tuple[Refund, ...] = Field(default=(), max_length=250)


class Hold(Value):
    """Why an order must not leave yet: `reason` is one of Shopify's 8; without `line_ids` all of it."""

    hold_id: Id
    reason: Code
    note: Text | None = None
    owner: Line | None = None
    at: Time | None = None
    expires_at: Time | None = None
    line_ids: tuple[Id, ...] = Field(default=(), max_length=1000)


class Cancellation(Value):
    """That an order was cancelled; what had already left is not undone."""

    at: Time
    reason: CancelReason
    actor: Line


class ToldBy(Value):
    """Who tells the customer a fact of `customer.notified` (`*`: all others): `we`, the `shop` itself, or `nobody`."""

    fact: Code
    who: Code


class Order(OrderFacts):
    """An accepted order, whole; its customer is told by us what `told_by` does not name."""

    order_id: Id
    name: Line
    holds: tuple[Hold, ...]
    cancellation: Cancellation | None
    refunds_asked: tuple[RefundAsked, ...] = ()
    told_by: tuple[ToldBy, ...] = Field(default=(), max_length=50)
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
    """An order is no longer what it was: the order whole, what changed (`fields`: where in it), why and by whom."""

    event_type: ClassVar[str] = "order.changed"

    order: Order
    changes: tuple[ChangeKind, ...]
    reason: Text | None
    actor: Line
    fields: tuple[Line, ...] = ()

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order.order_id
