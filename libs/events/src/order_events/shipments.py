"""What the fulfiller says: what one location is asked to do for one order, and how far it is."""

from typing import ClassVar

from order_events.enums import FulfilledBy, MilestoneStatus, RequestStatus, ShipmentStatus
from order_events.orders import Instructions, ShipTo, Wishes
from order_events.types import Body, Code, Count, Id, Line, Quantity, Sku, Text, Time, Value


class ShipmentLine(Value):
    """One line of a shipment. `released` (ever given back) and `answered` (how much of what was asked back is
    settled, by releasing or keeping) only grow; `difference` is what will not come, once that is known.
    """

    line_id: Id
    sku: Sku
    ordered: Count
    shipped: Count
    released: Count
    answered: Count
    difference: Count
    reason: Code | None


class PackageLine(Value):
    """Units of a line in a package."""

    line_id: Id
    sku: Sku
    quantity: Quantity


class Milestone(Value):
    """Something that happened to a package, when the carrier or packer says it did."""

    status: MilestoneStatus
    happened_at: Time
    message: Text | None


class Package(Value):
    """A package that left, with its own carrier and number."""

    package_id: Id
    parcel_id: Id
    lines: tuple[PackageLine, ...]
    carrier: Line | None
    number: Line | None
    url: Text | None
    milestones: tuple[Milestone, ...]


class Staying(Value):
    """A line of which units were asked back: how many of it the order's shipments have sent or will send."""

    line_id: Id
    units: Count


class Settled(Value):
    """All that was asked back of an order is released or kept, as of the decision that answers `order_version`."""

    order_version: Count
    lines: tuple[Staying, ...]


class Shipment(Body):
    """What one location is asked to do for one order, whole."""

    shipment_id: Id
    name: Line
    order_id: Id
    order_version: Count
    revision: Count
    location_id: Id
    fulfilled_by: FulfilledBy
    partner_id: Id | None
    status: ShipmentStatus
    request_status: RequestStatus
    reason: Code | None
    lines: tuple[ShipmentLine, ...]
    packages: tuple[Package, ...]
    ship_to: ShipTo | None
    service: Code
    instructions: Instructions
    wishes: Wishes
    fulfil_by: Time | None
    settled: Settled | None = None

    @property
    def subject(self) -> str:
        """The shipment."""
        return f"shipment/{self.shipment_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class ShipmentCreated(Shipment):
    """A location is asked to do something for an order: a shipment as it is born, to which nothing has happened yet.

    Whoever acts on what happens to shipments need not read it.
    """

    event_type: ClassVar[str] = "shipment.created"


class ShipmentUpdated(Shipment):
    """A shipment to which something has happened: version 2 and later, and version 1 of one born with answers."""

    event_type: ClassVar[str] = "shipment.updated"
