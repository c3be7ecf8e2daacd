"""What becomes of an order's units: the sums of docs/architecture/exchange.md, rule by rule."""

import pytest

from allocator.domain.allocation import MAX_HOPS
from allocator.domain.network import Rates
from allocator.domain.stock import StockError
from tests.unit.allocator.given import (
    Desk,
    a_line,
    a_network,
    a_shelf,
    a_shipment,
    an_order,
    booked,
    ordered,
    told,
)


def test_an_order_takes_its_stock_from_available_into_committed():
    desk = Desk(a_shelf({"mug": {"A": 5}}))
    desk.hear(an_order(a_line(quantity=2)))
    assert told(desk.held["o1"]) == [("1", 2, "allocated", "A", None)]
    assert desk.buckets("mug", "A") == (3, 2)


def test_the_last_unit_goes_to_the_first_order_of_the_batch():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order(order_id="first"), an_order(order_id="second"))
    assert told(desk.held["first"]) == [("1", 1, "allocated", "A", None)]
    assert told(desk.held["second"]) == [("1", 1, "backordered", None, "out_of_stock")]


def test_two_lines_of_one_sku_never_count_the_same_unit_twice():
    desk = Desk(a_shelf({"mug": {"A": 3}}))
    desk.hear(an_order(a_line("1", quantity=2), a_line("2", quantity=2)))
    assert told(desk.held["o1"]) == [
        ("1", 2, "allocated", "A", None),
        ("2", 1, "allocated", "A", None),
        ("2", 1, "backordered", None, "out_of_stock"),
    ]


def test_a_line_splits_over_places_when_none_has_all():
    desk = Desk(a_shelf({"mug": {"A": 2, "B": 3}}))
    desk.hear(an_order(a_line(quantity=5)))
    assert told(desk.held["o1"]) == [("1", 2, "allocated", "A", None), ("1", 3, "allocated", "B", None)]


def test_a_sku_nobody_knows_is_backordered_and_decided_again_when_it_comes():
    desk = Desk(a_shelf({}))
    desk.hear(an_order())
    assert told(desk.held["o1"]) == [("1", 1, "backordered", None, "unknown_sku")]
    assert desk.held["o1"].waiting_for == {"mug"}
    desk.shelf = a_shelf({"mug": {"A": 1}})
    desk.hear("o1")
    assert told(desk.held["o1"]) == [("1", 1, "allocated", "A", None)]
    assert desk.held["o1"].revision == 2


def test_a_known_sku_without_stock_is_out_of_stock():
    desk = Desk(a_shelf({}, known=("mug",)))
    desk.hear(an_order())
    assert told(desk.held["o1"]) == [("1", 1, "backordered", None, "out_of_stock")]


def test_a_line_that_ships_nothing_is_allocated_nowhere_and_costs_nothing():
    desk = Desk(a_shelf({}))
    desk.hear(an_order(a_line(quantity=3, cancelled=1, takes_stock=False)))
    assert told(desk.held["o1"]) == [
        ("1", 2, "allocated", None, "no_shipping"),
        ("1", 1, "cancelled", None, None),
    ]
    assert not desk.held["o1"].places


def test_a_test_order_takes_no_stock():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order(test=True))
    assert told(desk.held["o1"]) == [("1", 1, "allocated", None, "test_order")]
    assert desk.buckets("mug", "A") == (1, 0)


def test_what_is_picked_up_comes_only_from_its_place():
    desk = Desk(a_shelf({"mug": {"A": 5, "B": 1}}))
    desk.hear(an_order(a_line("1", only="B", quantity=2), a_line("2")))
    assert told(desk.held["o1"]) == [
        ("1", 1, "allocated", "B", None),
        ("1", 1, "backordered", None, "out_of_stock"),
        ("2", 1, "allocated", "A", None),
    ]


def test_the_nearest_place_that_has_all_is_taken_and_the_reasons_say_what_each_would_cost():
    network = a_network("A", "B", "C", rates=Rates("KRW", 3_000_000, 0, 100_000))
    far = network.locations["A"]._replace(point=None)
    desk = Desk(a_shelf({"mug": {"A": 1, "B": 1, "C": 0}}), network)
    desk.network = a_network("A", "B", "C", rates=network.rates)
    desk.network.locations["A"] = far  # type: ignore[index]
    desk.hear(an_order(at=(35.1796, 129.0756)))
    weighed = desk.held["o1"].weighed
    assert weighed.location_ids == ("A", "B", "C")
    assert weighed.km == (None, pytest.approx(325, abs=2), None)
    assert weighed.cost == (3000, pytest.approx(3325, abs=2), None)
    assert weighed.excluded == (None, None, "no_stock")
    assert told(desk.held["o1"]) == [("1", 1, "allocated", "A", None)]


# policies


def short_order(policy: str) -> Desk:
    desk = Desk(a_shelf({"mug": {"A": 1}, "pot": {"A": 5}}))
    desk.hear(an_order(a_line("1", "mug", 2), a_line("2", "pot", 1), policy=policy))
    return desk


def test_ship_available_places_what_is_there_and_backorders_the_rest():
    assert told(short_order("ship_available").held["o1"]) == [
        ("1", 1, "allocated", "A", None),
        ("1", 1, "backordered", None, "out_of_stock"),
        ("2", 1, "allocated", "A", None),
    ]


def test_cancel_missing_places_what_is_there_and_declines_the_rest():
    assert told(short_order("cancel_missing").held["o1"]) == [
        ("1", 1, "allocated", "A", None),
        ("1", 1, "declined", None, "out_of_stock"),
        ("2", 1, "allocated", "A", None),
    ]


def test_all_or_nothing_declines_everything_when_anything_is_missing():
    desk = short_order("all_or_nothing")
    assert told(desk.held["o1"]) == [
        ("1", 1, "declined", None, "out_of_stock"),
        ("1", 1, "declined", None, "all_or_nothing"),
        ("2", 1, "declined", None, "all_or_nothing"),
    ]
    assert desk.buckets("pot", "A") == (5, 0)


def test_hold_until_complete_places_nothing_until_everything_is_there():
    desk = short_order("hold_until_complete")
    assert told(desk.held["o1"]) == [
        ("1", 1, "backordered", None, "out_of_stock"),
        ("1", 1, "backordered", None, "hold_until_complete"),
        ("2", 1, "backordered", None, "hold_until_complete"),
    ]
    assert desk.held["o1"].waiting_for == {"mug", "pot"}
    desk.shelf = a_shelf({"mug": {"B": 2}, "pot": {"A": 5}})
    desk.hear("o1")
    assert told(desk.held["o1"]) == [("1", 2, "allocated", "B", None), ("2", 1, "allocated", "A", None)]


@pytest.mark.parametrize("policy", ["cancel_missing", "all_or_nothing"])
def test_what_was_declined_stays_declined_when_stock_comes(policy):
    desk = short_order(policy)
    before = told(desk.held["o1"])
    desk.shelf = a_shelf({"mug": {"A": 9}, "pot": {"A": 9}})
    desk.hear(an_order(a_line("1", "mug", 2), a_line("2", "pot", 1), policy=policy, version=2))
    assert told(desk.held["o1"]) == before


# revisions


def test_every_new_order_version_is_answered_even_if_no_unit_changed():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order())
    desk.hear(an_order(version=2))
    assert [(held.revision, held.decided) for held in desk.said] == [(1, 1), (2, 2)]


def test_an_order_version_overtaken_by_a_newer_one_says_nothing():
    desk = Desk(a_shelf({"mug": {"A": 5}}))
    desk.hear(an_order(a_line(quantity=2, cancelled=1), version=2))
    desk.hear(an_order(a_line(quantity=2), version=1))
    assert [held.decided for held in desk.said] == [2]
    assert desk.buckets("mug", "A") == (4, 1)


def test_deciding_again_with_nothing_new_says_and_holds_nothing_new():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order(a_line(quantity=2)))
    settled = desk.hear("o1")
    assert settled.changed == {}
    assert settled.said == []


# cancel


def test_a_cancel_asks_back_every_live_unit_and_cancels_what_had_no_place():
    desk = Desk(a_shelf({"mug": {"A": 2, "B": 1}}))
    desk.hear(an_order(a_line(quantity=4)))
    desk.hear(an_order(a_line(quantity=4, cancelled=4), version=2))
    held = desk.held["o1"]
    assert {at: place.shares["1"].asked for at, place in held.places.items()} == {"A": 2, "B": 1}
    assert told(held) == [
        ("1", 2, "allocated", "A", None),
        ("1", 1, "allocated", "B", None),
        ("1", 1, "cancelled", None, None),
    ]


def test_units_released_on_request_are_available_again_and_cancelled():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    desk.hear(an_order(a_line(quantity=2)), an_order(a_line(quantity=2, cancelled=2), version=2))
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(2, 0, 2, 2)))
    assert told(desk.held["o1"]) == [("1", 2, "cancelled", None, None)]
    assert desk.buckets("mug", "A") == (2, 0)
    assert desk.held["o1"].excluded == ()


def test_units_kept_stay_allocated_and_the_version_that_says_so_changes_nothing():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order(), an_order(a_line(cancelled=1), version=2))
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(1, 1, 0, 1)))
    desk.hear(an_order(a_line(), version=3))
    assert told(desk.held["o1"]) == [("1", 1, "allocated", "A", None)]
    assert desk.held["o1"].places["A"].shares["1"].asked == 1
    assert desk.buckets("mug", "A") == (0, 0)


def test_an_ask_is_not_said_twice_while_it_is_pending():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    desk.hear(an_order(a_line(quantity=2)))
    for version in (2, 3):
        desk.hear(an_order(a_line(quantity=2, cancelled=2), version=version))
    assert desk.held["o1"].places["A"].shares["1"].asked == 2


def test_unshipped_units_are_asked_back_first_and_a_place_with_few_is_emptied_first():
    desk = Desk(a_shelf({"mug": {"A": 3, "B": 2}}))
    desk.hear(an_order(a_line(quantity=5)))
    desk.hear(a_shipment("o1-F1", 2, "B", l1=(2, 1, 0, 0)))
    desk.hear(an_order(a_line(quantity=5, cancelled=2), version=2))
    assert {at: place.shares["1"].asked for at, place in desk.held["o1"].places.items()} == {"A": 1, "B": 1}


def test_a_unit_asked_back_gets_a_place_only_after_its_answer():
    desk = Desk(a_shelf({"mug": {"A": 1, "B": 1}}))
    desk.hear(an_order(), an_order(a_line(cancelled=1), version=2), an_order(a_line(), version=3))
    assert told(desk.held["o1"]) == [("1", 1, "allocated", "A", None)]
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(1, 0, 1, 1)))
    assert told(desk.held["o1"]) == [("1", 1, "allocated", "A", None)]
    assert desk.held["o1"].places["A"].shares["1"].assigned == 2


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
