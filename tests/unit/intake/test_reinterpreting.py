"""What an order would be if its checkout were read today."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.checkouts import checkout, line

from order_events import CancelReason, ChangeKind, DeliveryMethod, Hold, Order, ShipmentStatus, ShortagePolicy
from order_intake.domain.cancelling import CancelWish, Changed, OrderState, cancel
from order_intake.domain.checkouts import Readable, named, read_checkout
from order_intake.domain.policy import with_policy, with_shortage
from order_intake.domain.reinterpreting import (
    Differs,
    Dispatched,
    NotReadable,
    OtherUnits,
    Same,
    apply,
    dispatched,
    reinterpret,
)
from order_intake.domain.shipments import LineState, ShipmentState
from order_intake.domain.shops import Calendar, Shop

WISH = CancelWish(datetime(2026, 11, 23, tzinfo=UTC), CancelReason.CUSTOMER, "mina", None)
RAW = checkout(lines=[line(weight_g=300), line("2", weight_g=50)], wishes={"gift_message": "축하해"})


def reading(raw: bytes = RAW) -> Readable:
    found = read_checkout(raw)
    assert isinstance(found, Readable)
    return found


def accepted(**changes: Any) -> OrderState:
    """The order as a release made it that reads these fields otherwise."""
    order = Order(**{**reading().order.__dict__, "name": "#1001"})
    return OrderState(order.model_copy(update=changes), 1, None)


def heavy(factor: int = 1000) -> tuple[Any, ...]:
    return tuple(one.model_copy(update={"weight_g": one.weight_g * factor}) for one in reading().order.lines)


def differs(held: OrderState) -> Differs:
    found = reinterpret(reading(), held.order)
    assert isinstance(found, Differs)
    return found


def test_each_place_that_is_read_otherwise_today_is_named_with_what_is_held_there():
    held = accepted(lines=heavy(), wishes=reading().order.wishes.model_copy(update={"gift_message": None}))
    assert {(one.path, one.held, one.today) for one in differs(held).diff} == {
        ("lines[0].weight_g", 300_000, 300),
        ("lines[1].weight_g", 50_000, 50),
        ("wishes.gift_message", None, "축하해"),
    }


def test_an_order_that_reads_the_same_is_left_alone():
    assert reinterpret(reading(), accepted().order) == Same()


def test_the_next_version_says_what_it_should_have_said_and_why():
    held = accepted(lines=heavy())
    changed = apply(held, differs(held).order, "kim", "weights were in milligrams")
    assert (changed.state.version, changed.state.cancelled_version) == (2, None)
    assert changed.event.order == changed.state.order
    assert changed.event.changes == (ChangeKind.EDITED,)
    assert (changed.event.actor, changed.event.reason) == ("kim", "weights were in milligrams")
    assert reinterpret(reading(), changed.state.order) == Same()


@given(st.integers(0, 2), st.integers(0, 2), st.booleans())
def test_what_was_done_to_an_order_since_stays(left: int, asked: int, on_hold: bool):
    hold = (Hold(hold_id="h1", reason="fraud"),) if on_hold else ()
    held = accepted(lines=heavy(), holds=hold)
    shipment = ShipmentState("F1", "o", 1, ShipmentStatus.OPEN, (LineState("1", 2, left, 0, 0),))
    if asked:
        outcome = cancel(held, [shipment], WISH)
        assert isinstance(outcome, Changed)
        held = outcome.state
    after = apply(held, differs(held).order, "kim", "why").state
    assert after.order.name == "#1001"
    assert after.order.holds == hold
    assert after.order.cancellation == held.order.cancellation
    assert after.cancelled_version == held.cancelled_version
    assert after.version == held.version + 1
    assert [one.cancelled for one in after.order.lines] == [one.cancelled for one in held.order.lines]
    assert [one.weight_g for one in after.order.lines] == [300, 50]


@pytest.mark.parametrize(
    "change", [{"quantity": 3}, {"sku": "MUG-RED"}, {"line_id": "9"}, {"delivery_method": DeliveryMethod.DIGITAL}]
)
def test_a_reading_of_other_goods_is_never_applied(change: dict[str, Any]):
    lines = (reading().order.lines[0].model_copy(update=change), *reading().order.lines[1:])
    found = reinterpret(reading(), accepted(lines=lines).order)
    assert isinstance(found, OtherUnits)
    assert found.diff


def test_a_line_that_is_missing_is_no_correction_of_the_others():
    assert isinstance(reinterpret(reading(), accepted(lines=reading().order.lines[:1]).order), OtherUnits)


def test_what_today_s_rules_refuse_stands_as_it_was_accepted():
    found = reinterpret(read_checkout(checkout(lines=[])), accepted().order)
    assert isinstance(found, NotReadable)
    assert "lines" in found.why


def test_what_has_left_is_listed_by_line():
    shipment = ShipmentState(
        "F1", "o", 3, ShipmentStatus.OPEN, (LineState("1", 2, 1, 0, 0), LineState("2", 2, 0, 0, 0))
    )
    both = [shipment, replace(shipment, shipment_id="F2")]
    assert dispatched(accepted().order, both) == [Dispatched("1", 2)]


def test_what_our_policies_added_when_it_was_taken_is_no_difference():
    shop = Shop("seoul-craft", calendar=Calendar(deliver_days={"*": 2}), shortage={"*": ShortagePolicy.ALL_OR_NOTHING})
    taken = read_checkout(
        checkout(payment={"status": "pending"}, ship_to={"name": "김민아", "address1": "서울중앙우체국 사서함 12호"})
    )
    assert isinstance(taken, Readable)
    assert taken.order.destination.address_class is None
    held = with_policy(with_shortage(taken.order, shop), shop, taken.order.updated_at)
    assert held.promise.ship_by
    assert held.payment.reserve_until
    assert held.destination.address_class
    assert reinterpret(taken, Order.model_validate(named(held, "#1001").model_dump())) == Same()
