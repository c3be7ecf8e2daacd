"""What a watcher keeps of each thing: the newest state said of it, and only what is shown or counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as last said."""

    version: int
    name: str
    ordered: int
    cancelled: int
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class DecisionSeen:
    """What becomes of an order's units as last decided."""

    version: int
    locations: frozenset[str]
    backordered_lines: int
    backordered_units: int
    asked: int


@dataclass(frozen=True, slots=True)
class ShipmentSeen:
    """A shipment as last said; `rejected_at` is the revision it was made for when its partner would not have it."""

    version: int
    order_id: str
    location_id: str
    is_open: bool
    shipped: int
    packages: int
    rejected_at: int | None


@dataclass(frozen=True, slots=True)
class MessageSeen:
    """A message to a customer as last said."""

    version: int
    fact: str
    status: str


def order_seen(body: Json, version: int) -> OrderSeen:
    """Keep what matters of `order.placed`, or of the order in `order.changed`."""
    lines = body["lines"]
    return OrderSeen(
        version,
        body["name"],
        sum(line["quantity"] for line in lines),
        sum(line["cancelled"] for line in lines),
        body["cancellation"] is not None,
    )


def decision_seen(body: Json) -> DecisionSeen:
    """Keep what matters of `allocation.decided`; its version is its revision."""
    short = [units for units in body["units"] if units["outcome"] == "backordered"]
    return DecisionSeen(
        body["revision"],
        frozenset(units["location_id"] for units in body["units"] if units["outcome"] == "allocated"),
        len({units["line_id"] for units in short}),
        sum(units["quantity"] for units in short),
        sum(asked["quantity"] for asked in body["asked"]),
    )


def shipment_seen(body: Json, version: int) -> ShipmentSeen:
    """Keep what matters of `shipment.created` and `shipment.updated`."""
    return ShipmentSeen(
        version,
        body["order_id"],
        body["location_id"],
        body["status"] in {"open", "in_progress"},
        sum(line["shipped"] for line in body["lines"]),
        len(body["packages"]),
        body["revision"] if body["request_status"] == "rejected" else None,
    )
