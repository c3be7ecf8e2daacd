"""A part is asked back from a partner: what is still wanted stays in the shipment, and is requested anew."""

from tests.unit.fulfiller.given import (
    CAUSE,
    SEOUL,
    a_decision,
    a_message,
    an_order,
    asked_back_in_part,
    at_partner,
    dispatched,
    given,
    held_after,
    settled,
    shipments_of,
    told,
)

from fulfiller.domain.announced import shipment_of
from fulfiller.domain.announced import told as told_by_letters
from fulfiller.domain.fulfilment import advance
from fulfiller.domain.partner import CANCELLATION_ACCEPTED
from fulfiller.domain.saying import body_of, events_of
from fulfiller.domain.shipment import DISPATCHED_AFTER_RELEASE
from order_events import PartnerRequest, RequestStatus, ShipmentStatus, ShipmentUpdated
from service_runtime import json_of

LET_GO = a_message("cancellation_accepted")
ONE_OF_THREE = a_decision(at_partner(given(assigned=3, asked=1)), revision=2)
SUBMITTED = RequestStatus.SUBMITTED


def sums(shipment, line_id="1"):
    line = shipment.line(line_id)
    return line.ordered, line.shipped, line.released, line.answered


def let_go(*messages, order=None, decision=ONE_OF_THREE):
    """What changes when the partner lets go of three units of which one was asked back."""
    asked = asked_back_in_part(1, *messages)
    return advance(order or an_order(), decision, [asked], [told(asked, LET_GO)])


def test_only_what_was_asked_back_is_given_back_and_the_rest_is_requested_anew():
    changes = let_go()
    (shipment,), (said,), _ = changes
    assert (shipment.state, sums(shipment)) == ((ShipmentStatus.OPEN, SUBMITTED), (3, 0, 1, 1))
    assert (shipment.lines[0].reason, shipment.lines[0].waiting) == (CANCELLATION_ACCEPTED, 0)
    assert (said.kind, said.shipment.said) == (PartnerRequest.REQUESTED, 3)
    (letter,) = [event.body for event in events_of(changes, CAUSE) if event.topic]
    assert [(line.line_id, line.quantity) for line in letter.work.lines] == [("1", 2)]


def test_a_line_that_nobody_asked_back_is_requested_anew_whole():
    (held,) = shipments_of(at_partner(given("1", 2), given("2", 4)))
    decision = a_decision(at_partner(given("1", 2, asked=2), given("2", 4)), revision=2)
    (asked,) = advance(an_order(), decision, [held]).shipments
    (shipment,) = advance(an_order(), decision, [asked], [told(asked, LET_GO)]).shipments
    assert (sums(shipment, "1"), sums(shipment, "2")) == ((2, 0, 2, 2), (4, 0, 0, 0))
    assert shipment.state == (ShipmentStatus.OPEN, SUBMITTED)


def test_after_a_part_left_it_is_in_progress_and_requested_anew():
    (shipment,), (said,), _ = let_go(a_message("accepted"), dispatched(1))
    assert (shipment.state, sums(shipment)) == ((ShipmentStatus.IN_PROGRESS, SUBMITTED), (3, 1, 1, 1))
    assert said.kind is PartnerRequest.REQUESTED


def test_what_was_asked_back_and_left_meanwhile_is_kept_and_answered():
    asked = asked_back_in_part(2)
    done = settled(told(asked, dispatched(2), LET_GO), assigned=3, asked=2)
    assert (done.state, sums(done)) == ((ShipmentStatus.CLOSED, RequestStatus.CANCELLATION_ACCEPTED), (3, 2, 1, 2))


def test_it_waits_with_being_requested_anew_until_nothing_bars_it():
    changes = let_go(order=an_order(version=2))
    (waiting,) = changes.shipments
    assert (waiting.state, changes.said) == ((ShipmentStatus.OPEN, RequestStatus.UNSUBMITTED), ())
    decided = ONE_OF_THREE._replace(revision=3, order_version=2)
    (shipment,), (said,), _ = advance(an_order(version=2), decided, [waiting])
    assert (shipment.request_status, said.kind) == (SUBMITTED, PartnerRequest.REQUESTED)


def test_it_is_on_hold_while_its_order_is_and_requested_anew_with_what_is_then_true():
    changes = let_go(dispatched(1), order=an_order(hold="fraud"))
    (held,) = changes.shipments
    assert (held.state, changes.said) == ((ShipmentStatus.ON_HOLD, RequestStatus.UNSUBMITTED), ())
    moved = SEOUL.model_copy(update={"city": "부산"})
    (shipment,), (said,), _ = advance(an_order(ship_to=moved), ONE_OF_THREE, [held])
    assert (shipment.state, said.kind) == ((ShipmentStatus.IN_PROGRESS, SUBMITTED), PartnerRequest.REQUESTED)
    assert shipment.delivery.ship_to == moved.model_dump_json()


def test_what_it_let_go_and_is_asked_back_too_is_released_without_a_word():
    (waiting,) = let_go(order=an_order(version=2)).shipments
    decided = a_decision(at_partner(given(assigned=3, asked=3)), revision=3, order_version=2)
    (shipment,), said, _ = advance(an_order(version=2), decided, [waiting])
    assert (shipment.status, sums(shipment), said) == (ShipmentStatus.CANCELLED, (3, 0, 3, 3), ())


def test_new_units_do_not_join_what_was_let_go():
    (waiting,) = let_go(order=an_order(version=2)).shipments
    more = a_decision(at_partner(given(assigned=5, asked=1)), revision=3, order_version=1)
    (born,) = advance(an_order(version=2), more, [waiting]).shipments
    assert (born.shipment_id, sums(born)) == ("o1-F2", (2, 0, 0, 0))


def test_it_can_be_asked_back_again_and_again():
    (shipment,) = let_go().shipments
    again = a_decision(at_partner(given(assigned=3, asked=2)), revision=3)
    (asked,), (said,), _ = advance(an_order(), again, [shipment])
    assert said.kind is PartnerRequest.CANCELLATION_REQUESTED
    (rest,), (said,), _ = advance(an_order(), again, [asked], [told(asked, a_message("accepted"), LET_GO)])
    assert (sums(rest), rest.state, said.kind) == (
        (3, 0, 2, 2),
        (ShipmentStatus.OPEN, SUBMITTED),
        PartnerRequest.REQUESTED,
    )


def test_a_partner_that_ships_all_it_had_let_go_is_believed():
    (shipment,) = let_go().shipments
    gone = told(shipment, dispatched(3))
    assert (gone.status, sums(gone)) == (ShipmentStatus.CLOSED, (3, 3, 1, 1))
    assert gone.lines[0].reason == DISPATCHED_AFTER_RELEASE


def test_a_partner_that_dispatches_before_it_is_asked_anew_is_believed():
    (waiting,) = let_go(order=an_order(version=2)).shipments
    gone = told(waiting, dispatched(1))
    assert (gone.state, sums(gone)) == ((ShipmentStatus.IN_PROGRESS, RequestStatus.UNSUBMITTED), (3, 1, 1, 1))


def test_what_is_requested_anew_may_be_rejected_also_when_a_part_had_left():
    (shipment,) = let_go(dispatched(1)).shipments
    rejected = told(shipment, a_message("rejected", reason="inventory_out_of_stock"))
    assert (rejected.state, sums(rejected)) == ((ShipmentStatus.CLOSED, RequestStatus.REJECTED), (3, 1, 2, 1))


def test_a_rejection_of_what_is_requested_anew_may_cross_the_next_ask():
    (shipment,) = let_go(dispatched(1)).shipments
    again = a_decision(at_partner(given(assigned=3, asked=3)), revision=3)
    (asked,) = advance(an_order(), again, [shipment]).shipments
    done = settled(told(asked, a_message("rejected", reason="invalid_sku")), assigned=3, asked=3)
    assert (done.status, sums(done)) == (ShipmentStatus.CLOSED, (3, 1, 2, 3))


def test_from_what_was_announced_and_written_it_becomes_what_it_was():
    changes = let_go(dispatched(1))
    (shipment,) = changes.shipments
    letters = [(event.version, event.body) for event in events_of(changes, CAUSE) if event.topic]
    body = ShipmentUpdated.model_validate_json(json_of(body_of(shipment)))
    before = asked_back_in_part(1, dispatched(1))
    again = told_by_letters(shipment_of(body, shipment.version, before), letters)
    assert held_after(changes, shipment) == [again]
