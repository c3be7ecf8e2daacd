"""What the allocator reads of its events: slim models, because what is not read costs nothing."""

from typing import ClassVar

from order_events import Body, DeliveryMethod, ShortagePolicy, Value


class LineRead(Value):
    """What a decision needs of an order's line."""

    line_id: str
    sku: str
    quantity: int
    cancelled: int
    weight_g: int = 0
    delivery_method: DeliveryMethod = DeliveryMethod.SHIPPING
    pickup_location: str | None = None


class DestinationRead(Value):
    """Where it goes."""

    latitude: float | None = None
    longitude: float | None = None


class PromiseRead(Value):
    """What was promised; the times stay the text they are."""

    ship_by: str | None = None
    deliver_by: str | None = None


class OrderRead(Value):
    """What a decision needs of an order; personal data is not read."""

    order_id: str
    currency: str
    test: bool = False
    shortage_policy: ShortagePolicy = ShortagePolicy.SHIP_AVAILABLE
    placed_at: str
    promise: PromiseRead = PromiseRead()
    destination: DestinationRead
    lines: tuple[LineRead, ...]


class OrderPlacedRead(OrderRead, Body):
    """`order.placed`, as far as the allocator reads it; `matters`: an order always does."""

    event_type: ClassVar[str] = "order.placed"
    matters: ClassVar[bool] = True

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id

    @property
    def order(self) -> OrderRead:
        """The order, named as in `order.changed`."""
        return self


class OrderChangedRead(Body):
    """`order.changed`, as far as the allocator reads it."""

    event_type: ClassVar[str] = "order.changed"
    matters: ClassVar[bool] = True

    order: OrderRead

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order.order_id


class ShipmentLineRead(Value):
    """The sums of a shipment's line."""

    line_id: str
    ordered: int
    shipped: int
    released: int
    answered: int


class ShipmentRead(Body):
    """A shipment, as far as the allocator reads it."""

    event_type: ClassVar[str] = "shipment.created"

    shipment_id: str
    order_id: str
    location_id: str
    lines: tuple[ShipmentLineRead, ...]

    @property
    def subject(self) -> str:
        """The shipment."""
        return f"shipment/{self.shipment_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id

    @property
    def matters(self) -> bool:
        """Whether anything has happened to its units: nothing else is new to the allocator."""
        return any(line.shipped or line.released or line.answered for line in self.lines)


class ShipmentUpdatedRead(ShipmentRead):
    """`shipment.updated`, read alike."""

    event_type: ClassVar[str] = "shipment.updated"


Read = OrderPlacedRead | OrderChangedRead | ShipmentRead
