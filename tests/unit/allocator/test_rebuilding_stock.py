"""What stood on the shelves is rebuilt from known moves and from announcements, or it is said that it cannot be."""

from tests.unit.allocator.given import CAUSE, a_shelf

from allocator.domain.restocking import Announced, Gone, gone, restocked
from allocator.domain.stock import Bucket, Level, Move, MoveReason

SPOT = ("mug", "A")


def a_level(on_hand: int) -> Level:
    return Level("mug", "A", "mug", available=on_hand, version=3)


def announced(version: int, on_hand: int, *, counted: bool = False, known: bool = True) -> Announced:
    return Announced(version, on_hand, counted, known, CAUSE)


def left(units: int, *, after_release: bool = False) -> Move:
    source = Bucket.AVAILABLE if after_release else Bucket.COMMITTED
    key, fulfilled = f"o1-F1 1 {source} {units}", MoveReason.ORDER_FULFILLED
    return Move(key, "mug", "A", source, None, units, fulfilled, "o1-F1", after_release)


def test_a_count_is_what_on_hand_changed_by_and_the_rest_has_left():
    told = gone(a_level(9), [announced(6, 4), announced(4, 7), announced(5, 6, counted=True)])
    assert [move.quantity for move, _ in told.counts] == [1]
    assert (told.units, told.whole) == (4, True)


def test_what_will_be_read_again_has_not_left():
    told = gone(a_level(9), [announced(4, 7), announced(5, 2, known=False)])
    assert told.units == 2


def test_announcements_of_which_one_is_missing_are_not_whole():
    assert not gone(a_level(9), [announced(5, 7)]).whole


def test_what_left_after_its_release_took_what_left_beyond_the_rest():
    shelf = a_shelf({"mug": {"A": 5}})
    shelf.at("mug")["A"].committed = 2
    assert not restocked(shelf, [(left(2), CAUSE), (left(3, after_release=True), CAUSE)], {SPOT: Gone(units=4)})
    level = shelf.at("mug")["A"]
    assert (level.available, level.committed) == (3, 0)
    assert [(entry.moved, entry.missing) for entry in shelf.entries] == [(2, 0), (2, 1)]


def test_more_or_less_than_can_have_left_is_not_explained():
    for units in (1, 6):
        shelf = a_shelf({"mug": {"A": 9}})
        shelf.at("mug")["A"].committed = 2
        assert restocked(shelf, [(left(2), CAUSE), (left(3, after_release=True), CAUSE)], {SPOT: Gone(units=units)})


def test_a_level_below_nothing_is_not_explained():
    assert restocked(a_shelf({"mug": {"A": 1}}), [(left(1), CAUSE)], {SPOT: Gone(units=1)})


def test_a_count_is_not_believed_where_an_announcement_is_missing():
    told = gone(a_level(9), [announced(5, 7, counted=True)])
    assert restocked(a_shelf({"mug": {"A": 9}}), [], {SPOT: told})


def test_a_missing_announcement_does_no_harm_where_nothing_rests_on_it():
    shelf = a_shelf({"mug": {"A": 9}})
    shelf.at("mug")["A"].committed = 2
    assert not restocked(shelf, [(left(2), CAUSE)], {SPOT: Gone(units=9, whole=False)})
