"""What becomes of an order's units: the sums of docs/architecture/exchange.md, rule by rule."""

import pytest
from tests.unit.allocator.given import (
    Desk,
    a_line,
    a_network,
    a_shelf,
    a_shipment,
    an_order,
    told,
)

from allocator.domain.network import Rates


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


def test_an_order_that_waits_for_its_payment_takes_no_stock_until_it_is_paid():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    desk.hear(an_order(a_line(quantity=2), waits=True, policy="cancel_missing"))
    assert told(desk.held["o1"]) == [("1", 2, "backordered", None, "awaiting_payment")]
    assert (desk.buckets("mug", "A"), desk.held["o1"].waiting_for) == ((2, 0), frozenset())
    desk.hear(an_order(a_line(quantity=2), version=2))
    assert told(desk.held["o1"]) == [("1", 2, "allocated", "A", None)]


def test_what_the_shop_sends_itself_takes_no_stock_and_is_nothing_left_to_do():
    desk = Desk(a_shelf({"mug": {"A": 5}}))
    desk.hear(an_order(a_line(quantity=3, elsewhere=2)))
    assert told(desk.held["o1"]) == [
        ("1", 1, "allocated", "A", None),
        ("1", 2, "allocated", None, "fulfilled_elsewhere"),
    ]
    assert desk.buckets("mug", "A") == (4, 1)
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(1, 1, 0, 0)))
    assert not desk.held["o1"].is_open
