"""A count sets what is on hand; it never takes what is committed."""

from tests.unit.allocator.given import CAUSE, Desk, a_line, a_shelf, an_order

from allocator.domain.counting import Count, Refused, counted
from allocator.domain.stock import Bucket

PLACES = frozenset("AB")


def count(desk: Desk, on_hand: int, sku: str = "mug", at: str = "A"):
    return counted([Count("levels[0]", sku, at, on_hand)], desk.shelf, PLACES, CAUSE)


def desk_with(available: int, committed: int) -> Desk:
    desk = Desk(a_shelf({"mug": {"A": available + committed}}))
    if committed:
        desk.hear(an_order(a_line(quantity=committed)))
    return desk


def test_what_is_found_comes_from_outside_into_available():
    desk = desk_with(1, 2)
    [move] = count(desk, 5).moves
    assert (move.source, move.target, move.quantity) == (None, Bucket.AVAILABLE, 2)
    desk.shelf.book([move], CAUSE)
    assert desk.buckets("mug", "A") == (3, 2)


def test_what_is_lost_leaves_available():
    [move] = count(desk_with(3, 2), 4).moves
    assert (move.source, move.target, move.quantity) == (Bucket.AVAILABLE, None, 1)


def test_a_count_that_says_what_is_held_moves_nothing():
    assert count(desk_with(3, 2), 5) == ([], [])


def test_a_count_may_leave_nothing_but_what_is_committed():
    assert count(desk_with(3, 2), 2).moves[0].quantity == 3


def test_a_count_below_what_is_committed_is_refused_with_field_and_rule():
    assert count(desk_with(3, 2), 1).refused == [
        Refused(
            "levels[0].on_hand",
            "below_committed",
            "1 is less than the 2 units that are committed or set aside there",
        )
    ]


def test_an_unknown_sku_or_location_is_refused_by_its_field():
    desk = desk_with(1, 0)
    assert [(one.field, one.rule) for one in count(desk, 1, sku="pot").refused] == [("levels[0].sku", "unknown_sku")]
    assert [(one.field, one.rule) for one in count(desk, 1, at="Z").refused] == [
        ("levels[0].location_id", "unknown_location")
    ]
