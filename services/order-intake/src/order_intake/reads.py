"""What order-intake reads of its neighbours' events: fewer fields than their writer says."""

from typing import ClassVar, TypeAlias

from order_events import ShipmentStatus
from order_intake.domain.shipments import LineState, ShipmentState
from service_runtime import Received, TolerantReader


class ShipmentRead(TolerantReader, frozen=True):
    """How a shipment stands."""

    shipment_id: str
    order_id: str
    status: ShipmentStatus
    lines: tuple[LineState, ...]


class CreatedRead(ShipmentRead, frozen=True):
    """A location is asked to do something for an order."""

    event_type: ClassVar[str] = "shipment.created"


class UpdatedRead(ShipmentRead, frozen=True):
    """A shipment is no longer what it was."""

    event_type: ClassVar[str] = "shipment.updated"


Seen: TypeAlias = CreatedRead | UpdatedRead


def state_of(received: Received[Seen]) -> ShipmentState:
    """What is kept of a shipment event."""
    seen = received.body
    return ShipmentState(seen.shipment_id, seen.order_id, received.version, seen.status, seen.lines)
