"""What is held of an order beside its shipments: what it says, and what was decided. Pure values."""

from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from fulfiller.domain.shipment import Delivery, Shipment
from order_events import FulfilledBy


class Duty(Struct, frozen=True, gc=False):
    """What a place was ever given of a line, and how much of it was ever asked back; both only grow."""

    line_id: str
    sku: str
    assigned: int
    asked: int


class Site(Struct, frozen=True, gc=False):
    """One place's part in an order."""

    location_id: str
    fulfilled_by: FulfilledBy
    partner_id: str | None
    ship_by: datetime | None
    duties: tuple[Duty, ...]


class Decision(NamedTuple):
    """The newest decision held of an order; `order_version` is the one it answers."""

    order_id: str
    revision: int
    order_version: int
    sites: tuple[Site, ...]


class LineHold(Struct, frozen=True, gc=False):
    """A reason not to let a line leave."""

    line_id: str
    reason: str


class Order(NamedTuple):
    """What the fulfiller needs of the newest version held of an order; `hold` is a reason not to let it leave."""

    order_id: str
    version: int
    name: str
    hold: str | None
    delivery: Delivery
    line_holds: tuple[LineHold, ...] = ()

    def hold_on(self, shipment: Shipment) -> str | None:
        """Why a shipment is on hold: all of the order is, or a line of which units are still to leave there."""
        if self.hold is not None or not self.line_holds:
            return self.hold
        open_lines = {line.line_id for line in shipment.lines if line.open}
        return next((one.reason for one in self.line_holds if one.line_id in open_lines), None)
