"""What the sums of a shipment do to its order and to the stock, whatever the order in which they are read."""

import pytest
from tests.unit.allocator.given import Desk, a_line, a_network, a_shelf, a_shipment, an_order, booked, ordered, told

from allocator.domain.allocation import MAX_HOPS
from allocator.domain.stock import StockError

# rejected, closed short


def test_rejected_units_are_decided_anew_without_that_place():
    desk = Desk(a_shelf({"mug": {"A": 2, "B": 2}}))
    desk.hear(an_order(a_line(quantity=2)))
    desk.hear(a_shipment("o1-F1", 3, "A", l1=(2, 0, 2, 0)))
    assert told(desk.held["o1"]) == [("1", 2, "allocated", "B", None)]
    assert desk.held["o1"].weighed.excluded == ("gave_units_back", None)
    assert desk.buckets("mug", "A") == (2, 0)


def test_units_no_other_place_has_are_backordered_with_no_location_left():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order())
    desk.hear(a_shipment("o1-F1", 3, "A", l1=(1, 0, 1, 0)))
    assert told(desk.held["o1"]) == [("1", 1, "backordered", None, "no_location_left")]


def test_after_five_hops_an_order_stops_looking():
    names = [f"L{n}" for n in range(MAX_HOPS + 3)]
    desk = Desk(a_shelf({"mug": dict.fromkeys(names, 1)}), a_network(*names))
    desk.hear(an_order())
    for n in range(MAX_HOPS + 1):
        at = desk.held["o1"].units[0].location_id
        assert at is not None, f"looked only {n} times"
        desk.hear(a_shipment(f"o1-F{n + 1}", 2, at, l1=(1, 0, 1, 0)))
    assert told(desk.held["o1"]) == [("1", 1, "backordered", None, "no_location_left")]
    assert desk.held["o1"].waiting_for == frozenset()
    assert len(desk.held["o1"].excluded) == MAX_HOPS + 1


def test_closed_short_keeps_what_left_and_looks_for_the_rest_elsewhere():
    desk = Desk(a_shelf({"mug": {"A": 3, "B": 3}}))
    desk.hear(an_order(a_line(quantity=3)))
    desk.hear(a_shipment("o1-F1", 5, "A", l1=(3, 2, 1, 0)))
    assert told(desk.held["o1"]) == [("1", 2, "allocated", "A", None), ("1", 1, "allocated", "B", None)]
    assert desk.buckets("mug", "A") == (1, 0)


# stock and shipments


def test_dispatched_units_leave_committed_and_on_hand():
    desk = Desk(a_shelf({"mug": {"A": 5}}))
    desk.hear(an_order(a_line(quantity=2)))
    settled = desk.hear(a_shipment("o1-F1", 4, "A", l1=(2, 2, 0, 0)))
    assert desk.buckets("mug", "A") == (3, 0)
    assert settled.said == []


@pytest.mark.parametrize("versions", [(1, 2, 3), (3,), (3, 1, 2), (2, 3, 3, 1)])
def test_skipped_late_and_repeated_versions_move_the_same_stock(versions):
    states = {1: (3, 0, 0, 0), 2: (3, 1, 0, 0), 3: (3, 2, 1, 0)}
    desk = Desk(a_shelf({"mug": {"A": 9}}))
    desk.hear(an_order(a_line(quantity=3), policy="cancel_missing"))
    desk.shelf.at("mug")["A"].available -= 6
    for version in versions:
        desk.hear(a_shipment("o1-F1", version, "A", l1=states[version]))
    assert desk.buckets("mug", "A") == (1, 0)
    assert {key[2].value: units for key, units in booked(desk.shelf).items()} == {"available": -2, "committed": 0}


def test_no_business_reason_stands_twice_in_the_ledger():
    desk = Desk(a_shelf({"mug": {"A": 9, "B": 9}}))
    desk.hear(an_order(a_line(quantity=3)))
    for version in (1, 2, 3, 2):
        desk.hear(a_shipment("o1-F1", version, "A", l1=(3, version - 1, 0, 0)))
    desk.hear(a_shipment("o1-F1", 4, "A", l1=(3, 2, 1, 0)))
    keys = [entry.move.key for entry in desk.shelf.entries]
    assert len(keys) == len(set(keys)) == 5


def test_what_was_released_and_leaves_after_all_takes_what_is_available():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    desk.hear(an_order(), an_order(a_line(cancelled=1), version=2))
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(1, 0, 1, 1)))
    desk.hear(a_shipment("o1-F1", 3, "A", l1=(1, 1, 1, 1)))
    assert desk.buckets("mug", "A") == (1, 0)


def test_what_left_and_is_not_there_is_written_down_as_missing_and_takes_nobody_elses():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order(), an_order(a_line(cancelled=1), version=2))
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(1, 0, 1, 1)))
    desk.hear(an_order(order_id="o2"))
    desk.hear(a_shipment("o1-F1", 3, "A", l1=(1, 1, 1, 1)))
    assert desk.buckets("mug", "A") == (0, 1)
    assert [(e.moved, e.missing) for e in desk.shelf.entries][-1] == (0, 1)


def test_the_unit_left_after_its_release_is_the_same_when_both_are_read_at_once():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    desk.hear(an_order(), an_order(a_line(cancelled=1), version=2))
    desk.hear(a_shipment("o1-F1", 3, "A", l1=(1, 1, 1, 1)))
    assert desk.buckets("mug", "A") == (1, 0)


def test_a_shipment_read_before_its_order_is_only_stored():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    settled = desk.hear(a_shipment("o1-F1", 3, "A", l1=(1, 1, 0, 0)))
    assert settled.said == []
    assert desk.buckets("mug", "A") == (2, 0)
    assert desk.held["o1"].shipments["o1-F1"].version == 3


def test_an_order_read_after_its_shipment_is_decided_and_its_stock_moves_then():
    desk = Desk(a_shelf({"mug": {"A": 3}}))
    desk.hear(a_shipment("o1-F1", 3, "A", l1=(1, 1, 0, 0)))
    desk.hear(an_order())
    assert ordered(desk.held["o1"]) == {"1": 1}
    level = desk.shelf.at("mug")["A"]
    assert (level.on_hand, level.available, level.committed) == (2, 1, 1)


def test_a_shipment_that_was_only_born_changes_nothing():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order())
    assert desk.hear(a_shipment("o1-F1", 1, "A", l1=(1, 0, 0, 0))).changed == {}


def test_a_decision_cannot_take_what_is_not_there():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    settled = desk.hear(an_order())
    with pytest.raises(StockError):
        desk.shelf.book([desk.shelf.entries[0].move], settled.said[0].cause)
