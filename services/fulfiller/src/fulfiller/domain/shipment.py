"""A shipment: what one location is asked to do for one order, and how far it is. Pure values."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from order_events import FulfilledBy, MilestoneStatus, RequestStatus, ShipmentStatus

OVER = frozenset({ShipmentStatus.CLOSED, ShipmentStatus.INCOMPLETE, ShipmentStatus.CANCELLED})
DISPATCHED_AFTER_RELEASE = "dispatched_after_release"

State = tuple[ShipmentStatus, RequestStatus]


class UnitsLostError(ValueError):
    """Units would be made or lost; a mistake in this service, never an answer to anybody."""


class Line(Struct, frozen=True, gc=False):
    """The units of one line: sums that only grow.

    `ordered` is what the location was ever asked to ship, `requested` how much of it the partner was told of,
    `released` what was given back, `answered` how much of what was asked back is settled. `shipped + released` is
    more than `ordered` only where a partner dispatched what it had let go. `waiting`, no sum, are units asked back
    whose partner has not answered yet.
    """

    line_id: str
    sku: str
    ordered: int
    shipped: int = 0
    released: int = 0
    answered: int = 0
    requested: int = 0
    waiting: int = 0
    reason: str | None = None

    def __post_init__(self) -> None:
        within = self.shipped <= self.ordered and self.released <= self.ordered and self.requested <= self.ordered
        if not within or min(self.shipped, self.released, self.answered, self.requested, self.waiting) < 0:
            raise UnitsLostError(f"line {self.line_id} holds {self}")
        if self.shipped + self.released > self.ordered and self.reason != DISPATCHED_AFTER_RELEASE:
            raise UnitsLostError(f"line {self.line_id} ships what it does not hold: {self}")

    @property
    def open(self) -> int:
        """Units that are still to be shipped."""
        return max(0, self.ordered - self.shipped - self.released)

    @property
    def staying(self) -> int:
        """Units that have left from here or will."""
        return self.shipped + self.open


class PackageLine(Struct, frozen=True, gc=False):
    """Units of a line in a package."""

    line_id: str
    sku: str
    quantity: int


class Milestone(Struct, frozen=True, gc=False):
    """Something that happened to a package."""

    status: MilestoneStatus
    happened_at: datetime
    message: str | None = None


class Package(Struct, frozen=True, gc=False):
    """A package that left; its milestones are sorted by when they happened."""

    package_id: str
    lines: tuple[PackageLine, ...]
    carrier: str | None
    number: str | None
    url: str | None
    milestones: tuple[Milestone, ...]


class Delivery(NamedTuple):
    """Where a shipment goes and how; what its order says.

    Nothing here depends on address, instructions and wishes: they stay the JSON they were read as, and are said as it.
    """

    ship_to: str | None
    service: str
    instructions: str
    wishes: str
    fulfil_by: datetime | None

    def says_the_same_as(self, other: "Delivery") -> bool:
        """Whether both mean the same, however it is written; what is left out is what is empty."""
        return self == other or _meant(self) == _meant(other)


def _meant(one: Delivery) -> list[Any]:
    texts = (one.ship_to or "{}", one.instructions, one.wishes)
    said = [{name: value for name, value in json.loads(text).items() if value} for text in texts]
    return [one.ship_to is None, one.service, one.fulfil_by, *said]


class Shipment(NamedTuple):
    """The whole state of a shipment.

    `order_version` and `revision` are those of its last change; `version` counts what was said of it on
    `shipment.*` (0: nothing yet), `said` what was said of it to its partner.
    """

    shipment_id: str
    name: str
    order_id: str
    location_id: str
    fulfilled_by: FulfilledBy
    partner_id: str | None
    status: ShipmentStatus
    request_status: RequestStatus
    reason: str | None
    lines: tuple[Line, ...]
    packages: tuple[Package, ...]
    delivery: Delivery
    order_version: int = 0
    revision: int = 0
    version: int = 0
    said: int = 0

    @property
    def state(self) -> State:
        """Both axes."""
        return self.status, self.request_status

    @property
    def over(self) -> bool:
        """Whether nothing more is expected of it."""
        return self.status in OVER

    @property
    def untouched(self) -> bool:
        """Whether nothing has happened to it: no unit has left, been given back or been answered for."""
        return not self.packages and not any(line.shipped or line.released or line.answered for line in self.lines)

    @property
    def open_units(self) -> int:
        """Units that are still to be shipped."""
        return 0 if self.over else sum(line.open for line in self.lines)

    @property
    def shipped_units(self) -> int:
        """Units that have left."""
        return sum(line.shipped for line in self.lines)

    @property
    def was_requested(self) -> bool:
        """Whether a partner was ever asked to ship any of it."""
        return any(line.requested for line in self.lines)

    @property
    def at_partner(self) -> bool:
        """Whether a partner does the work."""
        return self.fulfilled_by is FulfilledBy.PARTNER

    def line(self, line_id: str) -> Line | None:
        """The line of that id, if it is here."""
        return next((line for line in self.lines if line.line_id == line_id), None)

    def package(self, package_id: str) -> Package | None:
        """The package of that id, if it left."""
        return next((package for package in self.packages if package.package_id == package_id), None)

    def with_line(self, changed: Line) -> "Shipment":
        """The same with one line replaced."""
        lines = tuple(changed if line.line_id == changed.line_id else line for line in self.lines)
        return self._replace(lines=lines)

    def with_package(self, changed: Package) -> "Shipment":
        """The same with one package replaced."""
        packages = tuple(changed if one.package_id == changed.package_id else one for one in self.packages)
        return self._replace(packages=packages)


def added(shipment: Shipment, new: tuple[Line, ...]) -> Shipment:
    """The same with new units: more of a line that is here, or another line."""
    more = {line.line_id: line for line in new}
    here = {line.line_id for line in shipment.lines}
    grown = tuple(
        replace(line, ordered=line.ordered + more[line.line_id].ordered) if line.line_id in more else line
        for line in shipment.lines
    )
    return shipment._replace(lines=grown + tuple(line for line in new if line.line_id not in here))


def released(shipment: Shipment, line_id: str, quantity: int, reason: str) -> Shipment:
    """The same with open units of one line given back."""
    line = shipment.line(line_id)
    assert line is not None
    return shipment.with_line(replace(line, released=line.released + quantity, reason=reason))


def wanted_still(shipment: Shipment) -> bool:
    """Whether it holds units that could leave and were not asked back."""
    return not shipment.over and any(line.open > line.waiting for line in shipment.lines)


def asked_released(shipment: Shipment, reason: str) -> Shipment:
    """The same with the open units given back that were asked back, and no others."""
    lines = tuple(
        replace(line, released=line.released + min(line.open, line.waiting), reason=reason)
        if line.open and line.waiting
        else line
        for line in shipment.lines
    )
    return shipment._replace(lines=lines)


def all_released(shipment: Shipment, reason: str) -> Shipment:
    """The same with every open unit given back."""
    lines = tuple(
        replace(line, released=line.released + line.open, reason=reason) if line.open else line
        for line in shipment.lines
    )
    return shipment._replace(lines=lines, reason=reason)


def answered(shipment: Shipment, line_id: str, quantity: int) -> Shipment:
    """The same with that many more units of one line's asks settled."""
    line = shipment.line(line_id)
    assert line is not None
    return shipment.with_line(replace(line, answered=line.answered + quantity))


def waiting(shipment: Shipment, line_id: str, quantity: int) -> Shipment:
    """The same with that many more units of one line's asks waiting for the partner."""
    line = shipment.line(line_id)
    assert line is not None
    return shipment.with_line(replace(line, waiting=line.waiting + quantity))


def all_requested(shipment: Shipment) -> tuple[Line, ...]:
    """Its lines once every open unit is told to the partner; what is requested anew was told before."""
    told = [(line, max(line.requested, line.shipped + line.open)) for line in shipment.lines]
    return tuple([replace(line, requested=units) for line, units in told])


def left(shipment: Shipment, package: Package) -> Shipment:
    """The same after a package left with units of it, also such as had been given back."""
    gone = {line.line_id: line.quantity for line in package.lines}
    lines = tuple(_less(line, gone.get(line.line_id, 0)) for line in shipment.lines)
    late = any(line.reason == DISPATCHED_AFTER_RELEASE for line in lines if gone.get(line.line_id))
    reason = DISPATCHED_AFTER_RELEASE if late else shipment.reason
    return shipment._replace(lines=lines, packages=(*shipment.packages, package), reason=reason)


def _less(line: Line, quantity: int) -> Line:
    reason = DISPATCHED_AFTER_RELEASE if quantity > line.open else line.reason
    return replace(line, shipped=line.shipped + quantity, reason=reason)
