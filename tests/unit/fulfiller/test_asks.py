"""Units asked back: every ask ends answered, and no unit that could still leave is passed over."""

from tests.unit.fulfiller.given import (
    NOW,
    a_decision,
    a_message,
    a_submitted,
    an_order,
    asked_to_let_go,
    at_bench,
    at_partner,
    dispatched,
    given,
    held_after,
    settled,
    shipments_of,
    told,
)

from fulfiller.domain.asks import Settled
from fulfiller.domain.bench import Wish, pack
from fulfiller.domain.fulfilment import advance
from fulfiller.domain.packing import Wanted
from order_events import PartnerRequest, RequestStatus, ShipmentStatus


def sums(shipment, line_id="1"):
    line = shipment.line(line_id)
    return line.ordered, line.shipped, line.released, line.answered


def test_an_ask_where_nothing_is_held_is_answered_by_a_shipment_born_cancelled():
    (shipment,) = shipments_of(at_partner(given(assigned=2, asked=2)))
    assert shipment.status is ShipmentStatus.CANCELLED
    assert sums(shipment) == (2, 0, 2, 2)


def test_a_shipment_born_cancelled_is_not_told_to_the_partner():
    assert advance(an_order(), a_decision(at_partner(given(assigned=2, asked=2))), []).said == ()


def test_an_ask_of_a_line_that_was_never_given_is_answered_too():
    (shipment,) = shipments_of(at_bench(given(assigned=0, asked=3)))
    assert shipment.status is ShipmentStatus.CANCELLED
    assert sums(shipment) == (0, 0, 0, 3)


def test_what_the_bench_has_not_packed_is_released_at_once():
    held = shipments_of(at_bench(given(assigned=3)))
    (shipment,) = advance(an_order(), a_decision(at_bench(given(assigned=3, asked=3)), revision=2), held).shipments
    assert (shipment.status, sums(shipment)) == (ShipmentStatus.CANCELLED, (3, 0, 3, 3))


def test_what_the_bench_has_shipped_is_kept_and_answered():
    (held,) = shipments_of(at_bench(given(assigned=5)))
    part = pack(held, Wish(None, [Wanted("1", None, 2)], None, None), NOW, barred=None).shipment
    (shipment,) = advance(an_order(), a_decision(at_bench(given(assigned=5, asked=5)), revision=2), [part]).shipments
    assert (shipment.status, sums(shipment)) == (ShipmentStatus.CLOSED, (5, 2, 3, 5))


def test_a_part_asked_back_leaves_the_rest_open():
    held = shipments_of(at_bench(given(assigned=5)))
    (shipment,) = advance(an_order(), a_decision(at_bench(given(assigned=5, asked=2)), revision=2), held).shipments
    assert (shipment.status, sums(shipment)) == (ShipmentStatus.OPEN, (5, 0, 2, 2))


def test_a_partner_that_was_not_asked_yet_never_hears_of_it():
    decision = a_decision(at_partner(given(assigned=3)), order_version=1)
    held = held_after(advance(an_order(version=2), decision, []))
    cancelled = a_decision(at_partner(given(assigned=3, asked=3)), revision=2, order_version=2)
    changes = advance(an_order(version=2), cancelled, held)
    assert changes.shipments[0].status is ShipmentStatus.CANCELLED
    assert changes.said == ()


def test_a_partner_that_was_asked_is_asked_to_let_go_and_the_answer_waits():
    decision = a_decision(at_partner(given(assigned=3, asked=3)), revision=2)
    changes = advance(an_order(), decision, [a_submitted()])
    assert changes.said[0].kind is PartnerRequest.CANCELLATION_REQUESTED
    assert changes.shipments[0].request_status is RequestStatus.CANCELLATION_REQUESTED
    assert sums(changes.shipments[0]) == (3, 0, 0, 0)


def test_a_partner_is_asked_to_let_go_once():
    shipment = asked_to_let_go(3)
    again = advance(an_order(), a_decision(at_partner(given(assigned=3, asked=3)), revision=3), [shipment])
    assert again.said == ()


def test_units_the_partner_lets_go_are_released_and_answered():
    shipment = settled(told(asked_to_let_go(3), a_message("cancellation_accepted")), assigned=3, asked=3)
    assert (shipment.status, sums(shipment)) == (ShipmentStatus.CANCELLED, (3, 0, 3, 3))


def test_units_the_partner_keeps_are_answered_and_may_still_leave():
    kept = settled(told(asked_to_let_go(3), a_message("cancellation_rejected")), assigned=3, asked=3)
    assert (kept.status, kept.request_status) == (ShipmentStatus.IN_PROGRESS, RequestStatus.CANCELLATION_REJECTED)
    assert sums(kept) == (3, 0, 0, 3)
    assert sums(told(kept, dispatched(3))) == (3, 3, 0, 3)


def test_everything_dispatched_before_the_answer_is_kept():
    shipment = settled(told(asked_to_let_go(3), dispatched(3)), assigned=3, asked=3)
    assert (shipment.status, sums(shipment)) == (ShipmentStatus.CLOSED, (3, 3, 0, 3))


def test_what_left_of_a_line_is_answered_together_with_what_the_partner_lets_go():
    waiting = settled(told(asked_to_let_go(3), dispatched(1)), assigned=3, asked=3)
    assert sums(waiting) == (3, 1, 0, 0)
    done = settled(told(waiting, a_message("cancellation_accepted")), assigned=3, asked=3)
    assert (done.status, sums(done)) == (ShipmentStatus.CLOSED, (3, 1, 2, 3))


def test_a_rejection_that_crosses_the_cancel_answers_it():
    shipment = settled(told(asked_to_let_go(3), a_message("rejected", reason="invalid_sku")), assigned=3, asked=3)
    assert (shipment.status, sums(shipment)) == (ShipmentStatus.CLOSED, (3, 0, 3, 3))


def test_an_ask_that_crosses_a_rejection_is_answered_by_what_was_given_back():
    rejected = told(a_submitted(3), a_message("rejected", reason="invalid_sku"))
    assert sums(settled(rejected, assigned=3, asked=3)) == (3, 0, 3, 3)


def test_an_ask_after_a_rejected_cancellation_is_answered_kept_at_once():
    kept = settled(told(asked_to_let_go(3), a_message("cancellation_rejected")), assigned=3, asked=3)
    again = settled(kept, assigned=3, asked=6)
    assert again.request_status is RequestStatus.CANCELLATION_REJECTED
    assert sums(again) == (3, 0, 0, 6)


def test_an_ask_takes_open_units_before_units_that_were_given_back_unasked():
    rejected = told(a_submitted(5), a_message("rejected", reason="invalid_sku"))
    held = held_after(advance(an_order(), a_decision(at_partner(given(assigned=8)), revision=2), [rejected]), rejected)
    asked = a_decision(at_partner(given(assigned=8, asked=3)), revision=3)
    changes = advance(an_order(), asked, held)
    assert [(one.shipment_id, one.request_status) for one in changes.shipments] == [
        ("o1-F2", RequestStatus.CANCELLATION_REQUESTED)
    ]


def test_a_cancel_over_two_shipments_of_a_place_answers_for_each_its_own():
    gone = told(a_submitted(5), dispatched(5))
    held = held_after(advance(an_order(), a_decision(at_partner(given(assigned=8)), revision=2), [gone]), gone)
    changes = advance(an_order(), a_decision(at_partner(given(assigned=8, asked=8)), revision=3), held)
    first, second = held_after(changes, *held)
    assert (sums(first), sums(second)) == ((5, 5, 0, 5), (3, 0, 0, 0))
    assert second.request_status is RequestStatus.CANCELLATION_REQUESTED


def test_asks_of_one_line_do_not_touch_another():
    (held,) = shipments_of(at_bench(given("1", 2), given("2", 2)))
    decision = a_decision(at_bench(given("1", 2, asked=2), given("2", 2)), revision=2)
    (shipment,) = advance(an_order(), decision, [held]).shipments
    assert (shipment.status, sums(shipment, "1"), sums(shipment, "2")) == (
        ShipmentStatus.OPEN,
        (2, 0, 2, 2),
        (2, 0, 0, 0),
    )


def test_a_line_that_has_wholly_left_does_not_stop_the_rest_at_the_partner():
    (held,) = shipments_of(at_partner(given("1", 2), given("2", 2)))
    part = told(held, dispatched(2))
    decision = a_decision(at_partner(given("1", 2, asked=2), given("2", 2)), revision=2)
    (shipment,) = advance(an_order(), decision, [part]).shipments
    assert shipment.request_status is RequestStatus.ACCEPTED
    assert sums(shipment) == (2, 2, 0, 2)


def test_what_stays_is_said_once_every_ask_is_answered_and_not_before():
    decision = a_decision(at_partner(given(assigned=3, asked=2)), revision=2)
    asked = advance(an_order(), decision, [a_submitted()])
    assert asked.settled is None
    (waiting,) = asked.shipments
    kept = advance(an_order(), decision, [waiting], [told(waiting, a_message("cancellation_rejected"))])
    assert kept.settled == Settled(decision.order_version, {"1": 3})
    gone = advance(an_order(), decision, [waiting], [told(waiting, a_message("cancellation_accepted"))])
    assert gone.settled == Settled(decision.order_version, {"1": 1})


def test_of_an_order_of_which_nothing_was_asked_back_nothing_is_settled():
    assert advance(an_order(), a_decision(at_bench(given(assigned=3))), []).settled is None


def test_units_that_left_after_they_had_been_given_back_stay_gone():
    decision = a_decision(at_partner(given(assigned=3, asked=3)), revision=2)
    (waiting,) = advance(an_order(), decision, [a_submitted()]).shipments
    (gone,) = advance(an_order(), decision, [waiting], [told(waiting, a_message("cancellation_accepted"))]).shipments
    late = advance(an_order(), decision, [gone], [told(gone, dispatched(2))])
    assert late.settled == Settled(decision.order_version, {"1": 2})
