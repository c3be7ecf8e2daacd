"""What is held survives being stored."""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.allocator.given import Desk, a_line, a_shelf, a_shipment, an_order

from allocator.domain.codes import sku_key
from allocator.domain.document import document_of, held_from


def stored(held):
    return held_from(held.order_id, document_of(held))


@given(st.data())
def test_what_is_stored_is_read_back_the_same(data):
    desk = Desk(a_shelf({"mug": {"A": 2, "B": 1}, "pot": {"B": 2}}))
    policy = data.draw(st.sampled_from(["ship_available", "all_or_nothing", "hold_until_complete", "cancel_missing"]))
    lines = [a_line("1", "mug", data.draw(st.integers(1, 4))), a_line("2", "pot", 1), a_line("3", "gone", 1)]
    sums = st.tuples(st.just(3), st.integers(0, 2), st.integers(0, 1), st.integers(0, 3))
    facts = [an_order(*lines, policy=policy), a_shipment("o1-F1", 2, "A", l1=data.draw(sums))]
    facts.append(an_order(*[line._replace(cancelled=1) for line in lines], policy=policy, version=2))
    for fact in data.draw(st.permutations(facts)):
        desk.hear(fact)
        assert all(stored(held) == held for held in desk.held.values())


@given(st.text(min_size=1))
def test_no_sku_key_holds_a_capital_letter_of_ascii(code):
    assert not any("A" <= letter <= "Z" for letter in sku_key(code))


def test_skus_are_compared_without_case_width_and_outer_spaces():
    assert sku_key(" MUG-Blue ") == sku_key("ｍｕｇ－ｂｌｕｅ") == "mug-blue"
