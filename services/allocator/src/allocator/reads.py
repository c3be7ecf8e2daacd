"""What the allocator reads of its events: slim readers, because what is not read costs nothing."""

from typing import ClassVar

from order_events import DeliveryMethod, ShortagePolicy
from service_runtime.tolerant import Count, Part, Quantity, TolerantReader


class LineRead(Part, frozen=True):
    """What a decision needs of an order's line."""

    line_id: str
    sku: str
    quantity: Quantity
    cancelled: Count
    weight_g: Count = 0
    delivery_method: DeliveryMethod = DeliveryMethod.SHIPPING
    pickup_location: str | None = None
    fulfilled_elsewhere: Count = 0


class PaymentRead(Part, frozen=True):
    """Whether stock is taken for it at all."""

    takes_no_stock: bool = False


class DestinationRead(Part, frozen=True):
    """Where it goes."""

    latitude: float | None = None
    longitude: float | None = None


class PromiseRead(Part, frozen=True):
    """What was promised; the times stay the text they are."""

    ship_by: str | None = None
    deliver_by: str | None = None


class OrderRead(Part, frozen=True):
    """What a decision needs of an order; personal data is not read."""

    order_id: str
    currency: str
    placed_at: str
    destination: DestinationRead
    lines: tuple[LineRead, ...]
    test: bool = False
    shortage_policy: ShortagePolicy = ShortagePolicy.SHIP_AVAILABLE
    promise: PromiseRead = PromiseRead()
    payment: PaymentRead = PaymentRead()


class OrderPlacedRead(OrderRead, TolerantReader, frozen=True):
    """`order.placed`, as far as the allocator reads it; `matters`: an order always does."""

    event_type: ClassVar[str] = "order.placed"
    matters: ClassVar[bool] = True

    @property
    def order(self) -> OrderRead:
        """The order, named as in `order.changed`."""
        return self


class OrderChangedRead(TolerantReader, frozen=True):
    """`order.changed`, as far as the allocator reads it."""

    event_type: ClassVar[str] = "order.changed"
    matters: ClassVar[bool] = True

    order: OrderRead


class ShipmentLineRead(Part, frozen=True):
    """The sums of a shipment's line."""

    line_id: str
    ordered: Count
    shipped: Count
    released: Count
    answered: Count


class ShipmentRead(TolerantReader, frozen=True):
    """`shipment.updated`, as far as the allocator reads it; of a shipment to which nothing happened, nothing is new."""

    event_type: ClassVar[str] = "shipment.updated"

    shipment_id: str
    order_id: str
    location_id: str
    lines: tuple[ShipmentLineRead, ...]

    @property
    def matters(self) -> bool:
        """Whether anything has happened to its units: nothing else is new to the allocator."""
        return any(line.shipped or line.released or line.answered for line in self.lines)


Read = OrderPlacedRead | OrderChangedRead | ShipmentRead
