"""How much the pipeline says per order: records and sizes by topic. The floor says as much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """What goes to one topic: records an order, and their mean sizes in bytes."""

    per_order: float
    key: int
    value: int
    headers: int


# Which service says what; the first is what the next hop reads.
SPEAKERS: Mapping[str, tuple[str, ...]] = {
    "order_intake": ("order.placed", "checkout.answered"),
    "allocator": ("allocation.decided", "inventory.changed"),
    "fulfiller": ("shipment.created", "shipment.updated", "partner.swift.shipments"),
    "notifier": ("customer.notified",),
}
Shape = Mapping[str, Said]


def shape_of(records: Mapping[str, int], sizes: Mapping[str, tuple[int, int, int]], orders: int) -> dict[str, Said]:
    """Make means of sums.

    Args:
        records: per topic how many there are.
        sizes: per topic the bytes of all keys, all values and all headers.
        orders: how many orders said all this.
    """
    return {topic: Said(n / orders, *(total // n for total in sizes[topic])) for topic, n in records.items() if n}


def told(shape: Shape) -> dict[str, Any]:
    """Give a shape as a result holds it."""
    return {
        topic: {"per_order": round(said.per_order, 3), "key": said.key, "value": said.value, "headers": said.headers}
        for topic, said in shape.items()
    }


def heard(said: Mapping[str, Any]) -> dict[str, Said]:
    """Take a shape from what `told` gave."""
    return {topic: Said(**each) for topic, each in said.items()}
