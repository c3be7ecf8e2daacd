"""What a newer state of an order makes of the one that is held."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.checkouts import checkout, line

from order_events import Cancellation, ChangeKind, Hold, Order
from order_intake.domain.cancelling import CancelWish, Changed, OrderState, cancel, keep
from order_intake.domain.checkouts import Readable, named, read_checkout
from order_intake.domain.editing import Same, TooLate, Word, edit
from order_intake.domain.merging import merged
from order_intake.domain.shipments import Settled, Staying

ASKS, IS_SO = Word("mina", "a wish"), Word("seoul-craft", is_so=True)


def order(**changes) -> Order:
    reading = read_checkout(checkout(**changes))
    assert isinstance(reading, Readable), reading
    return Order.model_validate(named(reading.order, "#1001").model_dump())


def held(**changes) -> OrderState:
    return OrderState(order(**changes), 1, None)


def units(changed: object) -> list[tuple[str, int, int]]:
    assert isinstance(changed, Changed), changed
    return [(one.line_id, one.quantity, one.cancelled) for one in changed.state.order.lines]


def rules(late: object) -> list[tuple[str, str]]:
    assert isinstance(late, TooLate), late
    return [(one.field, one.rule) for one in late.problems]


def test_what_says_the_same_changes_nothing():
    assert edit(held(), order(updated_at="2026-11-24T00:00:00Z"), Counter(), ASKS) == Same()


def test_fewer_units_are_cancelled_and_more_are_added():
    fewer = edit(held(), order(lines=[line(quantity=1)]), Counter(), ASKS)
    assert units(fewer) == [("1", 2, 1)]
    more = edit(held(), order(lines=[line(quantity=5)]), Counter(), ASKS)
    assert units(more) == [("1", 5, 0)]


def test_a_line_that_is_gone_is_cancelled_and_stays_and_a_new_one_stands_behind_it():
    changed = edit(held(lines=[line("1"), line("2")]), order(lines=[line("2"), line("3")]), Counter(), ASKS)
    assert units(changed) == [("1", 2, 2), ("2", 2, 0), ("3", 2, 0)]
    assert changed.event.changes == (ChangeKind.EDITED,)
    assert changed.event.fields == ("lines",)


def test_what_was_taken_back_can_be_wanted_again():
    fewer = edit(held(), order(lines=[line(quantity=1)]), Counter(), ASKS)
    again = edit(fewer.state, order(lines=[line(quantity=2)]), Counter(), ASKS)
    assert units(again) == [("1", 2, 0)]
    assert again.state.version == 3


def test_who_asks_back_what_has_left_is_told_which_lines_and_nothing_changes():
    late = edit(held(lines=[line("1"), line("2")]), order(lines=[line("2", quantity=1)]), Counter({"1": 1}), ASKS)
    assert rules(late) == [("lines", "already_shipped")]
    assert "1 units of line 1 have left" in late.problems[0].message


def test_a_shop_that_says_what_is_so_gets_as_much_as_can_be():
    changed = edit(held(), order(lines=[line(quantity=2, removed=2)]), Counter({"1": 1}), IS_SO)
    assert units(changed) == [("1", 2, 1)]


def test_another_address_is_too_late_when_everything_has_left_and_not_before():
    moved = order(ship_to={"name": "김민아", "address1": "세종대로 1"})
    assert rules(edit(held(), moved, Counter({"1": 2}), ASKS)) == [("ship_to", "already_shipped")]
    changed = edit(held(), moved, Counter({"1": 1}), ASKS)
    assert changed.event.fields == ("ship_to.address1",)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"lines": [line(sku="OTHER")]}, "lines[0].sku"), ({"currency": "USD"}, "currency")],
)
def test_what_stock_and_money_are_kept_by_cannot_change(change, field):
    dollars = {"amount": 1, "currency": "USD"}
    said = change if "currency" not in change else {**change, "lines": [line(price=dollars)]}
    assert rules(edit(held(), order(**said), Counter(), IS_SO)) == [(field, "cannot_change")]


def test_units_that_the_shop_sent_itself_are_done_and_wanted_no_more_here():
    changed = edit(held(), order(lines=[line(fulfilled_elsewhere=1)]), Counter(), IS_SO)
    [one] = changed.state.order.lines
    assert (one.quantity, one.cancelled, one.fulfilled_elsewhere) == (2, 0, 1)
    both = edit(held(), order(lines=[line(fulfilled_elsewhere=2)]), Counter({"1": 1}), IS_SO)
    assert both.state.order.lines[0].fulfilled_elsewhere == 1


def test_a_cancel_takes_back_what_has_not_left_and_is_never_undone():
    gone = {"at": "2026-11-24T00:00:00Z", "reason": "customer"}
    changed = edit(
        held(lines=[line("1"), line("2")]),
        order(lines=[line("1"), line("2")], cancelled=gone),
        Counter({"1": 1}),
        IS_SO,
    )
    assert units(changed) == [("1", 2, 1), ("2", 2, 2)]
    assert changed.event.changes == (ChangeKind.CANCELLED,)
    assert changed.state.cancelled_version == 2
    again = edit(changed.state, order(lines=[line("1"), line("2"), line("3")]), Counter({"1": 1}), IS_SO)
    assert again == Same()


@pytest.mark.parametrize("word", [ASKS, IS_SO])
def test_a_cancel_that_is_asked_for_is_no_edit_of_what_has_left(word):
    gone = {"at": "2026-11-24T00:00:00Z", "reason": "customer"}
    both = {"lines": [line("1"), line("2")]}
    changed = edit(held(**both), order(**both, cancelled=gone), Counter({"1": 2}), word)
    assert units(changed) == [("1", 2, 0), ("2", 2, 2)]


def test_a_cancel_that_is_asked_for_when_everything_has_left_comes_too_late():
    gone = {"at": "2026-11-24T00:00:00Z", "reason": "customer"}
    late = edit(held(), order(cancelled=gone), Counter({"1": 2}), ASKS)
    assert rules(late) == [("cancelled", "already_shipped")]


def test_what_is_cancelled_of_a_cancelled_order_is_only_for_its_shipments_to_say():
    gone = {"at": "2026-11-24T00:00:00Z", "reason": "customer"}
    changed = edit(held(), order(cancelled=gone), Counter(), IS_SO)
    kept = keep(changed.state, [], Settled(2, (Staying("1", 2),)), since=2)
    assert units(kept) == [("1", 2, 0)]
    touched = edit(kept.state, order(cancelled=gone, tags=["vip"]), Counter(), IS_SO)
    assert units(touched) == [("1", 2, 0)]


def test_what_the_shop_sent_itself_is_neither_cancelled_nor_owed_for():
    sent = held(lines=[line(quantity=3, fulfilled_elsewhere=1)])
    gone = cancel(sent, [], CancelWish(sent.order.updated_at, "customer", "mina", None))
    assert units(gone) == [("1", 3, 2)]
    assert [one.quantity for one in gone.state.order.refunds_asked[0].lines] == [2]


def test_what_our_policies_add_is_not_taken_back_by_a_shop_that_never_said_it():
    before = order()
    place = before.destination.model_copy(update={"address_class": "po_box"})
    payment = before.payment.model_copy(update={"reserve_until": before.placed_at})
    said = before.model_copy(update={"destination": place, "payment": payment})
    moved = before.destination.model_copy(update={"postal_code": "04525"})
    both = merged(said, said.model_copy(update={"destination": moved}), order(tags=["vip"]))
    assert (both.destination.postal_code, both.payment.reserve_until, both.tags) == (
        "04525",
        before.placed_at,
        ("vip",),
    )


def test_a_payment_is_said_as_paid_and_nothing_else():
    unpaid = held(payment={"status": "pending"})
    changed = edit(unpaid, order(payment={"status": "paid"}), Counter(), IS_SO)
    assert changed.event.changes == (ChangeKind.PAID,)
    other = edit(held(), order(payment={"status": "partially_refunded"}), Counter(), IS_SO)
    assert other.event.changes == (ChangeKind.OTHER,)


def test_the_holds_it_is_to_have_are_told_as_held_and_released():
    one = Hold(hold_id="h", reason="other")
    changed = edit(held(), order().model_copy(update={"holds": (one,)}), Counter(), IS_SO)
    assert changed.event.changes == (ChangeKind.HELD,)
    assert edit(changed.state, order(), Counter(), IS_SO).event.changes == (ChangeKind.RELEASED,)


def test_what_the_shop_says_anew_is_taken_and_what_was_changed_here_stays():
    before = order(lines=[line("1"), line("2")])
    ours = before.model_copy(
        update={"tags": ("ours",), "lines": (before.lines[0], before.lines[1].model_copy(update={"cancelled": 1}))}
    )
    theirs = order(lines=[line("1", quantity=9), line("2")], locale="en")
    both = merged(before, ours, theirs)
    assert (both.tags, both.locale) == (("ours",), "en")
    assert [(one.quantity, one.cancelled) for one in both.lines] == [(9, 0), (2, 1)]


LINES = st.dictionaries(st.sampled_from("123"), st.tuples(st.integers(1, 5), st.integers(0, 5)), min_size=1)


@given(LINES, st.lists(LINES, min_size=1, max_size=6), st.dictionaries(st.sampled_from("123"), st.integers(0, 5)))
def test_over_any_edits_no_line_goes_units_add_up_and_what_has_left_is_never_cancelled(first, edits, gone):
    state = held(lines=[_line(id_, *said) for id_, said in first.items()])
    for said in edits:
        left = Counter(
            {one.line_id: min(gone.get(one.line_id, 0), one.quantity - one.cancelled) for one in state.order.lines}
        )
        outcome = edit(state, order(lines=[_line(id_, *one) for id_, one in said.items()]), left, IS_SO)
        if not isinstance(outcome, Changed):
            continue
        after = {one.line_id: one for one in outcome.state.order.lines}
        assert set(after) == {one.line_id for one in state.order.lines} | set(said)
        for id_, one in after.items():
            quantity, removed = said.get(id_, (0, 0))
            assert 0 <= one.cancelled <= one.quantity
            assert one.quantity - one.cancelled == max(quantity - min(quantity, removed), left[id_])
        state = outcome.state


def _line(line_id: str, quantity: int, removed: int) -> dict[str, object]:
    return line(line_id, quantity=quantity, removed=min(quantity, removed))


def test_the_cancellation_says_who_and_why():
    gone = {"at": "2026-11-24T00:00:00Z", "reason": "fraud"}
    changed = edit(held(), order(cancelled=gone), Counter(), IS_SO)
    cancellation = changed.state.order.cancellation
    assert isinstance(cancellation, Cancellation)
    assert (cancellation.reason, cancellation.actor) == ("fraud", "seoul-craft")
