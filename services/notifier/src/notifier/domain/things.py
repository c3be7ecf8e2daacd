"""What the notifier holds of an order: the newest version of each thing, as far as a message needs it. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

Sealed: TypeAlias = Mapping[str, str | None]  # personal data, carried to the mail and looked at by no rule but one


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order: `quantity` as first ordered, `amount` for one unit in minor units."""

    line_id: str
    title: str
    quantity: int
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Shipping:
    """What the customer pays for the way, in minor units."""

    amount: int
    currency: str


class Order(NamedTuple):
    """An order. `at` is when its event was made; `cancel_version` the lowest version known to hold a cancellation."""

    order_id: str
    version: int
    at: datetime
    cancel_version: int | None
    test: bool
    name: str
    shop: str
    locale: str
    country: str
    shipping: Shipping | None
    lines: tuple[Line, ...]
    customer: Sealed
    ship_to: Sealed
    wishes: Sealed


@dataclass(frozen=True, slots=True)
class Units:
    """What becomes of some units of a line; `expected` is a time in ISO 8601. Allocated nowhere: nothing is sent."""

    line_id: str
    quantity: int
    outcome: str
    location_id: str | None
    reason: str | None
    expected: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """How many units of a line were ever asked back from a location."""

    location_id: str
    line_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Short:
    """A line that some decision could not serve: `outcome` is backordered or declined."""

    line_id: str
    outcome: str
    expected: str | None


class Decision(NamedTuple):
    """What becomes of an order's units. `short` keeps what any revision that was read could not serve."""

    order_id: str
    revision: int
    order_version: int
    at: datetime
    units: tuple[Units, ...]
    asked: tuple[Asked, ...]
    short: tuple[Short, ...]


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """One line of a shipment, with the sums that only grow."""

    line_id: str
    ordered: int
    released: int
    answered: int


@dataclass(frozen=True, slots=True)
class Package:
    """A package that left, with the units of each line in it."""

    package_id: str
    carrier: str | None
    number: str | None
    url: str | None
    contents: tuple[tuple[str, int], ...]


class Shipment(NamedTuple):
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
