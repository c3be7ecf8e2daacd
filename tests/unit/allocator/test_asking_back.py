"""Units asked back: what a cancel asks for, and what its answers make of it."""

from tests.unit.allocator.given import Desk, a_line, a_shelf, a_shipment, an_order, told


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


def test_units_that_the_shop_has_sent_itself_are_asked_back_and_then_done():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    desk.hear(an_order(a_line(quantity=2)), an_order(a_line(quantity=2, elsewhere=1), version=2))
    assert desk.held["o1"].places["A"].shares["1"].asked == 1
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(2, 0, 1, 1)))
    assert told(desk.held["o1"]) == [
        ("1", 1, "allocated", "A", None),
        ("1", 1, "allocated", None, "fulfilled_elsewhere"),
    ]
    assert desk.buckets("mug", "A") == (1, 1)


def test_a_line_that_is_edited_gives_back_what_is_too_much_and_takes_what_is_new():
    desk = Desk(a_shelf({"mug": {"A": 9}}))
    desk.hear(an_order(a_line(quantity=3)), an_order(a_line(quantity=3, cancelled=2), version=2))
    assert desk.held["o1"].places["A"].shares["1"].asked == 2
    desk.hear(a_shipment("o1-F1", 2, "A", l1=(3, 0, 2, 2)))
    desk.hear(an_order(a_line(quantity=5), version=3))
    assert told(desk.held["o1"]) == [("1", 5, "allocated", "A", None)]
    assert desk.buckets("mug", "A") == (4, 5)
