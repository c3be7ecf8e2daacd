"""What an order and its newest decision make of its shipments. Pure: no I/O, no clock.

Everything that happens to an order ends here: `advance` compares what is held with what is decided, so it does not
matter which of them came last, nor how many versions were skipped.
"""

from collections.abc import Sequence
from typing import NamedTuple

from fulfiller.domain.asks import Settled, settle_asks, settled
from fulfiller.domain.held import Decision, Order
from fulfiller.domain.new_work import Book, take_new_work
from fulfiller.domain.shipment import Delivery, Shipment, all_requested
from fulfiller.domain.transitions import Act, after, legal
from order_events import PartnerRequest, RequestStatus, ShipmentStatus


class Said(NamedTuple):
    """Something to say to the partner of a shipment; the shipment's counter `said` is its version."""

    kind: PartnerRequest
    shipment: Shipment


class Changes(NamedTuple):
    """The shipments that are no longer what they were, each one version on, and what their partners are told.

    `settled`: what became of all that was asked back of the order, once that is known.
    """

    shipments: tuple[Shipment, ...]
    said: tuple[Said, ...]
    settled: Settled | None = None


def advance(
    order: Order, decision: Decision, held: Sequence[Shipment], acted: Sequence[Shipment] | None = None
) -> Changes:
    """Take up new work, settle what is asked back, follow the order's address and holds, submit what may leave.

    Args:
        order: the newest version held.
        decision: the newest revision held; it may answer an older or a newer version of the order.
        held: every shipment of the order as stored, oldest first.
        acted: the same after something happened to one of them; all changes of a round make one version.
    """
    before = {one.shipment_id: one for one in held}
    book = Book({one.shipment_id: one for one in (held if acted is None else acted)})
    take_new_work(book, order, decision)
    settle_asks(book, decision)
    barred = why_barred(order, decision) is not None
    for shipment in list(book.shipments.values()):
        book.put(_submitted(_following(shipment, order), barred=barred))
    return _changes(before, book, order, decision)


def why_barred(order: Order, decision: Decision, shipment: Shipment | None = None) -> str | None:
    """Why nothing of the order, or of that shipment, may leave now; None where it may."""
    if hold := order.hold_on(shipment) if shipment else order.hold:
        return f"the order is on hold: {hold}"
    if order.version != decision.order_version:
        return f"version {order.version} of the order is held, version {decision.order_version} is decided"
    return None


def _following(shipment: Shipment, order: Order) -> Shipment:
    """The shipment with its order's address, wishes and holds; what is over keeps what it had."""
    if shipment.over:
        return shipment
    delivery = _delivery(shipment.delivery, order.delivery)
    same = delivery.says_the_same_as(shipment.delivery)
    return _held(shipment if same else shipment._replace(delivery=delivery), order)


def _delivery(had: Delivery, says: Delivery) -> Delivery:
    """What the order says now; a place's own date stays where nothing was promised."""
    return says if says.fulfil_by or not had.fulfil_by else says._replace(fulfil_by=had.fulfil_by)


def _held(shipment: Shipment, order: Order) -> Shipment:
    on_hold, hold = shipment.status is ShipmentStatus.ON_HOLD, order.hold_on(shipment)
    if hold is None:
        return after(shipment, Act.RELEASE_HOLD)._replace(reason=None) if on_hold else shipment
    if legal(shipment, Act.HOLD):
        return after(shipment, Act.HOLD)._replace(reason=hold)
    return shipment._replace(reason=hold) if on_hold else shipment


def _submitted(shipment: Shipment, *, barred: bool) -> Shipment:
    if barred or shipment.over or not legal(shipment, Act.SUBMIT):
        return shipment
    return after(shipment, Act.SUBMIT, all_requested(shipment))


def _changes(before: dict[str, Shipment], book: Book, order: Order, decision: Decision) -> Changes:
    shipments, said = [], []
    for shipment in book.shipments.values():
        had = before.get(shipment.shipment_id)
        if shipment == had:
            continue
        kind = _said(had, shipment)
        changed = shipment._replace(
            version=shipment.version + 1,
            order_version=order.version,
            revision=decision.revision,
            said=shipment.said + (kind is not None),
        )
        shipments.append(changed)
        said += [Said(kind, changed)] if kind else []
    return Changes(tuple(shipments), tuple(said), settled(book.shipments.values(), decision))


def _said(had: Shipment | None, now: Shipment) -> PartnerRequest | None:
    """What the partner is told of a change: at most one thing, and nothing of what it said itself."""
    stood = had.request_status if had else RequestStatus.UNSUBMITTED
    if now.over or now.request_status is RequestStatus.UNSUBMITTED:
        return None
    if now.request_status is RequestStatus.SUBMITTED and stood is not now.request_status:
        return PartnerRequest.REQUESTED  # for the first time, or anew what was let go and is still wanted
    if now.request_status is RequestStatus.CANCELLATION_REQUESTED and stood is not now.request_status:
        return PartnerRequest.CANCELLATION_REQUESTED
    return PartnerRequest.CHANGED if had and had.delivery != now.delivery else None
