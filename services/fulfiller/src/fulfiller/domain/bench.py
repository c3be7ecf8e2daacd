"""What the packer at our own bench may do to a shipment. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fulfiller.domain import packing
from fulfiller.domain.packing import Wanted
from fulfiller.domain.shipment import Milestone, Shipment, left
from fulfiller.domain.transitions import Act, after, legal
from order_events import MilestoneStatus, Problem


@dataclass(frozen=True, slots=True)
class Left:
    """A package left: the shipment as it now is."""

    shipment: Shipment
    package_id: str


@dataclass(frozen=True, slots=True)
class LeftBefore:
    """A package of that id and content had left before."""

    package_id: str


@dataclass(frozen=True, slots=True)
class Barred:
    """No package may leave now, and why."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the packer asks: no lines means all open units, no id means the next."""

    package_id: str | None
    lines: Sequence[Wanted]
    carrier: str | None
    number: str | None


def pack(shipment: Shipment, wish: Wish, at: datetime, *, barred: str | None) -> Left | LeftBefore | Barred:
    """Let one package of a shipment leave, at once.

    Args:
        shipment: as it is held.
        wish: what goes into the package.
        at: when it leaves.
        barred: why nothing of the order may leave now, or None.
    """
    wanted = packing.summed(wish.lines)
    tracking = (wish.carrier, wish.number)
    known = shipment.package(wish.package_id) if wish.package_id else None
    if known:
        same = packing.same_package(known, wanted, tracking)
        return LeftBefore(known.package_id) if same else _no("package_id", "other_package", "left with other contents")
    if stopped := _stopped(shipment, barred):
        return stopped
    wanted = wanted or packing.all_open(shipment)
    if problems := packing.wrong_with(shipment, wanted):
        return Barred(tuple(problems))
    package_id = wish.package_id or _next_id(shipment)
    milestone = Milestone(MilestoneStatus.DISPATCHED, at)
    package = packing.packed(shipment, package_id, wanted, tracking, milestone)
    return _unless_too_large(after(left(shipment, package), Act.PACK), package_id)


def _stopped(shipment: Shipment, barred: str | None) -> Barred | None:
    if not legal(shipment, Act.PACK):
        status, request_status = shipment.state
        return _no("shipment_id", "not_allowed", f"no package can leave while {status}/{request_status}")
    return _no("shipment_id", "barred", barred) if barred else None


def _unless_too_large(shipment: Shipment, package_id: str) -> Left | Barred:
    if packing.too_much_said(shipment):
        return _no("shipment_id", "too_much_said", "this shipment holds as many packages as it can")
    return Left(shipment, package_id)


def _next_id(shipment: Shipment) -> str:
    number = len(shipment.packages) + 1
    while shipment.package(f"P{number}"):
        number += 1
    return f"P{number}"


def _no(field: str, rule: str, message: str) -> Barred:
    return Barred((Problem(field=field, rule=rule, message=message),))
