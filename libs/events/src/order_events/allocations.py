"""What the allocator says: who ships what, and how the stock stands."""

from typing import ClassVar

from order_events.enums import DecisionOutcome, FulfilledBy, UnitOutcome
from order_events.types import Amount, Body, Code, Count, Id, Km, Money, Quantity, Sku, Text, Time, Value


class Units(Value):
    """What becomes of some units of one line; all units of an order's lines sum to what was ordered."""

    line_id: Id
    sku: Sku
    quantity: Quantity
    outcome: UnitOutcome
    location_id: Id | None
    reason: Code | None
    expected_at: Time | None


class Asked(Value):
    """How many units of a line were ever asked back from a location; only grows."""

    location_id: Id
    line_id: Id
    sku: Sku
    quantity: Quantity


class PlaceLine(Value):
    """What one location does of one line: `quantity` now, `assigned` ever (only grows)."""

    line_id: Id
    sku: Sku
    quantity: Count
    assigned: Count


class Place(Value):
    """One location's part of the order, with its cost and dates; places once used stay listed."""

    location_id: Id
    fulfilled_by: FulfilledBy
    partner_id: Id | None
    lines: tuple[PlaceLine, ...]
    cost: Money
    ship_by: Time | None
    deliver_by: Time | None


class Reasons(Value):
    """Why this and not another: candidates as columns of equal length; `excluded` names the rule or is null."""

    location_ids: tuple[Id, ...]
    km: tuple[Km | None, ...]
    cost: tuple[Amount | None, ...]
    excluded: tuple[Code | None, ...]
    exact: bool
    gap: Amount
    policy: Code


class AllocationDecided(Body):
    """What becomes of every unit of an order; answers the order's `order_version`."""

    event_type: ClassVar[str] = "allocation.decided"

    order_id: Id
    order_version: Count
    revision: Count
    outcome: DecisionOutcome
    units: tuple[Units, ...]
    asked: tuple[Asked, ...]
    places: tuple[Place, ...]
    cost: Money
    reasons: Reasons

    @property
    def subject(self) -> str:
        """The order's allocation; its version is `revision`."""
        return f"allocation/{self.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id


class InventoryChanged(Body):
    """How the stock of a SKU at a location stands; on_hand is the sum of the buckets but `incoming`."""

    event_type: ClassVar[str] = "inventory.changed"

    sku: Sku
    location_id: Id
    on_hand: Count
    available: Count
    committed: Count
    reserved: Count
    damaged: Count
    safety_stock: Count
    quality_control: Count
    incoming: Count
    reason: Text
    at: Time

    @property
    def subject(self) -> str:
        """One SKU at one location."""
        return f"stock/{self.sku}@{self.location_id}"

    @property
    def key(self) -> str:
        """The SKU."""
        return self.sku
