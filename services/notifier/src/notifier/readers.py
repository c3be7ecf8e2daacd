"""What the notifier reads of each event: fewer fields than its writer says, and nothing of how stock was decided."""

from typing import ClassVar, TypeAlias

from order_events import Body, Money, Value
from order_events.enums import UnitOutcome
from order_events.types import Code, Count, CountryCode, Id, Quantity, Text, Time
from order_events.types import Line as Words


class OrderLineRead(Value):
    """One line of an order."""

    line_id: Id
    title: Words
    quantity: Quantity
    price: Money


class CustomerRead(Value):
    """Personal data: who ordered."""

    name: Words | None = None
    email: Words | None = None


class ShipToRead(Value):
    """Personal data: where it goes, as the customer wrote it."""

    name: Words
    company: Words | None = None
    address1: Words | None = None
    address2: Words | None = None
    city: Words | None = None


class WishesRead(Value):
    """Personal data: the gift message."""

    gift_message: Text | None = None


class DestinationRead(Value):
    """The country, for its time of day."""

    country_code: CountryCode


class ShippingRead(Value):
    """What the way costs."""

    price: Money | None = None


class CancellationRead(Value):
    """That an order was cancelled."""


class OrderRead(Value):
    """An order, as far as it is told."""

    order_id: Id
    name: Words
    shop: Id
    locale: Words
    test: bool
    customer: CustomerRead
    destination: DestinationRead
    ship_to: ShipToRead | None
    wishes: WishesRead
    shipping: ShippingRead
    cancellation: CancellationRead | None
    lines: tuple[OrderLineRead, ...]


class PlacedRead(OrderRead, Body):
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
    def order(self) -> OrderRead:
        """The order, named as in `ChangedRead`."""
        return self


class ChangedRead(Body):
    """An order is no longer what it was."""

    event_type: ClassVar[str] = "order.changed"

    order: OrderRead

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order.order_id


class UnitsRead(Value):
    """What becomes of some units of a line."""

    line_id: Id
    quantity: Quantity
    outcome: UnitOutcome
    location_id: Id | None
    reason: Code | None
    expected_at: Time | None


class AskedRead(Value):
    """How many units of a line were ever asked back from a location."""

    location_id: Id
    line_id: Id
    quantity: Quantity


class DecidedRead(Body):
    """What becomes of every unit of an order; why, is not read."""

    event_type: ClassVar[str] = "allocation.decided"

    order_id: Id
    order_version: Count
    revision: Count
    units: tuple[UnitsRead, ...]
    asked: tuple[AskedRead, ...]

    @property
    def subject(self) -> str:
        """The order's allocation."""
        return f"allocation/{self.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class ShipmentLineRead(Value):
    """One line of a shipment."""

    line_id: Id
    ordered: Count
    released: Count
    answered: Count


class PackageLineRead(Value):
    """Units of a line in a package."""

    line_id: Id
    quantity: Quantity


class PackageRead(Value):
    """A package that left."""

    package_id: Id
    carrier: Words | None
    number: Words | None
    url: Text | None
    lines: tuple[PackageLineRead, ...]


class ShipmentRead(Body):
    """What one location is asked to do for one order."""

    shipment_id: Id
    order_id: Id
    revision: Count
    location_id: Id
    lines: tuple[ShipmentLineRead, ...]
    packages: tuple[PackageRead, ...]

    @property
    def subject(self) -> str:
        """The shipment."""
        return f"shipment/{self.shipment_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class CreatedRead(ShipmentRead):
    """A location is asked to do something."""

    event_type: ClassVar[str] = "shipment.created"


class UpdatedRead(ShipmentRead):
    """A shipment is no longer what it was."""

    event_type: ClassVar[str] = "shipment.updated"


Read: TypeAlias = PlacedRead | ChangedRead | DecidedRead | CreatedRead | UpdatedRead
