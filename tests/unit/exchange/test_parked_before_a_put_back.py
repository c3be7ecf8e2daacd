"""What was parked, or waited behind it, when a database was put back: recovery holds it, reading it again decides it.

A group's offset says that a record was read, not that it was handled: what was parked or blocked was not, and the rows
that said so went with the database.
"""

from tests.unit.allocator.given import CAUSE, Desk, a_line, a_shelf, a_shipment, an_order, told
from tests.unit.exchange.fulfiller_desk import FulfillerDesk
from tests.unit.exchange.test_allocator_and_fulfiller import NETWORK

from allocator.domain.allocation import Held
from allocator.domain.announcing import allocation_decided
from allocator.domain.rebuilding import rebuilt
from allocator.domain.restocking import restocked
from allocator.domain.shipments import Shipment

STOCK = {"mug": {"hub": 2}}


def put_back(desk: Desk, *read: Shipment) -> Desk:
    """An allocator whose copy knew nothing, mended from what was decided and from what its group had read."""
    [held] = desk.held.values()
    again, moves = rebuilt(Held(held.order_id), held.order, allocation_decided(held, NETWORK), read, NETWORK.rates)
    mended = Desk(a_shelf(STOCK), NETWORK)
    assert not restocked(mended.shelf, [(move, CAUSE) for move in moves], {})
    mended.held[held.order_id] = again
    return mended


def cancelled() -> Desk:
    """Two units are at the hub and asked back."""
    desk = Desk(a_shelf(STOCK), NETWORK)
    desk.hear(an_order(a_line(quantity=2)))
    desk.hear(an_order(a_line(quantity=2, cancelled=2), version=2))
    return desk


RELEASED = a_shipment("o1-F1", 2, "hub", l1=(2, 0, 2, 2))


def test_an_answer_that_was_parked_is_decided_when_it_is_read_again():
    mended = put_back(cancelled(), RELEASED)
    assert mended.buckets("mug", "hub") == (2, 0)
    mended.hear(RELEASED)
    assert told(mended.held["o1"]) == [("1", 2, "cancelled", None, None)]
    assert [held.revision for held in mended.said] == [3]
    assert mended.buckets("mug", "hub") == (2, 0)


def test_an_answer_that_was_decided_decides_nothing_when_it_is_read_again():
    desk = cancelled()
    desk.hear(RELEASED)
    mended = put_back(desk, RELEASED)
    mended.hear(RELEASED)
    assert mended.said == []
    assert mended.held["o1"].revision == 3


def test_what_is_read_again_and_is_older_than_what_was_read_last_decides_nothing():
    mended = put_back(cancelled(), a_shipment("o1-F1", 3, "hub", l1=(2, 0, 2, 2)))
    mended.hear(RELEASED)
    assert mended.said == []


def test_a_decision_that_was_parked_becomes_a_shipment_when_it_is_read_again():
    desk = Desk(a_shelf(STOCK), NETWORK)
    desk.hear(an_order(a_line(quantity=2)))
    decision = allocation_decided(desk.held["o1"], NETWORK)
    fulfiller = FulfillerDesk("o1")
    fulfiller.read_order(1, None)
    fulfiller.read_decision(decision)
    parked = FulfillerDesk("o1")
    parked.order, parked.decision = fulfiller.order, fulfiller.decision  # held by recovery, never turned into anything
    parked.read_decision(decision)
    assert parked.shipments == fulfiller.shipments
    parked.read_order(1, None)
    parked.read_decision(decision)
    assert parked.shipments == fulfiller.shipments
