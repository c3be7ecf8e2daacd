"""The part of others' events that the fulfiller needs: slim readers of `order.*` and `allocation.decided`. Pure."""

from datetime import datetime
from typing import ClassVar

from fulfiller.domain.held import Decision, Duty, Order, Site
from fulfiller.domain.shipment import Delivery
from order_events import Asked, Body, FulfilledBy, Hold, Instructions, Promise, Shipping, ShipTo, Value, Wishes


class OrderRead(Value):
    """What is read of an order: where it goes, how, and what keeps it back; its lines come with the decision."""

    order_id: str
    name: str
    holds: tuple[Hold, ...]
    promise: Promise = Promise()
    ship_to: ShipTo | None = None
    wishes: Wishes = Wishes()
    instructions: Instructions = Instructions()
    shipping: Shipping = Shipping()

    def held(self, version: int) -> Order:
        """This version of the order as it is held."""
        hold = self.holds[0].reason if self.holds else None
        delivery = Delivery(self.ship_to, self.shipping.service, self.instructions, self.wishes, self.promise.ship_by)
        return Order(self.order_id, version, self.name, hold, delivery)


class PlacedRead(OrderRead, Body):
    """`order.placed` as it is read here."""

    event_type: ClassVar[str] = "order.placed"

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id

    @property
    def order(self) -> OrderRead:
        """The order; named as in `ChangedRead`."""
        return self


class ChangedRead(Body):
    """`order.changed` as it is read here."""

    event_type: ClassVar[str] = "order.changed"

    order: OrderRead

    @property
    def subject(self) -> str:
        """The order."""
        return f"order/{self.order.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order.order_id


class PlaceLineRead(Value):
    """What one location was ever given of a line."""

    line_id: str
    sku: str
    assigned: int


class PlaceRead(Value):
    """One location's part, without its cost."""

    location_id: str
    fulfilled_by: FulfilledBy
    partner_id: str | None
    lines: tuple[PlaceLineRead, ...]
    ship_by: datetime | None


class DecidedRead(Body):
    """`allocation.decided` as it is read here: no units, no reasons."""

    event_type: ClassVar[str] = "allocation.decided"

    order_id: str
    order_version: int
    revision: int
    asked: tuple[Asked, ...]
    places: tuple[PlaceRead, ...]

    @property
    def subject(self) -> str:
        """The order's allocation."""
        return f"allocation/{self.order_id}"

    @property
    def key(self) -> str:
        """The order's id."""
        return self.order_id

    def held(self) -> Decision:
        """This revision as it is held: per place what was ever assigned and ever asked back."""
        asked = {(one.location_id, one.line_id): one for one in self.asked}
        sites = [_site(place, asked) for place in self.places]
        strays: dict[str, list[Duty]] = {}
        for (location_id, line_id), one in asked.items():
            strays.setdefault(location_id, []).append(Duty(line_id, one.sku, 0, one.quantity))
        sites += [_nobody(location_id, duties) for location_id, duties in strays.items()]
        return Decision(self.order_id, self.revision, self.order_version, tuple(sites))


def _site(place: PlaceRead, asked: dict[tuple[str, str], Asked]) -> Site:
    """A place with its asks; those are taken out of `asked`."""
    duties = []
    for line in place.lines:
        ask = asked.pop((place.location_id, line.line_id), None)
        duties.append(Duty(line.line_id, line.sku, line.assigned, ask.quantity if ask else 0))
    return Site(place.location_id, place.fulfilled_by, place.partner_id, place.ship_by, tuple(duties))


def _nobody(location_id: str, duties: list[Duty]) -> Site:
    """An ask at a place or of a line that was given nothing: still answered."""
    return Site(location_id, FulfilledBy.MANUAL, None, None, tuple(duties))
