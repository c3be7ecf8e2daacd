"""The slim readers see in every example what the contract's own models see."""

from pathlib import Path

import pytest
from msgspec import convert
from msgspec.json import decode

from fulfiller.domain.held import Duty, Site
from fulfiller.reads import ChangedRead, DecidedRead, PlacedRead
from order_events import AllocationDecided, FulfilledBy, Instructions, OrderChanged, OrderPlaced, ShipTo, Wishes

EXAMPLES = Path(__file__).parents[3] / "libs/events/examples"
ORDERS = [*EXAMPLES.glob("order.placed/*/*.json"), *EXAMPLES.glob("order.changed/*/*.json")]
DECISIONS = list(EXAMPLES.glob("allocation.decided/*/*.json"))
BARE = {"order_id": "o1", "order_version": 3, "revision": 2, "places": [], "asked": []}


@pytest.mark.parametrize("example", ORDERS, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_what_is_held_of_an_order_is_what_it_says(example):
    slim, whole = (ChangedRead, OrderChanged) if "order.changed" in example.parts else (PlacedRead, OrderPlaced)
    order = whole.model_validate_json(example.read_bytes()).order
    held = decode(example.read_bytes(), type=slim).order.held(version=7)
    assert (held.order_id, held.version, held.name) == (order.order_id, 7, order.name)
    assert held.hold == next((one.reason for one in order.holds if not one.line_ids), None)
    of_lines = [(line_id, one.reason) for one in order.holds for line_id in one.line_ids]
    assert [(one.line_id, one.reason) for one in held.line_holds] == of_lines
    delivery = held.delivery
    assert (delivery.ship_to and ShipTo.model_validate_json(delivery.ship_to)) == order.ship_to
    assert Wishes.model_validate_json(delivery.wishes) == order.wishes
    assert Instructions.model_validate_json(delivery.instructions) == order.instructions
    assert delivery.service == order.shipping.service
    assert held.delivery.fulfil_by == order.promise.ship_by


@pytest.mark.parametrize("example", DECISIONS, ids=lambda path: path.stem)
def test_what_is_held_of_a_decision_is_what_it_says(example):
    decision = AllocationDecided.model_validate_json(example.read_bytes())
    held = decode(example.read_bytes(), type=DecidedRead).held()
    assert (held.revision, held.order_version) == (decision.revision, decision.order_version)
    assigned = {(site.location_id, duty.line_id): duty.assigned for site in held.sites for duty in site.duties}
    asked = {(site.location_id, duty.line_id): duty.asked for site in held.sites for duty in site.duties if duty.asked}
    assert assigned == {(p.location_id, line.line_id): line.assigned for p in decision.places for line in p.lines}
    assert asked == {(ask.location_id, ask.line_id): ask.quantity for ask in decision.asked if ask.quantity}


def test_an_ask_at_a_place_that_was_given_nothing_is_held_too():
    ask = {"location_id": "hub", "line_id": "1", "sku": "mug", "quantity": 2}
    held = convert({**BARE, "asked": [ask]}, DecidedRead).held()
    assert held.sites == (Site("hub", FulfilledBy.MANUAL, None, None, (Duty("1", "mug", 0, 2),)),)
