"""Which records are meant, how they are called, and in which sequence they go."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.items import Item, in_sequence, item_of, stretches
from console.domain.jobs import Mode
from console.domain.reporting import csv_of
from console.domain.selecting import Range, SelectionError, Selector, milliseconds, selector_of

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ID = "018f4e2a-0000-8000-8000-000000000001"


def test_since_is_in_and_until_is_not() -> None:
    selector = Selector("order.placed", since=AT, until=AT + timedelta(minutes=1))
    picked = [ms for ms in (-1, 0, 59_999, 60_000) if selector.picks(0, 0, milliseconds(AT) + ms, "o")]
    assert picked == [0, 59_999]


def test_offsets_are_of_their_partition_and_both_ends_are_in() -> None:
    selector = Selector("order.placed", offsets=(Range.of("2:100-200"), Range.of("3:7")))
    picked = [(p, o) for p, o in [(2, 99), (2, 100), (2, 200), (2, 201), (3, 7), (3, 8), (1, 150)]
              if selector.picks(p, o, 0, "")]  # fmt: skip
    assert picked == [(2, 100), (2, 200), (3, 7)]


@pytest.mark.parametrize("word", ["2", "2:", "2:9-3", "a:1", "2:1-", "-1:3"])
def test_an_offset_written_otherwise_is_refused_with_an_example(word: str) -> None:
    with pytest.raises(SelectionError, match="2:100-200"):
        Range.of(word)


def test_an_error_class_is_one_or_how_the_reason_begins() -> None:
    selector = Selector(error_class="KeyError", parked=True)
    assert selector.picks_parked("order.placed", "bug", "KeyError at decide:7")
    assert not selector.picks_parked("order.placed", "bug", "ValueError at decide:7")
    assert Selector(error_class="bug").picks_parked("order.placed", "bug", "whatever")
    assert not Selector("order.changed", parked=True).picks_parked("order.placed", "bug", "whatever")


@pytest.mark.parametrize(
    ("said", "mode", "why"),
    [
        ({}, Mode.REPROCESS, "say what"),
        ({"parked": True}, Mode.REPUBLISH, "reprocess"),
        ({"topic": "order.placed.replay"}, Mode.REPROCESS, "without .replay"),
        ({"topic": "order.placed", "since": AT, "until": AT}, Mode.REPROCESS, "not before"),
        ({}, Mode.REINTERPRET, "--orders"),
    ],
)
def test_a_selector_that_picks_nothing_is_refused_with_what_to_say(said: dict[str, Any], mode: Mode, why: str) -> None:
    with pytest.raises(SelectionError, match=why):
        selector_of(said, mode)


def test_a_partner_s_topic_is_what_it_says_or_for_republish_what_it_is_told() -> None:
    assert selector_of({"partner": "swift"}, Mode.REPROCESS).topic == "partner.swift.inbound"
    assert selector_of({"partner": "swift"}, Mode.REPUBLISH).topic == "partner.swift.shipments"


def test_an_item_is_called_as_the_services_call_it() -> None:
    ours = item_of(("order.placed", 1, 5), 9, b"o-1", [("ce_id", ID.encode()), ("x-aggregate-version", b"3")])
    assert (ours.item, ours.event_id, ours.order_id, ours.version) == (ID, ID, "o-1", 3)
    outside = item_of(("checkout.completed", 1, 5), 9, None, [("ce_id", b"c-1")])
    assert outside.item == "checkout.completed/c-1"


@given(st.binary(max_size=40), st.lists(st.tuples(st.text(max_size=20), st.binary(max_size=40)), max_size=5))
def test_a_stranger_s_record_is_an_item_that_can_be_stored(key: bytes, headers: list[tuple[str, bytes]]) -> None:
    item = item_of(("order.placed", 0, 1), 9, key, [*headers, ("ce_subject", key), ("ce_id", key)])
    assert "\x00" not in f"{item.item}{item.order_id}{item.subject}"
    assert item.item == (item.event_id or "order.placed/0/1")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(0, 9)), max_size=60))
def test_records_of_a_partition_go_as_they_stand_there_and_each_once(rows: list[tuple[int, int, int]]) -> None:
    items = [Item(0, f"{p}/{o}", "t", p, o, at) for p, o, at in rows]
    sequence = in_sequence(items)
    assert [one.n for one in sequence] == list(range(1, len(sequence) + 1))
    assert {(one.partition, one.offset) for one in sequence} == {(p, o) for p, o, _ in rows}
    for partition in range(4):
        offsets = [one.offset for one in sequence if one.partition == partition]
        assert offsets == sorted(set(offsets))


@given(st.sets(st.integers(0, 10_000), min_size=1), st.integers(1, 1000))
def test_every_wanted_offset_lies_in_one_stretch(offsets: set[int], gap: int) -> None:
    found = stretches(list(offsets), gap)
    assert all(sum(first <= one < end for first, end in found) == 1 for one in offsets)
    assert all(second[0] - first[1] >= gap for first, second in pairwise(found))


def test_a_stranger_s_text_is_no_formula_in_a_spreadsheet() -> None:
    item = {"n": 1, "item": "=1+1", "topic": "t", "partition": 0, "offset": 1, "order_id": "@a", "subject": "",
            "version": 0, "state": "settled", "wants": ["toy"],
            "outcomes": {"toy": {"outcome": "handled", "reason": None}}}  # fmt: skip
    assert csv_of([item]) == "1,'=1+1,t,0,1,'@a,,0,settled,toy,handled,\n"


def test_a_header_without_a_value_says_nothing() -> None:
    item = item_of(("order.placed", 0, 1), 0, b"o", [("ce_id", ID.encode()), ("ce_subject", None)])
    assert (item.item, item.subject) == (ID, "")
