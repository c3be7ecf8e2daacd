"""What the notifier reads of each event: fewer fields than its writer says, and nothing of how stock was decided."""

from typing import ClassVar, TypeAlias

from notifier.domain.things import (
    Asked,
    Customer,
    Line,
    Money,
    Package,
    ShipmentLine,
    ShipTo,
    Units,
    Wishes,
)
from service_runtime import Part, TolerantReader
from service_runtime.tolerant import Count


class DestinationRead(Part, frozen=True):
    """The country, for its time of day."""

    country_code: str


class ShippingRead(Part, frozen=True):
    """What the way costs."""

    price: Money | None


class PaymentRead(Part, frozen=True):
    """How the payment stands."""

    status: str


class HoldRead(Part, frozen=True):
    """Why an order waits, and who says so."""

    hold_id: str
    reason: str
    owner: str | None = None


class CancellationRead(Part, frozen=True):
    """That an order was cancelled."""


class ToldByRead(Part, frozen=True):
    """Who tells the customer a fact."""

    fact: str
    who: str


class OrderRead(Part, frozen=True):
    """An order, as far as it is told."""

    order_id: str
    name: str
    shop: str
    locale: str
    test: bool
    customer: Customer
    destination: DestinationRead
    ship_to: ShipTo | None
    wishes: Wishes
    shipping: ShippingRead
    cancellation: CancellationRead | None
    payment: PaymentRead
    holds: tuple[HoldRead, ...]
    lines: tuple[Line, ...]
    told_by: tuple[ToldByRead, ...] = ()


class PlacedRead(OrderRead, TolerantReader, frozen=True):
    """An order was accepted."""

    event_type: ClassVar[str] = "order.placed"
    matters: ClassVar[bool] = True

    @property
    def order(self) -> OrderRead:
        """The order, named as in `ChangedRead`."""
        return self


class ChangedRead(TolerantReader, frozen=True):
    """An order is no longer what it was."""

    event_type: ClassVar[str] = "order.changed"
    matters: ClassVar[bool] = True

    order: OrderRead
    changes: tuple[str, ...]
    fields: tuple[str, ...] = ()


class DecidedRead(TolerantReader, frozen=True):
    """What becomes of every unit of an order; why, is not read."""

    event_type: ClassVar[str] = "allocation.decided"
    matters: ClassVar[bool] = True

    order_id: str
    order_version: Count
    revision: Count
    units: tuple[Units, ...]
    asked: tuple[Asked, ...]


class ShipmentRead(TolerantReader, frozen=True):
    """What one location is asked to do for one order, once something has happened to it."""

    event_type: ClassVar[str] = "shipment.updated"

    shipment_id: str
    order_id: str
    revision: Count
    location_id: str
    lines: tuple[ShipmentLine, ...]
    packages: tuple[Package, ...]

    @property
    def matters(self) -> bool:
        """Whether anything left, was given back or was answered for: of nothing else is a customer told (ADR 0013)."""
        return bool(self.packages) or any(line.released or line.answered for line in self.lines)


Read: TypeAlias = PlacedRead | ChangedRead | DecidedRead | ShipmentRead
