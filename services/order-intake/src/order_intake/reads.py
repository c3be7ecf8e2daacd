"""What order-intake reads of its neighbours' events: fewer fields than their writer says."""

from typing import ClassVar

from order_events import ShipmentStatus
from order_intake.domain.shipments import LineState, Settled, ShipmentState
from service_runtime import Received, TolerantReader


class ShipmentRead(TolerantReader, frozen=True):
    """How a shipment stands to which something has happened."""

    event_type: ClassVar[str] = "shipment.updated"

    shipment_id: str
    order_id: str
    status: ShipmentStatus
    lines: tuple[LineState, ...]
    settled: Settled | None = None


def state_of(received: Received[ShipmentRead]) -> ShipmentState:
    """What is kept of a shipment event."""
    seen = received.body
    return ShipmentState(seen.shipment_id, seen.order_id, received.version, seen.status, seen.lines)
