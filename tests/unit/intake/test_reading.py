"""In which words a record says an order, and that its key is the order's whatever stands in it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.checkouts import checkout
from tests.unit.intake.shopify.samples import SHOP, as_bytes, order

from order_intake.domain.checkouts import Readable, Unreadable, read_checkout
from order_intake.domain.reading import read_record, record_key
from order_intake.domain.shops import unregistered

SHOPIFY = {"x-schema": "shopify.order/2026-07", "x-shop": "Seoul-Craft"}


@pytest.mark.parametrize("headers", [{}, {"x-schema": "checkout.completed/1"}])
def test_a_record_without_another_word_is_in_ours(headers):
    raw = checkout()
    assert read_record(raw, headers, unregistered("")) == read_checkout(raw)
    assert record_key(raw, headers) == read_checkout(raw).order_id


def test_shopifys_shape_is_read_as_its_webhook_would_be():
    raw = as_bytes(order())
    reading = read_record(raw, SHOPIFY, SHOP)
    assert isinstance(reading, Readable), reading
    assert (reading.order.source, reading.shop, reading.order_id) == ("shopify", SHOP.shop, record_key(raw, SHOPIFY))


@pytest.mark.parametrize(
    ("headers", "shop", "field", "rule"),
    [
        ({**SHOPIFY, "x-schema": "magento.order/1"}, SHOP, "x-schema", "unknown_schema"),
        (SHOPIFY, unregistered("seoul-craft"), "x-shop", "unknown_shop"),
        ({"x-schema": "shopify.order"}, unregistered(""), "x-shop", "unknown_shop"),
    ],
)
def test_what_nobody_can_read_is_refused_by_its_header(headers, shop, field, rule):
    reading = read_record(as_bytes(order()), headers, shop)
    assert isinstance(reading, Unreadable)
    assert [(one.field, one.rule) for one in reading.problems] == [(field, rule)]


def test_a_draft_and_the_order_that_it_became_have_one_key():
    became = {"id": 7, "order_id": 9001, "status": "completed", "completed_at": "2026-11-22T10:00:00+09:00"}
    draft = as_bytes({"draft_order": order(**became)})
    assert record_key(draft, SHOPIFY) == record_key(as_bytes(order(id=9001)), SHOPIFY)


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=30), st.just({}), st.just([]))


@given(st.dictionaries(st.sampled_from(("id", "order_id", "completed_at", "currency")), VALUES), st.booleans())
def test_the_key_is_that_of_the_order_it_is_read_as_whatever_stands_in_it(changes, wrapped):
    document = order(**changes)
    raw = as_bytes({"order": document} if wrapped else document)
    assert read_record(raw, SHOPIFY, SHOP).order_id == record_key(raw, SHOPIFY)


@given(st.one_of(st.binary(max_size=50), st.recursive(VALUES, lambda x: st.lists(x, max_size=3)).map(json.dumps)))
def test_what_is_no_order_has_a_key_too(raw):
    body = raw if isinstance(raw, bytes) else raw.encode()
    reading = read_record(body, SHOPIFY, SHOP)
    assert isinstance(reading, Unreadable)
    assert reading.order_id == record_key(body, SHOPIFY)
