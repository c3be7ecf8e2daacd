"""What must be true of an order at the door beyond the shape of its fields."""

import pytest
from tests.unit.intake.checkouts import checkout, line

from order_events.types import MAX_COUNT
from order_intake.domain.checkouts import Readable, Unreadable, read_checkout
from order_intake.domain.rules import missing_address


def problems(raw: bytes) -> list[tuple[str, str]]:
    reading = read_checkout(raw)
    return [(p.field, p.rule) for p in reading.problems] if isinstance(reading, Unreadable) else []


def lacking(raw: bytes) -> list[tuple[str, str]]:
    reading = read_checkout(raw)
    assert isinstance(reading, Readable)
    return [(p.field, p.rule) for p in missing_address(reading.order)]


def test_a_line_id_names_one_line():
    assert problems(checkout(lines=[line("1"), line("2"), line("1")])) == [("lines[2].line_id", "unique")]


def test_all_money_of_an_order_is_in_its_currency():
    dollars = {"amount": 1, "currency": "USD"}
    assert problems(checkout(lines=[line("1"), line("2", price=dollars)], shipping={"price": dollars})) == [
        ("lines[1].price.currency", "currency_mismatch"),
        ("shipping.price.currency", "currency_mismatch"),
    ]


@pytest.mark.parametrize("method", ["shipping", "local", "pickup_point"])
def test_a_line_that_travels_needs_an_address(method):
    lines = [line("1", delivery_method="digital"), line("2", delivery_method=method)]
    assert lacking(checkout(lines=lines, without=("ship_to",))) == [("ship_to", "required_for_shipping")]
    for address1 in (None, "", "  "):
        nowhere = {"name": "김민아", "address1": address1}
        assert lacking(checkout(lines=lines, ship_to=nowhere)) == [("ship_to.address1", "required_for_shipping")]


def test_lines_that_do_not_travel_need_no_address():
    lines = [line(str(n), delivery_method=method) for n, method in enumerate(["pickup", "digital", "none"])]
    assert lacking(checkout(lines=lines, without=("ship_to",))) == []


def test_a_line_is_shipped_unless_it_says_otherwise():
    assert lacking(checkout(without=("ship_to",))) == [("ship_to", "required_for_shipping")]


def test_all_units_of_an_order_fit_one_integer():
    assert problems(checkout(lines=[line("1", quantity=MAX_COUNT)])) == []
    lines = [line("1", quantity=MAX_COUNT), line("2", quantity=1)]
    assert problems(checkout(lines=lines)) == [("lines", "total_quantity")]


@pytest.mark.parametrize("sku", ["  ", "\u3000", "\ufdfa" * 8, "ﷺ" * 128])
def test_a_sku_still_is_one_after_it_was_tidied(sku):
    assert problems(checkout(lines=[line(sku=sku)])) == [("lines[0].sku", "sku_length")]
    samples = {"sample_skus": ["TEA-S", sku]}
    assert problems(checkout(instructions=samples)) == [("instructions.sample_skus[1]", "sku_length")]


def test_every_broken_rule_is_told_at_once():
    dollars = {"amount": 1, "currency": "USD"}
    raw = checkout(lines=[line("1", price=dollars), line("1", removed=3)])
    assert {rule for _, rule in problems(raw)} == {"unique", "currency_mismatch", "units"}


def test_an_order_that_breaks_no_rule_is_taken():
    assert isinstance(read_checkout(checkout()), Readable)
