"""What the notifier holds of an order: the newest version of each thing, as far as a message needs it. Pure values.

Parts are read as they stand in an event and kept as they were read: msgspec makes and writes them.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, NamedTuple, TypeAlias

from msgspec import Meta, Struct

from order_events.types import MAX_AMOUNT, MAX_COUNT

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Amount = Annotated[int, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
Time = Annotated[datetime, Meta(tz=True)]


class Value(Struct, frozen=True, gc=False):
    """A part of a thing."""


class Money(Value, frozen=True):
    """An amount in minor units."""

    amount: Amount
    currency: str


class Line(Value, frozen=True, omit_defaults=True):
    """One line of an order: `quantity` as first ordered, `price` for one unit, `cancelled` no longer wanted.

    `fulfilled_elsewhere` units the shop has sent itself.
    """

    line_id: str
    title: str
    quantity: Count
    price: Money
    cancelled: Count = 0
    fulfilled_elsewhere: Count = 0

    @property
    def wanted(self) -> int:
        """Units that are to be sent, or were."""
        return max(0, self.quantity - self.cancelled)


class Edit(Value, frozen=True):
    """That a version of an order changed what is sent, or where to.

    `touched` are the lines of which it is known; without them any may be. `lines` is how many there were then: lines
    never go, and new ones stand behind.
    """

    version: Count
    at: Time
    touched: tuple[str, ...]
    lines: Count
    of_lines: bool
    of_address: bool


class Need(Value, frozen=True):
    """That an order was put on hold because its customer must do something; `reason` says what."""

    hold_id: str
    reason: str
    version: Count
    at: Time


class Customer(Value, frozen=True):
    """Personal data: who ordered. Looked at by no rule but the one that asks whether a mail can be sent."""

    name: str | None = None
    email: str | None = None


class ShipTo(Value, frozen=True):
    """Personal data: where it goes, as the customer wrote it."""

    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None


class Wishes(Value, frozen=True):
    """Personal data: the gift message."""

    gift_message: str | None = None


WE_ALL: Mapping[str, str] = MappingProxyType({})


class Order(NamedTuple):
    """An order. `told_by`: who tells its customer a fact where we do not, by fact, `*` for all others.

    `at` is when its event was made; `cancel_version` the lowest version known to hold a cancellation.

    `edits` and `needs` are those of all versions that were read, `holds` the ids of those it has now; `expired`: it was
    not paid in time. `fewest` is how many lines it had in any version that was read, where that is less than now.
    """

    order_id: str
    version: int
    at: datetime
    cancel_version: int | None
    test: bool
    name: str
    shop: str
    locale: str
    country: str
    shipping: Money | None  # what the customer pays for the way
    lines: tuple[Line, ...]
    customer: Customer
    ship_to: ShipTo
    wishes: Wishes
    expired: bool = False
    holds: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    needs: tuple[Need, ...] = ()
    fewest: int | None = None
    told_by: Mapping[str, str] = WE_ALL

    @property
    def fewest_lines(self) -> int:
        """How many lines it had at least."""
        return len(self.lines) if self.fewest is None else self.fewest


class Units(Value, frozen=True):
    """What becomes of some units of a line; `outcome` as the allocator names it. Allocated nowhere: nothing is sent."""

    line_id: str
    quantity: Count
    outcome: str
    location_id: str | None
    reason: str | None
    expected_at: Time | None


class Asked(Value, frozen=True):
    """How many units of a line were ever asked back from a location."""

    location_id: str
    line_id: str
    quantity: Count


class Short(Value, frozen=True):
    """A line that some decision could not serve: `outcome` is backordered or declined."""

    line_id: str
    outcome: str
    expected_at: Time | None


class Decision(Value, frozen=True):
    """What becomes of an order's units. `short` keeps what any revision that was read could not serve."""

    order_id: str
    revision: int
    order_version: int
    at: datetime
    units: tuple[Units, ...]
    asked: tuple[Asked, ...]
    short: tuple[Short, ...]


class ShipmentLine(Value, frozen=True):
    """One line of a shipment, with the sums that only grow."""

    line_id: str
    ordered: Count
    released: Count
    answered: Count


class PackageLine(Value, frozen=True):
    """Units of a line in a package."""

    line_id: str
    quantity: Count


class Package(Value, frozen=True):
    """A package that left, with the units of each line in it."""

    package_id: str
    carrier: str | None
    number: str | None
    url: str | None
    lines: tuple[PackageLine, ...]


class Shipment(Value, frozen=True):
    """What one location is asked to do for one order; `revision` is the decision it follows."""

    shipment_id: str
    order_id: str
    version: int
    revision: int
    at: datetime
    location_id: str
    lines: tuple[ShipmentLine, ...]
    packages: tuple[Package, ...]


Thing: TypeAlias = Order | Decision | Shipment
Told: TypeAlias = frozenset[tuple[str, str]]  # (fact, what it was about); about nothing in particular is ""


class Held(NamedTuple):
    """All that is known of one order, and what its customer was told."""

    order: Order | None = None
    decision: Decision | None = None
    shipments: Mapping[str, Shipment] = MappingProxyType({})
    told: Told = frozenset()
