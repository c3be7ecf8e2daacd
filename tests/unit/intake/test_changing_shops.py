"""What a wish about a shop comes to: its next version, and at most two secrets."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from order_intake.domain.changing import Moved, Saved, TooMany, Unchanged, registration, rotated
from order_intake.domain.shops import Shop

T1, T2, T3 = (datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3))


def test_a_registration_counts_up_by_what_changes():
    old, new = Shop("s"), Shop("s", locale="ko")
    assert registration(new, None, 0, None) == Saved(1)
    assert registration(new, old, 4, None) == registration(new, old, 4, 4) == Saved(5)
    assert registration(old, old, 4, 4) == Unchanged()


def test_a_wish_made_from_another_version_changes_nothing():
    assert registration(Shop("s", locale="ko"), Shop("s"), 4, 3) == Moved(4)
    assert registration(Shop("s"), Shop("s"), 4, 0) == Moved(4)
    assert registration(Shop("s"), None, 0, 2) == Moved(0)


def test_a_new_secret_stands_beside_the_one_before_until_that_is_dropped():
    first = rotated([], "a", T1, drop_old=False)
    assert first == [("a", T1)]
    both = rotated(first, "b", T2, drop_old=False)
    assert both == [("b", T2), ("a", T1)]
    assert rotated(both, None, T3, drop_old=True) == [("b", T2)]


def test_a_third_secret_is_not_taken_for_one_of_the_two_may_be_in_use():
    assert rotated([("b", T2), ("a", T1)], "c", T3, drop_old=False) == TooMany()
    assert rotated([("b", T2), ("a", T1)], "c", T3, drop_old=True) == [("c", T3)]


def test_a_secret_that_is_held_is_not_held_twice():
    held = [("b", T2), ("a", T1)]
    assert rotated(held, "b", T3, drop_old=False) == rotated(held, "a", T3, drop_old=False) == held
    assert rotated(held, "a", T3, drop_old=True) == [("a", T1)]


@given(st.lists(st.tuples(st.none() | st.sampled_from("abc"), st.booleans()), max_size=12))
def test_whatever_is_done_at_most_two_are_held_and_the_newest_that_was_taken_is_one(wishes):
    held: list[tuple[str, datetime]] = []
    for n, (new, drop_old) in enumerate(wishes):
        after = rotated(held, new, T1 + timedelta(days=n), drop_old=drop_old)
        if isinstance(after, TooMany):
            assert len(held) == 2
            continue
        assert len(after) <= 2
        assert new is None or new in dict(after)
        assert bool(held) <= bool(after)
        held = after
