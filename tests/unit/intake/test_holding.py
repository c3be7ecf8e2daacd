"""Why an order waits: holds that set themselves, holds that somebody sets, and when they go."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.unit.intake.test_editing import held, line, order

from order_events import ChangeKind, Hold, Order, PaymentStatus
from order_intake.domain.acting import expire_hold, expire_payment, hold, release
from order_intake.domain.cancelling import Changed, OrderState
from order_intake.domain.causes import Cause, HoldReason
from order_intake.domain.editing import Same, TooLate
from order_intake.domain.holding import MOST_OF_ONE_OWNER
from order_intake.domain.policy import with_policy
from order_intake.domain.shops import PaymentPolicy, Shop, Unpaid, unregistered

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHOP = Shop("seoul-craft")
PENDING = {"status": "pending", "method": "bank"}


def reasons(one: Order) -> list[str]:
    return [hold.reason for hold in one.holds]


def test_an_order_of_which_nothing_is_wrong_waits_for_nothing():
    assert with_policy(order(), unregistered("seoul-craft"), NOW) == order()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payment": PENDING}, "awaiting_payment"),
        ({"risk": "high"}, "high_risk_of_fraud"),
        ({"without": ("ship_to",)}, "incorrect_address"),
        ({"ship_to": {"name": "M", "address1": " "}}, "incorrect_address"),
    ],
)
def test_what_keeps_an_order_is_a_hold_that_says_why(change, reason):
    [found] = with_policy(order(**change), SHOP, NOW).holds
    assert (found.reason, found.owner, found.at) == (reason, "order-intake", NOW)
    assert found.note


def test_customs_data_is_missed_only_where_the_shop_says_it_is_needed():
    there = {"name": "M", "address1": "1 Main St", "city": "San Francisco"}
    abroad = order(destination={"country_code": "US", "postal_code": "94105"}, ship_to=there)
    assert reasons(with_policy(abroad, SHOP, NOW)) == []
    assert reasons(with_policy(abroad, replace(SHOP, customs_countries=("US",)), NOW)) == ["other"]


def test_nothing_is_held_of_which_nothing_is_wanted():
    gone = [line(removed=2)]
    assert with_policy(order(payment=PENDING, lines=gone), SHOP, NOW).holds == ()


def test_a_hold_that_set_itself_goes_with_its_cause_and_one_that_somebody_set_stays():
    before = with_policy(order(payment=PENDING), SHOP, NOW)
    theirs = Hold(hold_id="h", reason="other", owner="mina")
    before = before.model_copy(update={"holds": (*before.holds, theirs)})
    assert with_policy(order(), SHOP, NOW, before).holds == (theirs,)


def test_a_hold_that_was_released_does_not_come_again_until_its_cause_is_another():
    nowhere = order(ship_to={"name": "M", "address1": ""})
    [found] = with_policy(nowhere, SHOP, NOW).holds
    assert with_policy(nowhere, SHOP, NOW, nowhere, [found.hold_id]).holds == ()
    elsewhere = order(ship_to={"name": "N", "address1": ""})
    assert reasons(with_policy(elsewhere, SHOP, NOW, nowhere, [found.hold_id])) == ["incorrect_address"]


def test_a_hold_keeps_the_time_it_was_set_at():
    before = with_policy(order(payment=PENDING), SHOP, NOW)
    assert with_policy(order(payment=PENDING), SHOP, NOW + timedelta(hours=1), before).holds == before.holds


def test_unpaid_units_are_kept_for_a_day_or_as_the_shop_says_and_the_time_does_not_move():
    payment = with_policy(order(payment=PENDING), SHOP, NOW).payment
    assert (payment.reserve_until, payment.takes_no_stock) == (NOW + timedelta(hours=24), False)
    waits = replace(SHOP, payment={"bank": PaymentPolicy(Unpaid.WAIT, 48)})
    before = with_policy(order(payment=PENDING), waits, NOW)
    assert (before.payment.reserve_until, before.payment.takes_no_stock) == (NOW + timedelta(hours=48), True)
    later = with_policy(order(payment=PENDING), waits, NOW + timedelta(hours=9), before)
    assert later.payment == before.payment
    said = order(payment={**PENDING, "reserve_until": "2026-11-25T09:00:00Z"})
    assert with_policy(said, SHOP, NOW).payment == said.payment


def test_an_owner_has_ten_holds_at_most_and_another_may_have_more():
    state = held()
    for n in range(MOST_OF_ONE_OWNER):
        state = hold(state, Hold(hold_id=str(n), reason="other", owner="mina")).state
    assert isinstance(hold(state, Hold(hold_id="x", reason="other", owner="mina")), TooLate)
    assert isinstance(hold(state, Hold(hold_id="x", reason="other", owner="jun")), Changed)


def test_a_hold_on_a_line_the_order_does_not_have_is_refused():
    late = hold(held(), Hold(hold_id="x", reason="other", owner="mina", line_ids=("9",)))
    assert [(one.field, one.rule) for one in late.problems] == [("line_ids", "unknown")]


def test_releasing_names_the_hold_and_twice_is_once():
    two = hold(hold(held(), Hold(hold_id="a", reason="other")).state, Hold(hold_id="b", reason="other")).state
    one = release(two, "a", "mina", None)
    assert one.event.changes == (ChangeKind.RELEASED,)
    assert [left.hold_id for left in one.state.order.holds] == ["b"]
    assert release(one.state, "a", "mina", None) == Same()


def test_a_hold_ends_at_its_time_and_not_when_it_was_prolonged():
    until = Hold(hold_id="a", reason="other", expires_at=NOW)
    state = hold(held(), until).state
    assert expire_hold(state, "a", NOW - timedelta(seconds=1)) == Same()
    assert expire_hold(state, "a", NOW).state.order.holds == ()


def test_an_order_that_nobody_paid_in_time_is_cancelled_as_expired():
    unpaid = OrderState(with_policy(order(payment=PENDING), SHOP, NOW), 1, None)
    assert expire_payment(unpaid, [], NOW) == Same()
    gone = expire_payment(unpaid, [], NOW + timedelta(hours=24))
    assert gone.event.changes == (ChangeKind.CANCELLED, ChangeKind.EXPIRED)
    assert gone.event.reason == "payment expired"
    assert gone.state.order.payment.status is PaymentStatus.EXPIRED
    assert [one.cancelled for one in gone.state.order.lines] == [2]
    paid = OrderState(order(payment={"status": "paid", "reserve_until": "2026-11-24T00:00:00Z"}), 2, None)
    assert expire_payment(paid, [], NOW + timedelta(days=9)) == Same()


UNREAD = Cause(HoldReason.OTHER, "the shop's place of pick-up is not known here", "place x", unread=True)


def test_what_could_not_be_understood_stands_over_an_edit_of_ours_and_goes_when_it_is_read_and_understood():
    before = with_policy(order(), SHOP, NOW, found=[UNREAD])
    assert reasons(before) == ["other"]
    edited = before.model_copy(update={"tags": ("vip",)})
    assert with_policy(edited, SHOP, NOW, before).holds == before.holds
    assert with_policy(order(), SHOP, NOW, before, found=[]).holds == ()


def test_who_releases_an_order_from_its_payment_has_it_take_its_stock_and_its_time_does_not_end():
    waits = replace(SHOP, payment={"bank": PaymentPolicy(Unpaid.WAIT, 1)})
    unpaid = OrderState(with_policy(order(payment=PENDING), waits, NOW, found=[]), 1, None)
    [found] = unpaid.order.holds
    released = release(unpaid, found.hold_id, "mina", "pays on delivery")
    payment = released.state.order.payment
    assert (payment.takes_no_stock, payment.reserve_until) == (False, None)
    assert expire_payment(released.state, [], NOW + timedelta(days=9)) == Same()
    touched = with_policy(order(payment=PENDING), waits, NOW, released.state.order, [found.hold_id], [])
    assert (touched.holds, touched.payment) == ((), payment)


BOX = {"name": "M", "address1": "사서함 12호", "city": "서울"}


def test_the_kind_of_place_is_said_and_not_said_on_when_it_is_another():
    boxed = with_policy(order(ship_to=BOX), SHOP, NOW)
    assert boxed.destination.address_class == "po_box"
    moved = boxed.model_copy(update={"ship_to": order().ship_to})
    assert with_policy(moved, SHOP, NOW, boxed).destination.address_class is None


def test_a_hold_of_an_address_that_was_released_stays_so_over_an_edit_of_something_else():
    nowhere = order(destination={"country_code": "ZZ"}, ship_to=BOX)
    held_ = with_policy(nowhere, SHOP, NOW, found=[])
    [found] = held_.holds
    assert found.reason == "incorrect_address"
    edited = held_.model_copy(update={"tags": ("vip",), "holds": ()})
    assert with_policy(edited, SHOP, NOW, edited, [found.hold_id]).holds == ()
