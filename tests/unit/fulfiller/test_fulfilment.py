"""What an order and its decision make of its shipments."""

from datetime import timedelta

from msgspec.structs import replace
from tests.unit.fulfiller.given import (
    NOW,
    SEOUL,
    a_decision,
    a_message,
    a_submitted,
    an_order,
    at_bench,
    at_partner,
    dispatched,
    given,
    held_after,
    shipments_of,
    told,
)

from fulfiller.domain.bench import Wish, pack
from fulfiller.domain.fulfilment import advance, why_barred
from fulfiller.domain.held import LineHold
from fulfiller.domain.packing import Wanted
from order_events import PartnerRequest, RequestStatus, ShipmentStatus


def test_each_place_of_a_decision_gets_a_shipment():
    first, second = shipments_of(at_bench(given("1", 2)), at_partner(given("1", 1), given("2", 4)))
    assert (first.shipment_id, first.name, first.location_id) == ("o1-F1", "#1001-F1", "bench")
    assert (second.shipment_id, second.name, second.location_id) == ("o1-F2", "#1001-F2", "hub")
    assert [(line.line_id, line.ordered) for line in second.lines] == [("1", 1), ("2", 4)]


def test_a_partners_shipment_is_submitted_as_soon_as_it_is_made():
    changes = advance(an_order(), a_decision(at_partner(given(assigned=2))), [])
    assert changes.shipments[0].state == (ShipmentStatus.OPEN, RequestStatus.SUBMITTED)
    assert [(said.kind, said.shipment.said) for said in changes.said] == [(PartnerRequest.REQUESTED, 1)]


def test_a_benchs_shipment_waits_for_the_packer():
    changes = advance(an_order(), a_decision(at_bench(given())), [])
    assert changes.shipments[0].state == (ShipmentStatus.OPEN, RequestStatus.UNSUBMITTED)
    assert not changes.said


def test_the_same_decision_again_changes_nothing():
    decision = a_decision(at_bench(given("1", 2)), at_partner(given("2", 1)))
    held = held_after(advance(an_order(), decision, []))
    again = advance(an_order(), decision, held)
    assert again.shipments == ()
    assert again.said == ()


def test_new_units_of_a_place_go_into_its_shipment_while_that_is_open():
    held = shipments_of(at_bench(given("1", 2)))
    changes = advance(an_order(), a_decision(at_bench(given("1", 3), given("2", 1)), revision=2), held)
    (shipment,) = changes.shipments
    assert [(line.line_id, line.ordered) for line in shipment.lines] == [("1", 3), ("2", 1)]
    assert (shipment.version, shipment.revision) == (2, 2)


def test_new_units_go_into_another_shipment_once_the_partner_was_asked():
    held = shipments_of(at_partner(given(assigned=2)))
    changes = advance(an_order(), a_decision(at_partner(given(assigned=5)), revision=2), held)
    (shipment,) = changes.shipments
    assert (shipment.shipment_id, shipment.lines[0].ordered) == ("o1-F2", 3)


def test_new_units_go_into_another_shipment_once_a_package_left():
    (held,) = shipments_of(at_bench(given(assigned=3)))
    left = pack(held, Wish(None, [], None, None), NOW, barred=None).shipment
    changes = advance(an_order(), a_decision(at_bench(given(assigned=4)), revision=2), [left])
    assert changes.shipments[0].shipment_id == "o1-F2"


def test_a_place_that_changed_hands_changes_new_shipments_only():
    decision = a_decision(at_bench(given(assigned=2)), order_version=1)
    held = held_after(advance(an_order(), decision, []))
    moved = a_decision(at_partner(given(assigned=5), location_id="bench"), revision=2)
    changes = advance(an_order(), moved, held)
    assert [(one.shipment_id, one.partner_id, one.lines[0].ordered) for one in changes.shipments] == [
        ("o1-F2", "swift", 3)
    ]


def test_revisions_that_were_skipped_are_made_up_for():
    changes = advance(an_order(), a_decision(at_bench(given(assigned=9, asked=4)), revision=7), [])
    (line,) = changes.shipments[0].lines
    assert (line.ordered, line.released, line.answered, line.open) == (9, 4, 4, 5)


def test_nothing_is_submitted_while_the_order_is_newer_than_its_decision():
    changes = advance(an_order(version=2), a_decision(at_partner(given()), order_version=1), [])
    assert changes.shipments[0].request_status is RequestStatus.UNSUBMITTED
    assert not changes.said


def test_nothing_is_submitted_while_the_decision_is_newer_than_the_order():
    changes = advance(an_order(version=1), a_decision(at_partner(given()), order_version=2), [])
    assert changes.shipments[0].request_status is RequestStatus.UNSUBMITTED


def test_what_waited_is_submitted_when_the_bar_goes():
    decision = a_decision(at_partner(given(assigned=2)))
    held = held_after(advance(an_order(version=2), decision, []))
    changes = advance(an_order(version=2), decision._replace(revision=2, order_version=2), held)
    assert changes.shipments[0].request_status is RequestStatus.SUBMITTED
    assert changes.said[0].kind is PartnerRequest.REQUESTED


def test_a_held_orders_shipments_are_on_hold_until_the_last_hold_goes():
    decision = a_decision(at_partner(given()), at_bench(given("2")))
    held = held_after(advance(an_order(hold="awaiting_payment"), decision, []))
    assert {(one.status, one.reason) for one in held} == {(ShipmentStatus.ON_HOLD, "awaiting_payment")}
    free = held_after(advance(an_order(version=2), decision._replace(order_version=2, revision=2), held))
    assert [(one.status, one.request_status, one.reason) for one in free] == [
        (ShipmentStatus.OPEN, RequestStatus.SUBMITTED, None),
        (ShipmentStatus.OPEN, RequestStatus.UNSUBMITTED, None),
    ]


def test_a_hold_of_some_lines_stops_the_shipments_that_hold_them_and_no_others():
    decision = a_decision(at_partner(given("1")), at_bench(given("2"), given("3")))
    order = an_order()._replace(line_holds=(LineHold("2", "incorrect_address"),))
    partners, bench = held_after(advance(order, decision, []))
    assert partners.state == (ShipmentStatus.OPEN, RequestStatus.SUBMITTED)
    assert (bench.status, bench.reason) == (ShipmentStatus.ON_HOLD, "incorrect_address")
    assert (why_barred(order, decision, partners), why_barred(order, decision)) == (None, None)
    assert why_barred(order, decision, bench) == "the order is on hold: incorrect_address"
    _, released = held_after(advance(an_order(), decision, [partners, bench]), partners, bench)
    assert (released.status, released.reason) == (ShipmentStatus.OPEN, None)


def test_a_line_that_has_left_holds_its_shipment_back_no_more():
    (held,) = shipments_of(at_bench(given("1"), given("2")))
    part = pack(held, Wish(None, [Wanted("1", None, 1)], None, None), NOW, barred=None).shipment
    order = an_order()._replace(line_holds=(LineHold("1", "fraud"),))
    assert advance(order, a_decision(at_bench(given("1"), given("2"))), [part]).shipments == ()


def test_a_bench_that_shipped_a_part_is_in_progress_again_after_a_hold():
    (held,) = shipments_of(at_bench(given("1", 1), given("2", 1)))
    part = pack(held, Wish(None, [Wanted("1", None, 1)], None, None), NOW, barred=None).shipment
    decision = a_decision(at_bench(given("1", 1), given("2", 1)))
    (stopped,) = advance(an_order(hold="fraud"), decision, [part]).shipments
    (going,) = advance(an_order(), decision, [stopped]).shipments
    assert [stopped.status, going.status] == [ShipmentStatus.ON_HOLD, ShipmentStatus.IN_PROGRESS]


def test_what_is_at_a_partner_is_not_put_on_hold_here():
    assert advance(an_order(hold="fraud"), a_decision(at_partner(given(assigned=3))), [a_submitted()]).shipments == ()


def test_a_new_address_is_told_to_a_partner_that_was_asked():
    moved = SEOUL.model_copy(update={"city": "부산"})
    changes = advance(an_order(version=2, ship_to=moved), a_decision(at_partner(given(assigned=3))), [a_submitted()])
    assert [said.kind for said in changes.said] == [PartnerRequest.CHANGED]
    assert changes.shipments[0].delivery.ship_to == moved.model_dump_json()


def test_an_address_that_is_only_written_otherwise_is_no_news():
    """As by a release that says a further field, of which the order has nothing."""
    again = SEOUL.model_dump_json().replace("{", '{ "floor": null, ', 1)
    changes = advance(an_order(version=2, ship_to=again), a_decision(at_partner(given(assigned=3))), [a_submitted()])
    assert changes.shipments == ()


def test_what_is_over_keeps_its_address():
    shipment = told(a_submitted(), dispatched(3))
    moved = SEOUL.model_copy(update={"city": "부산"})
    changes = advance(an_order(version=2, ship_to=moved), a_decision(at_partner(given(assigned=3))), [shipment])
    assert changes.shipments == ()


def test_a_promise_is_the_deadline_and_else_the_places_own_date():
    promised, planned = NOW + timedelta(days=1), NOW + timedelta(days=2)
    site = replace(at_bench(given()), ship_by=planned)
    assert shipments_of(site)[0].delivery.fulfil_by == planned
    assert shipments_of(site, order=an_order(fulfil_by=promised))[0].delivery.fulfil_by == promised


def test_several_changes_of_one_round_are_one_version():
    decision = a_decision(at_partner(given(assigned=2)))
    held = held_after(advance(an_order(version=2), decision, []))
    grown = a_decision(at_partner(given(assigned=4), given("2", 1)), revision=2, order_version=2)
    changes = advance(an_order(version=2), grown, held)
    assert [(one.shipment_id, one.version) for one in changes.shipments] == [("o1-F1", 2)]


def test_what_a_partner_said_is_not_said_back_to_it():
    before = a_submitted()
    after = told(before, a_message("accepted"))
    changes = advance(an_order(), a_decision(at_partner(given(assigned=3))), [before], [after])
    assert [one.version for one in changes.shipments] == [2]
    assert not changes.said


def test_why_nothing_may_leave_is_said():
    decision = a_decision(order_version=1)
    assert why_barred(an_order(), decision) is None
    assert why_barred(an_order(hold="fraud"), decision) == "the order is on hold: fraud"
    assert why_barred(an_order(version=2), decision) == "version 2 of the order is held, version 1 is decided"
