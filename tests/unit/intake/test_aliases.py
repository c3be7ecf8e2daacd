"""What a shop's own words stand for: which are newly known, which is nearest, and how they are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_intake.domain.aliases import Known, as_looked_up, nearest, newly_known
from order_intake.domain.shops import Calendar, PaymentPolicy, Shop, named, unregistered


def test_what_was_not_known_before_is_newly_known():
    before = Shop("s", skus={"A": "a"}, places={"강남점": "g"})
    after = Shop("s", skus={"a ": "b", "Ｂ-1": "b"}, services={"로켓배송": "express"}, places={"역삼점": "y"})
    assert newly_known(before, after) == Known(
        skus=frozenset({"b-1"}), services=frozenset({"로켓배송"}), places=frozenset({"역삼점"})
    )


def test_a_shop_that_is_registered_first_makes_all_its_words_known():
    after = Shop("s", skus={"A": "a"})
    assert newly_known(unregistered("s"), after) == Known(skus=frozenset({"a"}))


def test_where_services_need_no_alias_any_more_every_service_is_known():
    before, after = Shop("s", knows_services=True), Shop("s")
    assert newly_known(before, after).services == {"*"}
    assert not newly_known(after, before)


def test_what_is_taken_away_or_means_something_else_releases_nothing():
    assert not newly_known(Shop("s", skus={"A": "a", "B": "b"}), Shop("s", skus={"A": "c"}))


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("MUG-BLEU", "MUG-BLUE"),
        ("mug-blue", "MUG-BLUE"),
        ("로켓배숑", "로켓배송"),
        ("Expres", "express"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_proposed(word: str, near: str | None):
    assert nearest(word, ["MUG-BLUE", "MUG-RED", "로켓배송", "express"]) == near


def test_of_two_that_are_equally_near_it_is_always_the_same():
    assert nearest("MUG-3", ["MUG-2", "MUG-1"]) == nearest("MUG-3", ["MUG-1", "MUG-2"]) == "MUG-1"


@given(st.text(min_size=1, max_size=10), st.lists(st.text(min_size=1, max_size=10), max_size=5))
def test_a_word_that_is_known_is_nearest_to_itself(word: str, others: list[str]):
    found = nearest(word, [word, *others])
    assert found is not None
    assert nearest(word, [*others, found]) == found


def test_a_name_is_found_as_it_is_written_as_codes_are_compared_or_among_all_others():
    shop = as_looked_up(Shop("s", payment={"Card": PaymentPolicy(hours=1), "*": PaymentPolicy(hours=9)}))
    assert [named(shop.payment, name) for name in ("Card", " CARD", "card", "cash", None)] == [
        PaymentPolicy(hours=1), PaymentPolicy(hours=1), PaymentPolicy(hours=1), PaymentPolicy(hours=9), PaymentPolicy(hours=9),
    ]  # fmt: skip
    assert named({"a": 0, "*": 7}, "a") == 0
    assert named({}, "a") is None


def test_what_is_looked_up_finds_each_alias_as_it_is_written_and_folded():
    shop = as_looked_up(Shop("s", skus={"Mug-Blue": "M1"}, calendar=Calendar(deliver_days={"Express": 1})))
    assert (shop.skus["Mug-Blue"], shop.skus["mug-blue"]) == ("M1", "M1")
    assert named(shop.calendar.deliver_days, "EXPRESS") == 1
