"""How shipments are said."""

from tests.unit.fulfiller.given import (
    CAUSE,
    a_decision,
    a_message,
    a_submitted,
    an_order,
    asked_to_let_go,
    at_bench,
    at_partner,
    dispatched,
    event,
    given,
    told,
)

from fulfiller.domain.fulfilment import advance
from fulfiller.domain.saying import body_of, events_of, refusal_of
from order_events import PartnerShipment, Problem, ShipmentCreated, ShipmentStatus, ShipmentUpdated
from service_runtime import json_of


def test_what_is_said_of_a_shipment_is_what_its_readers_expect():
    shipment = told(a_submitted(), dispatched(1, carrier="UPS", number="1Z"), event("in_transit", 5))
    for body, model in ((body_of(a_submitted()), ShipmentCreated), (body_of(shipment), ShipmentUpdated)):
        assert type(body) is model
        assert json_of(model.model_validate_json(json_of(body))) == json_of(body)


def test_the_first_version_is_created_and_later_ones_updated():
    created = advance(an_order(), a_decision(at_bench(given(assigned=2))), [])
    updated = advance(an_order(), a_decision(at_bench(given(assigned=3)), revision=2), created.shipments)
    assert [(type(one.body), one.version) for one in events_of(created, CAUSE)] == [(ShipmentCreated, 1)]
    assert [(type(one.body), one.version) for one in events_of(updated, CAUSE)] == [(ShipmentUpdated, 2)]


def test_a_shipment_that_is_born_with_answers_is_said_as_updated():
    born = advance(an_order(), a_decision(at_bench(given(assigned=2, asked=2))), [])
    (said,) = events_of(born, CAUSE)
    assert (type(said.body), said.version, said.body.status) == (ShipmentUpdated, 1, ShipmentStatus.CANCELLED)


def test_a_shipment_that_is_born_on_hold_is_created():
    held = advance(an_order(hold="fraud"), a_decision(at_bench(given(assigned=2))), [])
    (said,) = events_of(held, CAUSE)
    assert (type(said.body), said.body.status) == (ShipmentCreated, ShipmentStatus.ON_HOLD)


def test_a_partner_reads_its_own_topic_and_not_the_customer():
    changes = advance(an_order(), a_decision(at_partner(given(assigned=3))), [])
    (_, said) = events_of(changes, CAUSE)
    assert (said.destination, said.version) == ("partner.swift.shipments", 1)
    assert json_of(PartnerShipment.model_validate_json(json_of(said.body))) == json_of(said.body)
    assert b"customer" not in json_of(said.body)


def test_a_partner_is_told_what_is_still_to_be_shipped():
    changes = advance(an_order(), a_decision(at_partner(given("1", 3, asked=1), given("2", 2, asked=2))), [])
    (_, said) = events_of(changes, CAUSE)
    assert [(line.line_id, line.quantity) for line in said.body.work.lines] == [("1", 2)]


def test_what_a_partner_is_told_is_counted():
    assert (a_submitted().said, asked_to_let_go().said) == (1, 2)


def test_a_difference_is_said_once_it_is_known():
    open_, short = told(a_submitted(), dispatched(1)), told(a_submitted(), dispatched(1), a_message("closed"))
    assert [body_of(one).lines[0].difference for one in (open_, short)] == [0, 2]


def test_a_package_is_its_own_parcel():
    (package,) = body_of(told(a_submitted(), dispatched(1))).packages
    assert package.parcel_id == package.package_id == "P1"


def test_a_refusal_is_told_to_its_partner_alone():
    problem = Problem(field="kind", rule="not_allowed", message="no")
    said = refusal_of("swift", "m1", "o1-F1", (problem,), 1, CAUSE)
    assert (said.destination, said.body.subject, said.body.order_id) == ("partner.swift.shipments", "refusal/m1", "o1")
    assert PartnerShipment.model_validate_json(said.body.model_dump_json()) == said.body


def test_a_refusal_of_a_message_that_names_no_shipment_can_be_said():
    said = refusal_of("swift", "r1", None, (), 1, CAUSE)
    assert PartnerShipment.model_validate_json(said.body.model_dump_json()).shipment_id == "unknown"
