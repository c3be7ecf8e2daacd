"""What may happen to a shipment, and where it then stands: one table. Pure.

From it the server also computes what a shipment allows at a moment.
"""

from collections.abc import Mapping
from enum import StrEnum

from fulfiller.domain.shipment import Line, Shipment, State
from order_events import RequestStatus, ShipmentStatus


class Act(StrEnum):
    """Something that may be done to a shipment."""

    ADD = "add"  # new units of its place join it
    HOLD = "hold"
    RELEASE_HOLD = "release_hold"
    SUBMIT = "request_fulfillment"
    RELEASE = "release"  # units asked back are given back
    REQUEST_CANCELLATION = "request_cancellation"
    PACK = "create_package"  # the bench's package leaves
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CANCELLATION_ACCEPTED = "cancellation_accepted"
    CANCELLATION_REJECTED = "cancellation_rejected"
    DISPATCHED = "dispatched"
    CLOSED = "closed"
    LET_GO_IN_PART = "let_go_in_part"  # the partner let go of all, of which some are still wanted
    EVENT = "event"  # something happened to a package


PARTNERS_ACTS = frozenset(
    {
        Act.ACCEPTED,
        Act.REJECTED,
        Act.CANCELLATION_ACCEPTED,
        Act.CANCELLATION_REJECTED,
        Act.DISPATCHED,
        Act.CLOSED,
        Act.EVENT,
    }
)
_WITH_A_PARTNER = PARTNERS_ACTS | {Act.SUBMIT, Act.REQUEST_CANCELLATION}
_SAID_ONCE = PARTNERS_ACTS - {Act.DISPATCHED, Act.EVENT}  # to say it again changes nothing

_OPEN, _HELD, _BUSY = ShipmentStatus.OPEN, ShipmentStatus.ON_HOLD, ShipmentStatus.IN_PROGRESS
_SHORT, _CLOSED, _CANCELLED = ShipmentStatus.INCOMPLETE, ShipmentStatus.CLOSED, ShipmentStatus.CANCELLED
_NEW, _SENT, _TAKEN = RequestStatus.UNSUBMITTED, RequestStatus.SUBMITTED, RequestStatus.ACCEPTED
_REFUSED, _DONE = RequestStatus.REJECTED, RequestStatus.CLOSED
_ASKED = RequestStatus.CANCELLATION_REQUESTED
_LET_GO, _KEPT = RequestStatus.CANCELLATION_ACCEPTED, RequestStatus.CANCELLATION_REJECTED

# What is not here is illegal. A row that ends where it began is already so, or (dispatched, create_package, add,
# release) changes units only. A status that would leave nothing to ship is ended by `at_rest`.
TABLE: Mapping[State, Mapping[Act, State]] = {
    (_OPEN, _NEW): {
        Act.ADD: (_OPEN, _NEW),
        Act.HOLD: (_HELD, _NEW),
        Act.SUBMIT: (_OPEN, _SENT),
        Act.RELEASE: (_OPEN, _NEW),
        Act.PACK: (_BUSY, _NEW),
        Act.DISPATCHED: (_BUSY, _NEW),  # of units that the partner had let go
    },
    (_HELD, _NEW): {
        Act.ADD: (_HELD, _NEW),
        Act.RELEASE_HOLD: (_OPEN, _NEW),
        Act.RELEASE: (_HELD, _NEW),
        Act.DISPATCHED: (_HELD, _NEW),
    },
    (_BUSY, _NEW): {  # a bench that has shipped a part, or a partner that has and let go of the rest
        Act.HOLD: (_HELD, _NEW),
        Act.SUBMIT: (_BUSY, _SENT),
        Act.RELEASE: (_BUSY, _NEW),
        Act.PACK: (_BUSY, _NEW),
        Act.DISPATCHED: (_BUSY, _NEW),
    },
    (_OPEN, _SENT): {
        Act.REQUEST_CANCELLATION: (_OPEN, _ASKED),
        Act.ACCEPTED: (_BUSY, _TAKEN),
        Act.REJECTED: (_CLOSED, _REFUSED),
        Act.DISPATCHED: (_BUSY, _TAKEN),  # who dispatches has accepted
    },
    (_BUSY, _SENT): {  # requested anew, after some had left
        Act.REQUEST_CANCELLATION: (_BUSY, _ASKED),
        Act.ACCEPTED: (_BUSY, _TAKEN),
        Act.REJECTED: (_CLOSED, _REFUSED),
        Act.DISPATCHED: (_BUSY, _TAKEN),
        Act.CLOSED: (_SHORT, _DONE),
    },
    (_BUSY, _TAKEN): {
        Act.REQUEST_CANCELLATION: (_BUSY, _ASKED),
        Act.ACCEPTED: (_BUSY, _TAKEN),
        Act.DISPATCHED: (_BUSY, _TAKEN),
        Act.CLOSED: (_SHORT, _DONE),
    },
    (_OPEN, _ASKED): {  # asked before the partner had answered: its answer to the request may still come
        Act.ACCEPTED: (_BUSY, _ASKED),
        Act.REJECTED: (_CLOSED, _REFUSED),
        Act.CANCELLATION_ACCEPTED: (_OPEN, _LET_GO),
        Act.LET_GO_IN_PART: (_OPEN, _NEW),
        Act.CANCELLATION_REJECTED: (_BUSY, _KEPT),
        Act.DISPATCHED: (_BUSY, _ASKED),
        Act.CLOSED: (_SHORT, _DONE),
    },
    (_BUSY, _ASKED): {
        Act.ACCEPTED: (_BUSY, _ASKED),
        Act.REJECTED: (_CLOSED, _REFUSED),  # of what was requested anew
        Act.CANCELLATION_ACCEPTED: (_BUSY, _LET_GO),
        Act.LET_GO_IN_PART: (_OPEN, _NEW),
        Act.CANCELLATION_REJECTED: (_BUSY, _KEPT),
        Act.DISPATCHED: (_BUSY, _ASKED),
        Act.CLOSED: (_SHORT, _DONE),
    },
    (_BUSY, _KEPT): {
        Act.ACCEPTED: (_BUSY, _KEPT),
        Act.CANCELLATION_REJECTED: (_BUSY, _KEPT),
        Act.DISPATCHED: (_BUSY, _KEPT),
        Act.CLOSED: (_SHORT, _DONE),
    },
    (_CLOSED, _TAKEN): {Act.ACCEPTED: (_CLOSED, _TAKEN), Act.CLOSED: (_CLOSED, _DONE)},
    (_CLOSED, _ASKED): {  # all had left before the partner answered the cancel
        Act.ACCEPTED: (_CLOSED, _ASKED),
        Act.CANCELLATION_REJECTED: (_CLOSED, _KEPT),
        Act.CLOSED: (_CLOSED, _DONE),
    },
    (_CLOSED, _KEPT): {
        Act.ACCEPTED: (_CLOSED, _KEPT),
        Act.CANCELLATION_REJECTED: (_CLOSED, _KEPT),
        Act.CLOSED: (_CLOSED, _DONE),
    },
    (_CLOSED, _DONE): {
        Act.ACCEPTED: (_CLOSED, _DONE),
        Act.CANCELLATION_REJECTED: (_CLOSED, _DONE),
        Act.CLOSED: (_CLOSED, _DONE),
    },
    # Below, units were given back. A partner that dispatches some of them nevertheless tells the truth.
    (_CLOSED, _REFUSED): {
        Act.REJECTED: (_CLOSED, _REFUSED),
        Act.CANCELLATION_ACCEPTED: (_CLOSED, _REFUSED),
        Act.CLOSED: (_CLOSED, _REFUSED),
        Act.DISPATCHED: (_CLOSED, _REFUSED),
    },
    (_SHORT, _DONE): {
        Act.ACCEPTED: (_SHORT, _DONE),
        Act.CANCELLATION_ACCEPTED: (_SHORT, _DONE),
        Act.CLOSED: (_SHORT, _DONE),
        Act.DISPATCHED: (_SHORT, _DONE),
    },
    (_CLOSED, _LET_GO): {
        Act.CANCELLATION_ACCEPTED: (_CLOSED, _LET_GO),
        Act.CLOSED: (_CLOSED, _LET_GO),
        Act.DISPATCHED: (_CLOSED, _LET_GO),
    },
    (_CLOSED, _NEW): {Act.DISPATCHED: (_CLOSED, _NEW)},
    (_CANCELLED, _NEW): {Act.DISPATCHED: (_CANCELLED, _NEW)},
    (_CANCELLED, _LET_GO): {
        Act.CANCELLATION_ACCEPTED: (_CANCELLED, _LET_GO),
        Act.CLOSED: (_CANCELLED, _LET_GO),
        Act.DISPATCHED: (_CANCELLED, _LET_GO),
    },
}


def legal(shipment: Shipment, act: Act) -> bool:
    """Whether that may be done to it now."""
    if act in _WITH_A_PARTNER and not (shipment.at_partner and shipment.partner_id):
        return False
    if act is Act.PACK and shipment.at_partner:
        return False
    if act is Act.EVENT:
        return bool(shipment.packages)
    if act is Act.DISPATCHED and not shipment.was_requested:
        return False
    return act in TABLE.get(shipment.state, {})


def already_so(shipment: Shipment, act: Act) -> bool:
    """Whether saying this would change nothing."""
    return act in _SAID_ONCE and legal(shipment, act) and TABLE[shipment.state][act] == shipment.state


def allowed(shipment: Shipment) -> list[Act]:
    """What whoever does the work may do to it now."""
    outside = PARTNERS_ACTS | {Act.PACK}
    return [act for act in Act if act in outside and legal(shipment, act) and _does_something(shipment, act)]


def _does_something(shipment: Shipment, act: Act) -> bool:
    too_late = act is Act.DISPATCHED and shipment.over
    return not too_late and not already_so(shipment, act)


def after(shipment: Shipment, act: Act, lines: tuple[Line, ...] | None = None) -> Shipment:
    """Where a shipment stands after a legal act; `lines` are its units then, if they are not counted already."""
    status, request_status = TABLE[shipment.state][act]
    units = shipment.lines if lines is None else lines
    return at_rest(shipment._replace(status=status, request_status=request_status, lines=units))


def at_rest(shipment: Shipment) -> Shipment:
    """A shipment with nothing left to ship is over: closed if anything left, else cancelled. Begun work is no news."""
    if shipment.over:
        return shipment
    if not shipment.open_units:
        return shipment._replace(status=_CLOSED if shipment.shipped_units else _CANCELLED)
    if shipment.status is _OPEN and shipment.packages:
        return shipment._replace(status=_BUSY)
    return shipment


def actions(shipment: Shipment, *, barred: bool) -> list[Act]:
    """What whoever does the work may do to it now; a bench packs nothing while its order is barred."""
    return [act for act in allowed(shipment) if act is not Act.PACK or not barred]
