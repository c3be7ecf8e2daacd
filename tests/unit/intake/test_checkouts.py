"""From a body to the order it would become, or to what is wrong with it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.checkouts import checkout, line

from order_events import Checkout, OrderPlaced
from order_intake.domain.checkouts import (
    MOST_BYTES,
    Readable,
    Unreadable,
    identity,
    order_key,
    read_checkout,
    too_old,
    with_used_record_id,
)
from order_intake.domain.problems import MOST_PROBLEMS


def readable(raw: bytes) -> Readable:
    reading = read_checkout(raw)
    assert isinstance(reading, Readable), reading
    return reading


def refused(raw: bytes) -> set[tuple[str, str]]:
    reading = read_checkout(raw)
    assert isinstance(reading, Unreadable)
    return {(problem.field, problem.rule) for problem in reading.problems}


def test_an_order_is_what_the_checkout_said_with_nothing_cancelled_and_no_holds():
    order = readable(checkout()).order
    assert (
        Checkout.model_validate_json(checkout()).model_dump(exclude={"lines", "cancelled"}).items()
        <= order.model_dump().items()
    )
    assert [(line.line_id, line.quantity, line.cancelled) for line in order.lines] == [("1", 2, 0)]
    assert order.holds == ()
    assert order.cancellation is None


def test_an_order_that_is_cancelled_when_it_is_first_heard_of_has_nothing_left_to_do():
    gone = {"at": "2026-11-24T00:00:00Z", "reason": "customer"}
    order = readable(checkout(lines=[line("1"), line("2", fulfilled_elsewhere=1)], cancelled=gone)).order
    assert [(one.quantity, one.cancelled, one.fulfilled_elsewhere) for one in order.lines] == [(2, 2, 0), (2, 1, 1)]


def test_an_order_that_was_built_quickly_is_the_order_that_validation_gives():
    order = readable(checkout()).order
    validated = OrderPlaced.model_validate_json(order.model_dump_json(), strict=True, extra="forbid")
    assert validated.model_dump() == order.model_dump()
    assert json.loads(validated.model_dump_json()) == json.loads(order.model_dump_json())


def test_an_order_carries_its_skus_tidy_and_in_the_case_given():
    order = readable(checkout(lines=[line(sku=" Ｍug-Blue ")], instructions={"sample_skus": [" TEA-S"]})).order
    assert order.lines[0].sku == "Mug-Blue"
    assert order.instructions.sample_skus == ("TEA-S",)


def test_an_order_carries_shop_and_source_as_given_and_is_known_by_their_fold():
    reading = readable(checkout(shop="Seoul-Craft", source="WEB"))
    assert (reading.order.shop, reading.order.source, reading.shop) == ("Seoul-Craft", "WEB", "seoul-craft")
    assert reading.order_id == identity("seoul-craft", "web", "G-20411") == readable(checkout()).order_id


def test_the_key_of_a_body_is_its_orders_id():
    assert order_key(checkout(shop="Seoul-Craft")) == readable(checkout()).order_id


@given(st.binary())
def test_any_bytes_have_a_key(raw: bytes):
    assert len(order_key(raw)) == 24


@pytest.mark.parametrize("changes", [{"source_id": 20411}, {"source_id": "with space"}, {"shop": None}, {"source": []}])
def test_a_body_without_usable_ids_is_locked_by_its_own_hash(changes):
    assert order_key(checkout(**changes)) != order_key(checkout(**changes, tags=["other"]))
    assert order_key(checkout(**changes)) == order_key(checkout(**changes))


def test_of_a_name_that_stands_twice_the_last_counts_for_key_and_order_alike():
    raw = b'{"source_id":"first",' + checkout()[1:]
    assert order_key(raw) == readable(raw).order_id == readable(checkout()).order_id


def test_what_is_wrong_is_said_by_field_and_rule():
    broken = checkout(
        without=("currency",), shop="seoul craft", colour="blue", payment={"status": "borrowed"},
        lines=[line(quantity=0), line("2", price={"amount": "18000", "currency": "KRW"})],
    )  # fmt: skip
    assert refused(broken) == {
        ("currency", "missing"),
        ("shop", "string_pattern_mismatch"),
        ("colour", "extra_forbidden"),
        ("payment.status", "value_error"),
        ("lines[0].quantity", "greater_than_equal"),
        ("lines[1].price.amount", "int_type"),
    }


def test_a_field_that_nobody_knows_is_refused_wherever_it_stands():
    lines = [line(colour="blue", price={"amount": 1, "currency": "KRW", "tax": 1})]
    assert refused(checkout(lines=lines, ship_to={"name": "a", "address1": "b", "floor": 3})) == {
        ("lines[0].colour", "extra_forbidden"),
        ("lines[0].price.tax", "extra_forbidden"),
        ("ship_to.floor", "extra_forbidden"),
    }


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"3", b'"text"', b"null", b"\xff", b'{"source_id":"\\ud800"}', b"NaN"]
)
def test_what_is_no_object_is_refused(raw: bytes):
    assert refused(raw)


def test_an_order_without_lines_is_refused():
    assert refused(checkout(lines=[])) == {("lines", "too_short")}


def test_at_most_a_thousand_lines_are_taken():
    assert readable(checkout(lines=[line(str(n)) for n in range(1000)]))
    assert refused(checkout(lines=[line(str(n)) for n in range(1001)])) == {("lines", "too_long")}


def test_a_body_over_a_mebibyte_is_refused_before_it_is_parsed():
    small = checkout()
    assert readable(small + b" " * (MOST_BYTES - len(small)))
    assert refused(small + b" " * (MOST_BYTES - len(small) + 1)) == {("", "size")}


def test_what_is_nested_deeper_than_32_is_refused_for_that():
    assert refused(checkout(wishes=_nested(31))) == {("", "depth")}
    assert refused(checkout(wishes=_nested(30))) != {("", "depth")}


def _nested(depth: int) -> object:
    return {"a": _nested(depth - 1)} if depth else []


def test_brackets_in_texts_are_no_depth():
    assert refused(checkout(tags=["[" * 200, '\\"[[[[' * 30], colour=1)) == {("colour", "extra_forbidden")}


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 500_000, b"[" * 1_000_000, b'{"a":' * 200_000, b'"' * 1_000_001])
def test_no_body_takes_long_to_refuse(raw: bytes):
    began = time.process_time()
    assert refused(raw)
    assert time.process_time() - began < 2


def test_a_hundred_problems_are_listed_and_the_others_counted():
    reading = read_checkout(checkout(lines=[line(str(n), quantity=0) for n in range(300)]))
    assert isinstance(reading, Unreadable)
    assert len(reading.problems) == MOST_PROBLEMS + 1
    assert reading.problems[-1].message == "200 more problems are not listed"


def test_a_hostile_field_name_is_told_in_a_form_that_can_be_stored():
    raw = checkout()[:-1] + b', "\\u0000' + b"x" * 5000 + b'": 1}'
    reading = read_checkout(raw)
    assert isinstance(reading, Unreadable)
    assert len(reading.problems[0].field) <= 255
    assert "\x00" not in reading.problems[0].field


def test_a_refused_checkout_keeps_the_id_its_source_gave_it_if_that_can_be_said():
    assert read_checkout(checkout(lines=[])).checkout_id == "G-20411"
    assert read_checkout(checkout(source_id="with space")).checkout_id == "with space"
    assert read_checkout(checkout(source_id=7)).checkout_id == ""
    assert read_checkout(checkout(source_id="x" * 300)).checkout_id == ""
    assert read_checkout(b"[]").checkout_id == ""


def test_a_record_id_that_another_body_had_is_a_conflict():
    reading = with_used_record_id(read_checkout(checkout()))
    assert [(problem.field, problem.rule) for problem in reading.problems] == [("ce_id", "conflict")]
    assert (reading.order_id, reading.checkout_id) == (readable(checkout()).order_id, "G-20411")


def test_a_record_older_than_the_inbox_is_refused_as_too_old_and_keeps_its_order():
    reading = too_old(read_checkout(checkout()))
    assert reading.order_id == read_checkout(checkout()).order_id
    assert [(one.field, one.rule) for one in reading.problems] == [("time", "too_old")]
