"""Units asked back: each is answered, by releasing or keeping it. Pure.

An ask is settled first by units that can be given back at once, then by asking the partner (it waits), then by units
that have left or that the partner would not let go. So a unit that could still leave is never passed over.
"""

from dataclasses import replace

from fulfiller.domain.held import Decision
from fulfiller.domain.new_work import Book
from fulfiller.domain.shipment import Line, Shipment, answered, released
from fulfiller.domain.transitions import Act, after, at_rest, legal
from order_events import RequestStatus

ASKED_BACK = "asked_back"


def settle_asks(book: Book, decision: Decision) -> None:
    """Settle what is asked back and not answered yet, place by place and line by line."""
    for site in decision.sites:
        for duty in site.duties:
            unanswered = duty.asked - book.answered(site.location_id, duty.line_id)
            if unanswered > 0:
                _settle(book, site.location_id, duty.line_id, unanswered)


def _settle(book: Book, location_id: str, line_id: str, unanswered: int) -> None:
    """Newest shipments first: least has been done for them."""
    there = [one.shipment_id for one in book.shipments.values() if one.location_id == location_id and one.line(line_id)]
    newest_first = there[::-1]
    unanswered = _give_back(book, newest_first, line_id, unanswered)
    unanswered = _ask_partner(book, newest_first, line_id, unanswered)
    _keep(book, newest_first, line_id, unanswered)


def _give_back(book: Book, shipment_ids: list[str], line_id: str, unanswered: int) -> int:
    """Release at once what nobody has begun; return what is still unanswered."""
    for shipment_id in shipment_ids:
        shipment = book.shipments[shipment_id]
        units = min(unanswered, _of(shipment, line_id).open) if legal(shipment, Act.RELEASE) else 0
        if units:
            less = answered(released(shipment, line_id, units, ASKED_BACK), line_id, units)
            book.put(_with_reason(after(less, Act.RELEASE)))
            unanswered -= units
    return unanswered


def _with_reason(shipment: Shipment) -> Shipment:
    return replace(shipment, reason=ASKED_BACK) if shipment.over else shipment


def _ask_partner(book: Book, shipment_ids: list[str], line_id: str, unanswered: int) -> int:
    """Ask the partner for what it has; those units wait, also the ones of the line that left, to be told at once."""
    for shipment_id in shipment_ids:
        shipment = book.shipments[shipment_id]
        if unanswered <= 0 or not _can_wait(shipment, line_id):
            continue
        if legal(shipment, Act.REQUEST_CANCELLATION):
            book.put(after(shipment, Act.REQUEST_CANCELLATION))
        line = _of(shipment, line_id)
        unanswered -= min(unanswered, line.ordered - line.released)
    return unanswered


def _can_wait(shipment: Shipment, line_id: str) -> bool:
    """Whether units of the line are at a partner that has not yet said whether it lets go of them."""
    if shipment.over or not _of(shipment, line_id).open:
        return False
    return _asked(shipment) or legal(shipment, Act.REQUEST_CANCELLATION)


def _asked(shipment: Shipment) -> bool:
    return shipment.request_status is RequestStatus.CANCELLATION_REQUESTED


def _keep(book: Book, shipment_ids: list[str], line_id: str, unanswered: int) -> None:
    """Answer the rest: those units left, were given back before, or will not be let go.

    Each shipment answers for its own units first; asks beyond those were for units kept before.
    """
    settled = [one for one in shipment_ids if not _can_wait(book.shipments[one], line_id)]
    for shipment_id in settled:
        line = _of(book.shipments[shipment_id], line_id)
        units = min(unanswered, max(0, line.ordered - line.answered))
        unanswered -= units
        _answer(book, shipment_id, line_id, units)
    if settled:
        _answer(book, settled[0], line_id, unanswered)


def _answer(book: Book, shipment_id: str, line_id: str, units: int) -> None:
    if units > 0:
        book.put(at_rest(answered(book.shipments[shipment_id], line_id, units)))


def _of(shipment: Shipment, line_id: str) -> Line:
    line = shipment.line(line_id)
    assert line is not None
    return line
