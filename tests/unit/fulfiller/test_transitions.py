"""The table of legal transitions, and what the server computes from it."""

import pytest
from tests.unit.fulfiller.given import (
    a_decision,
    a_message,
    a_submitted,
    an_order,
    asked_back_in_part,
    at_bench,
    at_partner,
    dispatched,
    given,
    settled,
    shipments_of,
    told,
)

from fulfiller.domain.fulfilment import advance
from fulfiller.domain.shipment import OVER
from fulfiller.domain.transitions import PARTNERS_ACTS, TABLE, Act, actions, allowed, already_so, legal
from order_events import RequestStatus, ShipmentStatus

ENDS_ONLY_BY_UNITS = {
    (ShipmentStatus.OPEN, RequestStatus.CANCELLATION_ACCEPTED),
    (ShipmentStatus.IN_PROGRESS, RequestStatus.CANCELLATION_ACCEPTED),
}


@pytest.mark.parametrize("state", TABLE)
def test_every_state_that_can_be_reached_is_in_the_table(state):
    for reached in TABLE[state].values():
        assert reached in TABLE or reached in ENDS_ONLY_BY_UNITS


@pytest.mark.parametrize("state", [state for state in TABLE if state[0] in OVER])
def test_what_is_over_stays_over(state):
    assert all(reached[0] in OVER for reached in TABLE[state].values())


def test_what_is_over_begins_nothing_new():
    begins = {Act.ADD, Act.HOLD, Act.SUBMIT, Act.RELEASE, Act.REQUEST_CANCELLATION, Act.PACK}
    assert not any(begins & set(acts) for state, acts in TABLE.items() if state[0] in OVER)


def test_a_bench_is_offered_a_package_and_nothing_of_a_partners():
    (shipment,) = shipments_of(at_bench(given()))
    assert allowed(shipment) == [Act.PACK]
    assert not any(legal(shipment, act) for act in PARTNERS_ACTS | {Act.SUBMIT})


def test_a_bench_is_offered_nothing_while_its_order_is_barred():
    (shipment,) = shipments_of(at_bench(given()))
    assert actions(shipment, barred=True) == []


def test_a_partner_is_offered_what_it_may_say():
    assert allowed(a_submitted()) == [Act.ACCEPTED, Act.REJECTED, Act.DISPATCHED]
    assert allowed(told(a_submitted(), dispatched(1))) == [Act.DISPATCHED, Act.CLOSED, Act.EVENT]
    assert allowed(told(a_submitted(), dispatched(3))) == [Act.CLOSED, Act.EVENT]


def test_a_partners_shipment_without_a_partner_is_nobodys_to_speak_of():
    assert not legal(a_submitted()._replace(partner_id=None), Act.ACCEPTED)


def test_a_package_may_leave_again_and_again_and_an_answer_is_given_once():
    shipment = told(a_submitted(), dispatched(1))
    assert already_so(shipment, Act.ACCEPTED)
    assert not already_so(shipment, Act.DISPATCHED)


def test_what_was_never_requested_of_a_partner_is_not_dispatched():
    barred = advance(an_order(version=2), a_decision(at_partner(given())), []).shipments[0]
    assert allowed(barred) == []


def test_a_partner_that_let_go_may_still_say_that_it_dispatched():
    barred = advance(
        an_order(version=2),
        a_decision(at_partner(given(assigned=3, asked=1)), revision=2),
        [asked_back_in_part(1)],
        [told(asked_back_in_part(1), a_message("cancellation_accepted"))],
    ).shipments[0]
    assert (barred.status, barred.request_status) == (ShipmentStatus.OPEN, RequestStatus.UNSUBMITTED)
    assert allowed(barred) == [Act.DISPATCHED]


def test_what_is_requested_anew_after_a_part_left_can_be_taken_refused_dispatched_or_closed():
    shipment = settled(
        told(asked_back_in_part(1, dispatched(1)), a_message("cancellation_accepted")), assigned=3, asked=1
    )
    assert shipment.state == (ShipmentStatus.IN_PROGRESS, RequestStatus.SUBMITTED)
    assert allowed(shipment) == [Act.ACCEPTED, Act.REJECTED, Act.DISPATCHED, Act.CLOSED, Act.EVENT]
