"""What the customer asked for finds its place by the merchant's mapping, and none of it is dropped."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.intake.shopify.samples import SHOP, item, order, refused, translated

from order_events import Checkout
from order_intake.domain.shops import Wish
from sizes import size

MAPPED = replace(SHOP, wishes={f"{wish}".replace("_", " "): wish for wish in Wish}, skus={"tea": "TEA-S"})


def said(name: str, value: object) -> dict[str, object]:
    return {"name": name, "value": value}


def checkout(*attributes: dict[str, object], shop=MAPPED, **changes) -> Checkout:
    return translated(order(note_attributes=list(attributes), **changes), shop).checkout


def kept(checkout: Checkout) -> list[tuple[str, str, str | None]]:
    return [(each.name, each.value, each.line_id) for each in checkout.wishes.properties]


def test_each_wish_finds_its_place_whatever_the_case_of_its_name():
    result = checkout(
        said(" GIFT Message ", "생일 축하해"),
        said("Card", "by hand, please"),
        said("note to packer", "fragile"),
        said("delivery note", "문 앞에"),
        said("entry code", "#1234"),
        said("packaging", "KRAFT"),
        said("sample skus", "TEA, tea-2;\nsoap"),
        said("gift wrap", "Yes"),
        note="not before Friday",
    )
    assert (result.wishes.gift_message, result.wishes.card) == ("생일 축하해", "by hand, please")
    assert result.wishes.note_to_packer == "not before Friday\nfragile"
    assert (result.ship_to.delivery_note, result.ship_to.entry_code) == ("문 앞에", "#1234")
    assert result.instructions.model_dump() == {
        "gift_wrap": True,
        "packaging": "KRAFT",
        "sample_skus": ("TEA-S", "tea-2", "soap"),
    }
    assert kept(result) == []


def test_what_nobody_mapped_is_kept_with_its_line_also_what_a_shop_hides():
    lines = [item(1, properties=[said("Engraving", "MINA"), said("_bundle", 7)]), item(2, properties={"Size": None})]
    result = checkout(said("colour", "green"), line_items=lines)
    assert kept(result) == [
        ("colour", "green", None),
        ("Engraving", "MINA", "1"),
        ("_bundle", "7", "1"),
        ("Size", "", "2"),
    ]


def test_a_value_that_is_no_text_is_kept_as_its_json():
    values = [True, 1.10, {"a": ["b"]}, None]
    assert [value for _, value, _ in kept(checkout(*(said("x", value) for value in values)))] == [
        "true",
        '"1.1"',
        '{"a": ["b"]}',
        "",
    ]


def test_a_wish_on_one_of_several_lines_is_kept_with_its_line_as_well():
    lines = [item(1, properties=[said("gift message", "to A")]), item(2, properties=[said("gift message", "to B")])]
    assert checkout(line_items=lines).wishes.gift_message == "to A\nto B"
    assert kept(checkout(line_items=lines)) == [("gift message", "to A", "1"), ("gift message", "to B", "2")]
    assert kept(checkout(line_items=lines[:1])) == []


@pytest.mark.parametrize(
    ("word", "wrap", "keeps"),
    [
        *((word, True, False) for word in ("1", "true", "YES", "예", "네", "on")),
        *((word, False, False) for word in ("", "0", "False", "no", "아니요", " none ")),
        ("red paper", True, True),
    ],
)
def test_gift_wrap_is_any_word_but_a_no_and_a_word_that_says_more_is_kept(word, wrap, keeps):
    result = checkout(said("gift wrap", word))
    assert result.instructions.gift_wrap is wrap
    assert bool(kept(result)) is keeps


def test_a_code_that_is_too_long_or_another_one_is_kept():
    result = checkout(said("packaging", "K" * 65), said("packaging", "KRAFT"), said("packaging", "BOX"))
    assert result.instructions.packaging == "KRAFT"
    assert [value for _, value, _ in kept(result)] == ["K" * 65, "BOX"]


def test_samples_beyond_what_an_order_holds_are_kept():
    result = checkout(said("sample skus", ",".join(f"S{n}" for n in range(20))), said("sample skus", "S20"))
    assert len(result.instructions.sample_skus) == 20
    assert kept(result) == [("sample skus", "S20", None)]


def test_where_there_is_no_label_what_would_stand_on_it_is_kept():
    result = checkout(said("delivery note", "문 앞에"), said("entry code", "#1234"), shipping_address=None)
    assert kept(result) == [("delivery_note", "문 앞에", None), ("entry_code", "#1234", None)]


@settings(max_examples=size(60, 2000), deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["card", "colour", "x" * 300]),
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40),
            st.integers(1, 400),
        ),
        max_size=160,
    ),
    st.integers(1, 3),
)
def test_every_word_of_every_wish_is_somewhere(attributes, lines):
    """Long and many: what does not fit one property is in several, and what does not fit a hundred is put together."""
    attributes = [(name, text * times) for name, text, times in attributes]
    result = checkout(
        *(said(name, value) for name, value in attributes if name != "colour"),
        line_items=[
            item(n, properties=[said(*each) for each in attributes if each[0] == "colour"]) for n in range(lines)
        ],
    )
    everything = "".join([result.wishes.card or "", *(value for _, value, _ in kept(result))])
    joined = "".join(everything.split("\n"))
    assert len(kept(result)) <= 100
    for _, value in attributes:
        assert not value.strip() or "".join(value.split("\n")) in joined


def test_a_note_longer_than_a_note_can_be_is_kept_in_parts():
    result = checkout(note="가" * 12_000)
    assert result.wishes.note_to_packer is None
    assert "".join(value for _, value, _ in kept(result)) == "가" * 12_000


def test_more_words_than_an_order_can_hold_are_refused():
    assert refused(order(note="x" * 500_001)) == {("line_items", "properties_length")}
