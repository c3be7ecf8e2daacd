"""New work: what a decision gives to a place that no shipment there holds yet. Pure."""

from dataclasses import dataclass, field

from fulfiller.domain.held import Decision, Order, Site
from fulfiller.domain.shipment import Delivery, Line, Shipment, added
from fulfiller.domain.transitions import Act, legal
from order_events import RequestStatus, ShipmentStatus, shipment_id_of

MOST_NAME = 240  # characters of an order's name, so that a shipment's fits into 255


@dataclass
class Book:
    """An order's shipments while they are being decided, by id, oldest first."""

    shipments: dict[str, Shipment]
    ordered: dict[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        self.ordered = {}
        for shipment in self.shipments.values():
            for line in shipment.lines:
                at = shipment.location_id, line.line_id
                self.ordered[at] = self.ordered.get(at, 0) + line.ordered

    def put(self, shipment: Shipment) -> None:
        """Keep a shipment as it now is."""
        self.shipments[shipment.shipment_id] = shipment

    def of(self, location_id: str, line_id: str) -> list[str]:
        """The shipments of a place that have a line, newest first: least has been done for them."""
        there = [one for one in self.shipments.values() if one.location_id == location_id and one.line(line_id)]
        return [one.shipment_id for one in reversed(there)]


def take_new_work(book: Book, order: Order, decision: Decision) -> None:
    """Put each place's new units into its shipment that can still take them, else into a new one."""
    for site in decision.sites:
        new = tuple(_new_lines(book, site))
        if not new:
            continue
        joined = next((one for one in book.shipments.values() if _can_take(one, site)), None)
        book.put(added(joined, new) if joined else _born(len(book.shipments) + 1, new, order, site))


def _new_lines(book: Book, site: Site) -> list[Line]:
    """What the place was given beyond what its shipments were; an ask of nothing gets a line to be answered on."""
    lines = []
    for duty in site.duties:
        before = book.ordered.get((site.location_id, duty.line_id))
        new = max(0, duty.assigned - (before or 0))
        if new or (duty.asked and before is None):
            lines.append(Line(duty.line_id, duty.sku, new))
    return lines


def _can_take(shipment: Shipment, site: Site) -> bool:
    hands = shipment.location_id, shipment.fulfilled_by, shipment.partner_id
    same_hands = hands == (site.location_id, site.fulfilled_by, site.partner_id)
    begun = shipment.packages or shipment.was_requested
    return same_hands and not begun and legal(shipment, Act.ADD)


def _born(number: int, lines: tuple[Line, ...], order: Order, site: Site) -> Shipment:
    return Shipment(
        shipment_id=shipment_id_of(order.order_id, number),
        name=f"{order.name[:MOST_NAME]}-F{number}",
        order_id=order.order_id,
        location_id=site.location_id,
        fulfilled_by=site.fulfilled_by,
        partner_id=site.partner_id,
        status=ShipmentStatus.OPEN,
        request_status=RequestStatus.UNSUBMITTED,
        reason=None,
        lines=lines,
        packages=(),
        delivery=_delivery(order.delivery, site),
    )


def _delivery(asked: Delivery, site: Site) -> Delivery:
    """What was promised to the customer is the deadline; else what the place planned when it got the work."""
    if asked.fulfil_by or not site.ship_by:
        return asked
    return Delivery(asked.ship_to, asked.service, asked.instructions, asked.wishes, site.ship_by)
