"""Units asked back: each is answered, by releasing or keeping it. Pure.

An ask is settled first by units that can be given back at once, then by asking the partner (it waits), then by units
that have left or that the partner would not let go. So a unit that could still leave is never passed over. At any
time, what is answered and what waits add up to what was asked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from fulfiller.domain.held import Decision
from fulfiller.domain.new_work import Book
from fulfiller.domain.shipment import Line, Shipment, answered, released, waiting
from fulfiller.domain.transitions import Act, after, at_rest, legal
from order_events import RequestStatus

ASKED_BACK = "asked_back"


class Settled(NamedTuple):
    """All that was asked back of an order is answered, as of a decision: per line the units that stay."""

    order_version: int
    staying: Mapping[str, int]


def settle_asks(book: Book, decision: Decision) -> None:
    """Answer what waited where the partner has spoken; then settle what is asked back anew, line by line."""
    for shipment in list(book.shipments.values()):
        book.put(_heard(shipment))
    for site in decision.sites:
        for duty in site.duties:
            if duty.asked:
                _settle(book, book.of(site.location_id, duty.line_id), duty.line_id, duty.asked)


def settled(shipments: Iterable[Shipment], decision: Decision) -> Settled | None:
    """What stays of the lines of which units were asked back; None where nothing was, or an answer is missing."""
    asked = Counter({duty.line_id: 0 for site in decision.sites for duty in site.duties if duty.asked})
    if not asked:
        return None
    for site in decision.sites:
        asked.update({duty.line_id: duty.asked for duty in site.duties if duty.asked})
    lines = [line for shipment in shipments for line in shipment.lines if line.line_id in asked]
    for line in lines:
        asked[line.line_id] -= line.answered
    staying = Counter(dict.fromkeys(asked, 0))
    for line in lines:
        staying[line.line_id] += line.staying
    return None if +asked else Settled(decision.order_version, staying)


def _heard(shipment: Shipment) -> Shipment:
    """What waited is answered once its units left, were given back, or are kept by the partner."""
    lines = tuple(
        replace(line, answered=line.answered + line.waiting, waiting=0)
        if line.waiting and not undecided(shipment, line)
        else line
        for line in shipment.lines
    )
    return shipment if lines == shipment.lines else shipment._replace(lines=lines)


def undecided(shipment: Shipment, line: Line) -> bool:
    """Whether the partner was asked to let go of units of the line and has not said whether it does."""
    asked = shipment.request_status is RequestStatus.CANCELLATION_REQUESTED
    return asked and not shipment.over and line.open > 0


def _settle(book: Book, shipment_ids: list[str], line_id: str, asked: int) -> None:
    lines = [line_of(book, shipment_id, line_id) for shipment_id in shipment_ids]
    left = asked - sum(line.answered + line.waiting for line in lines)
    if left > 0:
        left = _give_back(book, shipment_ids, line_id, left)
        left = _ask_partner(book, shipment_ids, line_id, left)
        _keep(book, shipment_ids, line_id, left)


def _give_back(book: Book, shipment_ids: list[str], line_id: str, asked: int) -> int:
    """Release at once what nobody has begun; return what is still unanswered."""
    for shipment_id in shipment_ids:
        shipment = book.shipments[shipment_id]
        units = min(asked, line_of(book, shipment_id, line_id).open) if legal(shipment, Act.RELEASE) else 0
        if units:
            less = after(answered(released(shipment, line_id, units, ASKED_BACK), line_id, units), Act.RELEASE)
            book.put(less._replace(reason=ASKED_BACK) if less.over else less)
            asked -= units
    return asked


def _ask_partner(book: Book, shipment_ids: list[str], line_id: str, asked: int) -> int:
    """Ask the partner for what it has; units of the line that left wait too, so that the line is answered at once."""
    for shipment_id in shipment_ids:
        shipment, line = book.shipments[shipment_id], line_of(book, shipment_id, line_id)
        units = min(asked, max(0, line.ordered - line.released - line.waiting)) if _can_wait(shipment, line) else 0
        if units:
            if legal(shipment, Act.REQUEST_CANCELLATION):
                shipment = after(shipment, Act.REQUEST_CANCELLATION)
            book.put(waiting(shipment, line_id, units))
            asked -= units
    return asked


def _can_wait(shipment: Shipment, line: Line) -> bool:
    if shipment.over or not line.open:
        return False
    return undecided(shipment, line) or legal(shipment, Act.REQUEST_CANCELLATION)


def _keep(book: Book, shipment_ids: list[str], line_id: str, asked: int) -> None:
    """Answer the rest: those units left, were given back before, or will not be let go.

    Each shipment answers for its own units first; asks beyond all units are for some that were kept before.
    """
    settled = [one for one in shipment_ids if not undecided(book.shipments[one], line_of(book, one, line_id))]
    for shipment_id in settled:
        line = line_of(book, shipment_id, line_id)
        units = min(asked, max(0, line.ordered - line.answered))
        book.put(at_rest(answered(book.shipments[shipment_id], line_id, units)))
        asked -= units
    if asked and settled:
        book.put(answered(book.shipments[settled[0]], line_id, asked))
    elif asked:
        book.put(waiting(book.shipments[shipment_ids[0]], line_id, asked))


def line_of(book: Book, shipment_id: str, line_id: str) -> Line:
    """A line of a shipment that has it."""
    line = book.shipments[shipment_id].line(line_id)
    assert line is not None
    return line
