"""What a partner's message does to one of its shipments. Pure; nothing in it is believed before it is checked."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from fulfiller.domain import packing
from fulfiller.domain.shipment import Milestone, Shipment, all_released, asked_released, left, wanted_still
from fulfiller.domain.transitions import Act, after, allowed, already_so, legal
from order_events import MilestoneStatus, PartnerAnswer, PartnerInbound, Problem

CLOSED_SHORT = "closed_short"
CANCELLATION_ACCEPTED = "cancellation_accepted"


@dataclass(frozen=True, slots=True)
class Changed:
    """The message was true and news: the shipment as it now is."""

    shipment: Shipment


@dataclass(frozen=True, slots=True)
class AlreadySo:
    """The message says again what is known."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The message is not believed, and why."""

    problems: tuple[Problem, ...]


Heard = Changed | AlreadySo | Refused


def hear(message: PartnerInbound, shipment: Shipment | None, partner_id: str) -> Heard:
    """What a message does to the shipment it names; None where there is no such shipment.

    A shipment of another partner is answered like one that does not exist.
    """
    if shipment is None or shipment.partner_id != partner_id:
        return refused("shipment_id", "unknown_shipment", "no shipment of yours has this id")
    act = Act(message.kind.value)
    if act is Act.DISPATCHED:
        return _dispatched(message, shipment)
    if act is Act.EVENT:
        return _event(message, shipment)
    if already_so(shipment, act):
        return AlreadySo()
    if not legal(shipment, act):
        return not_now(shipment, act)
    return _ANSWERS[message.kind](message, shipment)


def refused(field: str, rule: str, message: str) -> Refused:
    """A refusal for one reason."""
    return Refused((Problem(field=field, rule=rule, message=message),))


def not_now(shipment: Shipment, act: Act) -> Refused:
    """A refusal of what is not legal in the state, with what is."""
    status, request_status = shipment.state
    now = ", ".join(allowed(shipment)) or "nothing"
    return refused("kind", "not_allowed", f"{act} is not allowed while {status}/{request_status}; allowed now: {now}")


def _accepted(_: PartnerInbound, shipment: Shipment) -> Heard:
    return Changed(after(shipment, Act.ACCEPTED))


def _rejected(message: PartnerInbound, shipment: Shipment) -> Heard:
    if message.reason is None:
        return refused("reason", "required", "a rejection names one of the 14 reasons")
    return Changed(after(all_released(shipment, message.reason.value), Act.REJECTED))


def _cancellation_accepted(_: PartnerInbound, shipment: Shipment) -> Heard:
    """All that has not left is let go; what of it is still wanted stays in the shipment, to be requested anew."""
    if wanted_still(shipment):
        return Changed(after(asked_released(shipment, CANCELLATION_ACCEPTED), Act.LET_GO_IN_PART))
    return Changed(after(all_released(shipment, CANCELLATION_ACCEPTED), Act.CANCELLATION_ACCEPTED))


def _cancellation_rejected(_: PartnerInbound, shipment: Shipment) -> Heard:
    return Changed(after(shipment, Act.CANCELLATION_REJECTED))


def _closed(message: PartnerInbound, shipment: Shipment) -> Heard:
    reason = message.reason.value if message.reason else CLOSED_SHORT
    given_back = all_released(shipment, reason) if shipment.open_units else shipment
    return Changed(after(given_back, Act.CLOSED))


_ANSWERS: dict[PartnerAnswer, Callable[[PartnerInbound, Shipment], Heard]] = {
    PartnerAnswer.ACCEPTED: _accepted,
    PartnerAnswer.REJECTED: _rejected,
    PartnerAnswer.CANCELLATION_ACCEPTED: _cancellation_accepted,
    PartnerAnswer.CANCELLATION_REJECTED: _cancellation_rejected,
    PartnerAnswer.CLOSED: _closed,
}


def _dispatched(message: PartnerInbound, shipment: Shipment) -> Heard:
    """A package left. The same package_id again is the same package, whatever the message id."""
    if message.package_id is None or not message.lines:
        missing = "package_id" if message.package_id is None else "lines"
        return refused(missing, "required", f"a dispatched package has {missing}")
    wanted = packing.summed([packing.Wanted(one.line_id, one.sku, one.quantity) for one in message.lines])
    tracking = (message.carrier, message.number)
    if known := shipment.package(message.package_id):
        same = packing.same_package(known, wanted, tracking)
        return AlreadySo() if same else refused("package_id", "other_package", "this package left with other contents")
    if not legal(shipment, Act.DISPATCHED):
        return not_now(shipment, Act.DISPATCHED)
    if problems := packing.wrong_with(shipment, wanted):
        return Refused(tuple(problems))
    milestone = Milestone(MilestoneStatus.DISPATCHED, message.happened_at, message.message)
    package = packing.packed(shipment, message.package_id, wanted, tracking, milestone)
    return _unless_too_large(after(left(shipment, package), Act.DISPATCHED))


def _event(message: PartnerInbound, shipment: Shipment) -> Heard:
    """Something happened to a package that left; milestones are kept sorted, the same one once."""
    if message.milestone is None or message.package_id is None:
        missing = "milestone" if message.milestone is None else "package_id"
        return refused(missing, "required", f"an event has {missing}")
    if message.milestone is MilestoneStatus.DISPATCHED:
        return refused("milestone", "not_an_event", "a package leaves by kind dispatched")
    package = shipment.package(message.package_id)
    if package is None:
        return refused("package_id", "unknown_package", "no package of this id has left")
    milestone = Milestone(message.milestone, message.happened_at, message.message)
    if any(_same(milestone, known) for known in package.milestones):
        return AlreadySo()
    milestones = tuple(sorted((*package.milestones, milestone), key=lambda one: one.happened_at))
    return _unless_too_large(shipment.with_package(replace(package, milestones=milestones)))


def _same(one: Milestone, other: Milestone) -> bool:
    return (one.status, one.happened_at) == (other.status, other.happened_at)


def _unless_too_large(shipment: Shipment) -> Heard:
    if packing.too_much_said(shipment):
        return refused("shipment_id", "too_much_said", "this shipment holds as much as one message can carry")
    return Changed(shipment)
