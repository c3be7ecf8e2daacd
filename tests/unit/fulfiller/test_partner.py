"""What a partner's messages do to its shipments."""

from datetime import timedelta

import pytest
from tests.unit.fulfiller.given import (
    NOW,
    a_message,
    a_submitted,
    an_order,
    asked_to_let_go,
    at_partner,
    dispatched,
    event,
    given,
    rule_of,
    shipments_of,
    told,
)

from fulfiller.domain.partner import AlreadySo, Changed, Refused, hear
from fulfiller.domain.shipment import DISPATCHED_AFTER_RELEASE
from order_events import MilestoneStatus, RejectionReason, RequestStatus, ShipmentStatus

ACCEPTED = a_message("accepted")


def test_a_partner_may_only_speak_of_its_own_shipments():
    assert rule_of(hear(ACCEPTED, a_submitted(), "rival")) == "unknown_shipment"


def test_a_shipment_that_does_not_exist_is_answered_like_one_of_another_partner():
    assert hear(ACCEPTED, None, "swift") == hear(ACCEPTED, a_submitted(), "rival")


def test_an_accepted_shipment_is_in_progress():
    assert told(a_submitted(), ACCEPTED).state == (ShipmentStatus.IN_PROGRESS, RequestStatus.ACCEPTED)


def test_accepting_twice_is_ignored():
    assert hear(ACCEPTED, told(a_submitted(), ACCEPTED), "swift") == AlreadySo()


@pytest.mark.parametrize("reason", list(RejectionReason))
def test_a_rejected_shipment_gives_all_its_units_back_with_the_reason(reason):
    shipment = told(a_submitted(), a_message("rejected", reason=reason))
    assert shipment.state == (ShipmentStatus.CLOSED, RequestStatus.REJECTED)
    assert (shipment.lines[0].released, shipment.lines[0].reason, shipment.reason) == (3, reason, reason)


def test_a_rejection_needs_a_reason():
    assert rule_of(hear(a_message("rejected"), a_submitted(), "swift")) == "required"


def test_what_was_accepted_cannot_be_rejected():
    refused = hear(a_message("rejected", reason="other"), told(a_submitted(), ACCEPTED), "swift")
    assert rule_of(refused) == "not_allowed"
    assert refused.problems[0].message.endswith("in_progress/accepted; allowed now: dispatched, closed")


def test_a_partner_that_dispatches_has_accepted():
    shipment = told(a_submitted(), dispatched(1))
    assert shipment.state == (ShipmentStatus.IN_PROGRESS, RequestStatus.ACCEPTED)
    assert hear(ACCEPTED, shipment, "swift") == AlreadySo()


def test_a_shipment_is_closed_when_its_last_unit_has_left():
    shipment = told(a_submitted(), dispatched(1), dispatched(2, package_id="P2"))
    assert shipment.state == (ShipmentStatus.CLOSED, RequestStatus.ACCEPTED)
    assert [package.package_id for package in shipment.packages] == ["P1", "P2"]


def test_a_package_leaves_with_a_milestone_and_a_tracking_page():
    (package,) = told(a_submitted(), dispatched(1, carrier="UPS", number="1Z 999")).packages
    assert [(one.status, one.happened_at) for one in package.milestones] == [(MilestoneStatus.DISPATCHED, NOW)]
    assert package.url == "https://www.ups.com/track?tracknum=1Z999"


def test_the_same_package_is_one_package_whatever_the_message_id():
    shipment = told(a_submitted(), dispatched(1))
    assert hear(dispatched(1, message_id="another"), shipment, "swift") == AlreadySo()


def test_a_package_does_not_change_its_contents():
    shipment = told(a_submitted(), dispatched(1))
    assert rule_of(hear(dispatched(2), shipment, "swift")) == "other_package"
    assert rule_of(hear(dispatched(1, number="1Z"), shipment, "swift")) == "other_package"


def test_no_more_units_leave_than_are_open():
    assert rule_of(hear(dispatched(4), a_submitted(), "swift")) == "too_many_units"
    assert (
        rule_of(hear(dispatched(3, package_id="P2"), told(a_submitted(), dispatched(1)), "swift")) == "too_many_units"
    )


def test_units_of_one_line_named_twice_are_counted_together():
    lines = [{"line_id": "1", "sku": "SKU-1", "quantity": 2}] * 2
    refused = hear(a_message("dispatched", package_id="P1", lines=lines), a_submitted(), "swift")
    assert rule_of(refused) == "too_many_units"


def test_a_line_that_is_not_in_the_shipment_is_refused():
    assert rule_of(hear(dispatched(1, line_id="9"), a_submitted(), "swift")) == "unknown_line"


def test_skus_are_compared_without_case_and_outer_spaces():
    lines = [{"line_id": "1", "sku": " sku-1 ", "quantity": 1}]
    (package,) = told(a_submitted(), a_message("dispatched", package_id="P1", lines=lines)).packages
    assert package.lines[0].sku == "SKU-1"
    wrong = [{"line_id": "1", "sku": "SKU-2", "quantity": 1}]
    assert rule_of(hear(a_message("dispatched", package_id="P1", lines=wrong), a_submitted(), "swift")) == "other_sku"


@pytest.mark.parametrize("missing", ["package_id", "lines"])
def test_a_dispatched_package_names_itself_and_its_lines(missing):
    said = {"package_id": "P1", "lines": [{"line_id": "1", "sku": "SKU-1", "quantity": 1}]}
    refused = hear(a_message("dispatched", **{k: v for k, v in said.items() if k != missing}), a_submitted(), "swift")
    assert (refused.problems[0].field, rule_of(refused)) == (missing, "required")


def test_a_cancellation_nobody_asked_for_is_refused():
    assert rule_of(hear(a_message("cancellation_accepted"), a_submitted(), "swift")) == "not_allowed"


def test_an_acceptance_that_crosses_the_cancel_is_believed():
    shipment = told(asked_to_let_go(3), ACCEPTED)
    assert shipment.state == (ShipmentStatus.IN_PROGRESS, RequestStatus.CANCELLATION_REQUESTED)


def test_a_cancellation_rejected_after_everything_left_is_believed():
    shipment = told(asked_to_let_go(3), dispatched(3), a_message("cancellation_rejected"))
    assert shipment.state == (ShipmentStatus.CLOSED, RequestStatus.CANCELLATION_REJECTED)


def test_letting_go_after_everything_left_is_refused():
    shipment = told(asked_to_let_go(3), dispatched(3))
    assert rule_of(hear(a_message("cancellation_accepted"), shipment, "swift")) == "not_allowed"


def test_a_partner_that_cannot_finish_closes_short():
    shipment = told(a_submitted(), dispatched(1), a_message("closed", reason="inventory_out_of_stock"))
    assert shipment.state == (ShipmentStatus.INCOMPLETE, RequestStatus.CLOSED)
    assert (shipment.lines[0].shipped, shipment.lines[0].released) == (1, 2)
    assert shipment.lines[0].reason == "inventory_out_of_stock"


def test_closing_what_is_complete_leaves_it_closed():
    shipment = told(a_submitted(), dispatched(3), a_message("closed"))
    assert shipment.state == (ShipmentStatus.CLOSED, RequestStatus.CLOSED)
    assert shipment.lines[0].reason is None


def test_what_was_not_accepted_is_rejected_and_not_closed():
    assert rule_of(hear(a_message("closed"), a_submitted(), "swift")) == "not_allowed"


def test_units_dispatched_after_they_were_let_go_are_recorded():
    let_go = told(asked_to_let_go(3), a_message("cancellation_accepted"))
    shipment = told(let_go, dispatched(2))
    line = shipment.lines[0]
    assert (line.ordered, line.shipped, line.released, line.reason) == (3, 2, 3, DISPATCHED_AFTER_RELEASE)
    assert (shipment.reason, shipment.state) == (DISPATCHED_AFTER_RELEASE, let_go.state)
    assert rule_of(hear(dispatched(2, package_id="P2"), shipment, "swift")) == "too_many_units"


def test_units_dispatched_after_a_rejection_are_recorded():
    rejected = told(a_submitted(), a_message("rejected", reason="other"))
    assert told(rejected, dispatched(3)).lines[0].shipped == 3


def test_units_the_partner_was_never_asked_for_do_not_leave():
    """Two of five were released before the partner was asked: it cannot dispatch those."""
    (shipment,) = shipments_of(at_partner(given(assigned=5, asked=2)), order=an_order())
    let_go = told(told(shipment, ACCEPTED), a_message("closed"))
    assert rule_of(hear(dispatched(4), let_go, "swift")) == "too_many_units"
    assert isinstance(hear(dispatched(3), let_go, "swift"), Changed)


def test_milestones_are_kept_sorted_by_when_they_happened():
    shipment = told(a_submitted(), dispatched(3), event("delivered", 90), event("in_transit", 30))
    assert [one.status for one in shipment.packages[0].milestones] == ["dispatched", "in_transit", "delivered"]


def test_the_same_milestone_twice_is_ignored():
    shipment = told(a_submitted(), dispatched(3), event("delivered", 90))
    assert hear(event("delivered", 90), shipment, "swift") == AlreadySo()
    assert isinstance(hear(event("in_transit", 91), shipment, "swift"), Changed)


def test_nothing_happens_to_a_package_that_never_left():
    assert rule_of(hear(event("delivered"), told(a_submitted(), ACCEPTED), "swift")) == "unknown_package"


def test_nothing_is_delivered_from_a_cancelled_shipment():
    cancelled = told(asked_to_let_go(3), a_message("cancellation_accepted"))
    assert rule_of(hear(event("delivered"), cancelled, "swift")) == "unknown_package"


def test_a_package_leaves_by_its_own_kind_of_message():
    assert rule_of(hear(event("dispatched", 5), told(a_submitted(), dispatched(1)), "swift")) == "not_an_event"


def test_a_partner_cannot_make_a_shipment_too_large_to_be_said():
    shipment, message = told(a_submitted(), dispatched(3)), "\x01" * 5000
    for minute in range(100):
        happened = NOW + timedelta(minutes=minute)
        heard = hear(
            a_message("event", package_id="P1", milestone="in_transit", happened_at=happened, message=message),
            shipment,
            "swift",
        )
        if isinstance(heard, Refused):
            break
        shipment = heard.shipment
    assert rule_of(heard) == "too_much_said"
    assert 20 < minute < 50
