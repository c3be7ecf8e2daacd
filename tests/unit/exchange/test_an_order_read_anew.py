"""What each reader makes of an order that is said again because it had been translated wrongly."""

from tests.unit.allocator import given as allocating
from tests.unit.fulfiller import given as fulfilling
from tests.unit.notifier import given as notifying

from allocator.domain.announcing import allocation_decided
from fulfiller.domain.fulfilment import advance
from fulfiller.domain.shipment import Shipment
from notifier.domain.telling import heard_of_uneventful
from notifier.domain.things import Line, Wishes
from order_events import PartnerRequest, RequestStatus, ShipmentStatus
from order_events import Wishes as SaidWishes

GIFT = SaidWishes(gift_message="생일 축하해!")


def corrected(shipment: Shipment, decided: int = 2, **more: object) -> tuple[list[Shipment], list[PartnerRequest]]:
    """The shipments of an order once its second version was read, and what the partner is told."""
    order = fulfilling.an_order(version=2, wishes=GIFT, **more)
    decision = fulfilling.a_decision(fulfilling.at_partner(fulfilling.given(assigned=3)), order_version=decided)
    changes = advance(order, decision, [shipment])
    return fulfilling.held_after(changes, shipment), [one.kind for one in changes.said]


def test_the_allocator_answers_it_with_the_same_units_where_they_are_and_the_cost_of_the_right_weight():
    desk = allocating.Desk(allocating.a_shelf({"mug": {"A": 5, "B": 5}}))
    desk.hear(allocating.an_order(allocating.a_line(quantity=2, weight_g=300_000)))
    desk.hear(allocating.an_order(allocating.a_line(quantity=2, weight_g=300), version=2))
    wrong, right = (allocation_decided(held, desk.network) for held in desk.said)
    assert (right.order_version, right.revision) == (2, 2)
    assert right.units == wrong.units
    assert (right.asked, desk.buckets("mug", "A")) == ((), (3, 2))
    assert right.cost.amount < wrong.cost.amount
    assert right.places[0].lines == wrong.places[0].lines


def test_a_submitted_shipment_gets_the_right_wishes_and_its_partner_the_whole_work_again():
    [shipment], told = corrected(fulfilling.a_submitted())
    assert "생일 축하해!" in shipment.delivery.wishes
    assert told == [PartnerRequest.CHANGED]
    assert shipment.state == (ShipmentStatus.OPEN, RequestStatus.SUBMITTED)


def test_a_partner_is_told_at_once_and_not_again_when_the_decision_comes():
    [shipment], told = corrected(fulfilling.a_submitted(), decided=1)
    assert told == [PartnerRequest.CHANGED]
    assert corrected(shipment)[1] == []


def test_what_was_half_dispatched_is_corrected_for_the_rest():
    half = fulfilling.told(fulfilling.a_submitted(), fulfilling.a_message("accepted"), fulfilling.dispatched(2))
    [shipment], told = corrected(half)
    assert "생일 축하해!" in shipment.delivery.wishes
    assert shipment.packages == half.packages
    assert told == [PartnerRequest.CHANGED]


def test_what_has_left_keeps_what_it_left_with():
    gone = fulfilling.told(fulfilling.a_submitted(), fulfilling.a_message("accepted"), fulfilling.dispatched(3))
    assert gone.over
    assert corrected(gone) == ([gone], [])


def test_a_bench_packs_by_the_right_instructions():
    [shipment] = fulfilling.shipments_of(fulfilling.at_bench(fulfilling.given()))
    order = fulfilling.an_order(version=2, wishes=GIFT, instructions='{"gift_wrap": true}')
    decision = fulfilling.a_decision(fulfilling.at_bench(fulfilling.given()), revision=2, order_version=2)
    [after] = advance(order, decision, [shipment]).shipments
    assert (after.delivery.wishes, after.delivery.instructions) == (GIFT.model_dump_json(), '{"gift_wrap": true}')
    assert after.state == shipment.state


def test_the_customer_is_told_nothing_of_it_and_later_mails_say_what_is_right():
    customer = notifying.Customer()
    customer.hears(notifying.an_order(wishes=Wishes(None)), notifying.a_decision(notifying.allocated("1", 2)))
    before = len(customer.letters)
    right = notifying.an_order(2, lines=(Line("1", "A better title", 2, notifying.PRICE),))
    assert customer.hears(right, notifying.a_decision(notifying.allocated("1", 2), revision=2, order_version=2)) == []
    package = notifying.a_shipment(notifying.a_package("p1", _1=2), version=2, revision=2)
    [letter] = customer.hears(package)
    assert len(customer.letters) == before + 1
    assert letter.words is not None
    assert "A better title" in str(letter.words)


def test_of_an_order_nothing_happened_to_only_the_confirmation_is_due_which_was_claimed_before():
    first, again = (
        heard_of_uneventful(notifying.an_order(version), notifying.POLICY, notifying.NOW) for version in (1, 2)
    )
    assert [one.message_id for one in again.letters] == [one.message_id for one in first.letters]
    assert again.learned == notifying.an_order(2)
