"""How many units of a line are gone, sent by the shop, or still to be sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from tests.unit.intake.shopify.samples import Json, fulfilment, item, order, refund, translated

from sizes import size


class Life(Struct, frozen=True):
    """What became of the units of one line."""

    unsent: int
    sent: int  # and kept
    cancelled: int  # before they were sent
    returned: int  # after they were sent
    given_up: int  # sent, paid back, and left with the customer

    @property
    def ordered(self) -> int:
        return self.unsent + self.sent + self.cancelled + self.returned + self.given_up

    @property
    def left(self) -> int:
        """What once left the shop."""
        return self.sent + self.returned + self.given_up


lives = st.builds(Life, *[st.integers(0, 4)] * 5).filter(lambda life: life.ordered > 0)


def payload_of(life: Life, without: tuple[str, ...] = ()) -> Json:
    """The order as Shopify says it: `current_quantity` is without what was refunded, sent or not."""
    current = life.ordered - life.cancelled - life.returned - life.given_up
    line = item(quantity=life.ordered, current_quantity=current, fulfillable_quantity=life.unsent)
    parts = (("cancel", life.cancelled), ("return", life.returned), ("no_restock", life.given_up))
    refunds = [refund(40 + n, units, restock=how) for n, (how, units) in enumerate(parts) if units]
    fulfillments = [fulfilment(30 + n, units=1) for n in range(life.left)]
    return order(
        line_items=[{name: value for name, value in line.items() if name not in without}],
        fulfillments=fulfillments,
        refunds=refunds,
    )


def units(document: Json) -> tuple[int, int, int]:
    (line,) = translated(document).checkout.lines
    return line.quantity, line.removed, line.fulfilled_elsewhere


@settings(max_examples=size(150, 5000), deadline=None)
@given(lives)
def test_what_is_left_to_do_is_what_the_shop_has_not_sent(life):
    assert units(payload_of(life)) == (life.ordered, life.cancelled, life.left)


@settings(max_examples=size(150, 5000), deadline=None)
@given(lives.filter(lambda life: not life.given_up))
def test_without_the_quantities_as_they_are_now_the_refunds_tell_the_same(life):
    assert units(payload_of(life, without=("current_quantity", "fulfillable_quantity"))) == (
        life.ordered,
        life.cancelled,
        life.left,
    )


@settings(max_examples=size(150, 5000), deadline=None)
@given(lives, st.sampled_from(["fulfillments", "refunds"]))
def test_what_stands_twice_counts_once(life, what):
    once = payload_of(life, without=("current_quantity", "fulfillable_quantity"))
    assert units(once | {what: once[what] * 2}) == units(once)


counts = st.none() | st.integers(0, 12)


@settings(max_examples=size(300, 10_000), deadline=None)
@given(
    quantity=st.integers(1, 9),
    current=counts,
    fulfillable=counts,
    sent=st.lists(st.integers(0, 12), max_size=3),
    back=st.lists(
        st.tuples(st.integers(0, 12), st.sampled_from(["cancel", "return", "no_restock", "legacy_restock", None])),
        max_size=3,
    ),
)
def test_whatever_the_shop_says_no_more_is_gone_and_sent_than_was_ordered(quantity, current, fulfillable, sent, back):
    document = order(
        line_items=[item(quantity=quantity, current_quantity=current, fulfillable_quantity=fulfillable)],
        fulfillments=[fulfilment(n, each) for n, each in enumerate(sent)],
        refunds=[refund(n, each, restock=how) for n, (each, how) in enumerate(back)],
    )
    ordered, removed, elsewhere = units(document)
    assert ordered == max(quantity, current or 0)
    assert removed >= 0
    assert elsewhere >= 0
    assert removed + elsewhere <= ordered


@pytest.mark.parametrize("status", ["pending", "open", "cancelled", "error", "failure", None, "whatever"])
def test_only_a_successful_fulfilment_has_sent_anything(status):
    document = order(fulfillments=[fulfilment(status=status)])
    assert units(document) == (2, 0, 0)
    assert units(order(fulfillments=[fulfilment()], line_items=[item(fulfillable_quantity=1)])) == (2, 0, 1)


def test_a_unit_that_came_back_does_not_stand_for_one_that_still_has_to_go():
    life = Life(unsent=1, sent=1, cancelled=0, returned=1, given_up=0)
    quantity, removed, elsewhere = units(payload_of(life))
    assert quantity - removed - elsewhere == 1


def test_units_added_by_an_edit_are_ordered():
    assert units(order(line_items=[item(quantity=2, current_quantity=3, fulfillable_quantity=3)])) == (3, 0, 0)
