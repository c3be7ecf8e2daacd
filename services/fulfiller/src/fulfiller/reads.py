"""What the fulfiller reads of others' events: slim readers of `order.*` and `allocation.decided`."""

from typing import ClassVar

from msgspec import Raw

from fulfiller.domain.held import Decision, Duty, LineHold, Order, Site
from fulfiller.domain.shipment import Delivery
from order_events import FulfilledBy
from service_runtime.tolerant import Count, Part, Quantity, Time, TolerantReader

NOTHING_SAID, NOBODY = Raw(b"{}"), Raw(b"null")


class HoldRead(Part, frozen=True):
    """Why an order must not leave yet, or only these lines of it."""

    reason: str
    line_ids: tuple[str, ...] = ()


class PromiseRead(Part, frozen=True):
    """What was promised."""

    ship_by: Time | None = None


class ShippingRead(Part, frozen=True):
    """What the customer chose."""

    service: str = "standard"


class OrderRead(Part, frozen=True):
    """What is read of an order: where it goes, how, and what keeps it back; its lines come with the decision.

    What is only said again stays the JSON it is.
    """

    order_id: str
    name: str
    holds: tuple[HoldRead, ...]
    promise: PromiseRead = PromiseRead()
    ship_to: Raw = NOBODY
    wishes: Raw = NOTHING_SAID
    instructions: Raw = NOTHING_SAID
    shipping: ShippingRead = ShippingRead()

    def held(self, version: int) -> Order:
        """This version of the order as it is held."""
        whole = next((one.reason for one in self.holds if not one.line_ids), None)
        lines = tuple(LineHold(line_id, one.reason) for one in self.holds for line_id in one.line_ids)
        ship_to, instructions, wishes = _text(self.ship_to), _text(self.instructions), _text(self.wishes)
        to = None if ship_to == "null" else ship_to
        delivery = Delivery(to, self.shipping.service, instructions, wishes, self.promise.ship_by)
        return Order(self.order_id, version, self.name, whole, delivery, lines)


class PlacedRead(OrderRead, TolerantReader, frozen=True):
    """`order.placed` as it is read here."""

    event_type: ClassVar[str] = "order.placed"

    @property
    def order(self) -> OrderRead:
        """The order; named as in `ChangedRead`."""
        return self


class ChangedRead(TolerantReader, frozen=True):
    """`order.changed` as it is read here."""

    event_type: ClassVar[str] = "order.changed"

    order: OrderRead


class PlaceLineRead(Part, frozen=True):
    """What one location was ever given of a line."""

    line_id: str
    sku: str
    assigned: Count


class PlaceRead(Part, frozen=True):
    """One location's part, without its cost."""

    location_id: str
    fulfilled_by: FulfilledBy
    partner_id: str | None
    lines: tuple[PlaceLineRead, ...]
    ship_by: Time | None


class AskedRead(Part, frozen=True):
    """How many units of a line were ever asked back from a location."""

    location_id: str
    line_id: str
    sku: str
    quantity: Quantity


class DecidedRead(TolerantReader, frozen=True):
    """`allocation.decided` as it is read here: no units, no reasons."""

    event_type: ClassVar[str] = "allocation.decided"

    order_id: str
    order_version: Count
    revision: Count
    asked: tuple[AskedRead, ...]
    places: tuple[PlaceRead, ...]

    def held(self) -> Decision:
        """This revision as it is held: per place what was ever assigned and ever asked back."""
        asked = {(one.location_id, one.line_id): one for one in self.asked}
        sites = [_site(place, asked) for place in self.places]
        strays: dict[str, list[Duty]] = {}
        for (location_id, line_id), one in asked.items():
            strays.setdefault(location_id, []).append(Duty(line_id, one.sku, 0, one.quantity))
        sites += [_nobody(location_id, duties) for location_id, duties in strays.items()]
        return Decision(self.order_id, self.revision, self.order_version, tuple(sites))


def _text(json: Raw) -> str:
    return str(json, "utf-8")


def _site(place: PlaceRead, asked: dict[tuple[str, str], AskedRead]) -> Site:
    """A place with its asks; those are taken out of `asked`."""
    duties = []
    for line in place.lines:
        ask = asked.pop((place.location_id, line.line_id), None) if asked else None
        duties.append(Duty(line.line_id, line.sku, line.assigned, ask.quantity if ask else 0))
    return Site(place.location_id, place.fulfilled_by, place.partner_id, place.ship_by, tuple(duties))


def _nobody(location_id: str, duties: list[Duty]) -> Site:
    """An ask at a place or of a line that was given nothing: still answered."""
    return Site(location_id, FulfilledBy.MANUAL, None, None, tuple(duties))
