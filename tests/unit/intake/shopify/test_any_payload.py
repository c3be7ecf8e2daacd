"""Whatever the bytes: an order with what is doubtful about it, or problems at their places; never an exception."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.intake.shopify.samples import SHOP, Json, as_bytes, fulfilment, item, order, refund, refused, translated

from order_events import Checkout, Problem
from order_intake.domain.checkouts import DEEPEST, MOST_BYTES
from order_intake.domain.shopify import read_fulfilment, read_order, read_refund
from order_intake.domain.shopify.payloads import FulfillmentPayload, OrderPayload, RefundPayload
from order_intake.domain.shops import Shop, Wish
from sizes import size

Steps = tuple[str | int, ...]
WISHING = Shop(shop="craft", wishes={f"wish {wish}": wish for wish in Wish}, places={"Hongdae": "hongdae"})
FULL = order(
    note="조심히 다뤄 주세요",
    note_attributes=[{"name": f"wish {wish}", "value": "A1, B2"} for wish in Wish],
    line_items=[
        item(
            properties=[{"name": "_id", "value": 7}, {"name": "wish card", "value": "네"}],
            duties=[{"harmonized_system_code": "6912"}],
        ),
        item(12, sku=None, tip=None, product_type="Mug"),
    ],
    fulfillments=[fulfilment()],
    refunds=[refund(item_id=12)],
    risk_level="high",
)
# What no document should hold, and each of these has been in one.
ODD = [
    *(None, True, False, 0, -1, 1.5, 2**31, 2**63, 10**30, 1e300),
    *("", " ", "-1", "1e9", "NaN", "٣", "Ⅷ", "0" * 400, "9" * 40, "1.005", "19,99", "success", "USD", "KWD", "XYZ"),
    *(
        "x" * 65,
        "x" * 256,
        "x" * 5001,
        "ﷺ" * 60,
        "\u0000",
        "\ud800",
        "a\udfffb",
        "\u202ekcabdrow",
        "😀",
        "\t\r\n",
        "hong dae",
    ),
    *("2026-11-20", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *([], {}, [None], [[]], {"": ""}, [{}], {"name": "x", "value": {"deep": [1, 2]}}, ["gift"] * 300),
]


def steps_of(document: Any, at: Steps = ()) -> Iterator[Steps]:
    """Every place in a document but the document itself."""
    members: Any = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, inner in members:
        yield (*at, step)
        yield from steps_of(inner, (*at, step))


def changed(document: Any, steps: Steps, change: Callable[[Any, Any], None]) -> Any:
    """A copy of which one place was changed; a place that is no longer there is let be."""
    copy = deepcopy(document)
    at = copy
    try:
        for step in steps[:-1]:
            at = at[step]
        there = isinstance(at, dict | list) and at[steps[-1]] is not at
    except (KeyError, IndexError, TypeError):
        there = False
    if there:
        change(at, steps[-1])
    return copy


def left_out(parent: Any, step: Any) -> None:
    del parent[step]


def set_to(value: Any) -> Callable[[Any, Any], None]:
    def change(parent: Any, step: Any) -> None:
        parent[step] = value

    return change


def mutations(document: Json) -> st.SearchStrategy[Any]:
    """The document with one to four of its places left out, exchanged for something odd, or turned into other text."""
    value = st.one_of(st.sampled_from(ODD), st.text(max_size=20), st.integers(), st.floats(allow_nan=False))
    change = st.one_of(st.just(left_out), value.map(set_to))
    one = st.tuples(st.sampled_from(list(steps_of(document))), change)
    return st.lists(one, min_size=1, max_size=4).map(lambda each: _all_of(document, each))


def _all_of(document: Any, changes: list[tuple[Steps, Callable[[Any, Any], None]]]) -> Any:
    for steps, change in changes:
        document = changed(document, steps, change)
    return document


def at_places_of(model: type, result: Any) -> bool:
    """Whether problems name places of the payload: not ours, and the document as a whole only where it is no document."""
    names = set(model.model_fields)  # type: ignore[attr-defined]
    whole = {"json_invalid", "depth", "size", "model_type", "more"}
    return all(
        each.rule in whole if not each.field else each.field.split(".")[0].split("[")[0] in names for each in result
    )


@pytest.mark.parametrize("shop", [SHOP, WISHING], ids=["plain", "wishing"])
def test_the_full_payload_is_an_order(shop):
    assert translated(FULL, shop).checkout.model_dump()


@settings(max_examples=size(300, 10_000), deadline=None)
@given(mutations(FULL))
def test_a_mutated_order_is_an_order_or_problems_at_places_of_the_payload(document):
    result = read_order(json.dumps(document).encode(), WISHING)
    if isinstance(result, tuple):
        assert result
        assert at_places_of(OrderPayload, result), result
        assert all(Problem.model_validate_json(each.model_dump_json()) for each in result)
    else:  # what can be said can be read
        said = result.checkout.model_dump_json()
        assert Checkout.model_validate_json(said, strict=True) == result.checkout


@settings(max_examples=size(100, 10_000), deadline=None)
@given(mutations(refund()), mutations(fulfilment()))
def test_a_mutated_refund_or_fulfilment_is_one_or_problems_at_places_of_the_payload(money, units):
    for result, model in (
        (read_refund(json.dumps(money).encode(), SHOP), RefundPayload),
        (read_fulfilment(json.dumps(units).encode(), SHOP), FulfillmentPayload),
    ):
        assert not isinstance(result, tuple) or (result and at_places_of(model, result)), result


@settings(max_examples=size(200, 10_000), deadline=None)
@given(st.data())
def test_bytes_that_were_cut_or_changed_end_in_a_value(data):
    raw = bytearray(as_bytes(FULL))
    start = data.draw(st.integers(0, len(raw)))
    raw[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    for read in (read_order, read_refund, read_fulfilment):
        assert read(bytes(raw), WISHING)


@pytest.mark.timeout(20)  # Python would reckon for minutes with what a dozen bytes can write
@pytest.mark.parametrize(
    "number", ["1e400", "1E999999", "-1e999999999", "1e-999999999", "1e" + "9" * 30, "9" * 4000 + ".5"]
)
@pytest.mark.parametrize("place", ["quantity", "price", "grams", "id", "requires_shipping", "title", "tip"])
def test_a_number_that_nobody_can_reckon_with_costs_nothing(number, place):
    raw = as_bytes(order(line_items=[item(**{place: "@", "properties": [{"name": "n", "value": "@"}]})]))
    result = read_order(raw.replace(b'"@"', number.encode()), SHOP)
    if isinstance(result, tuple):
        assert {each.field for each in result} == {f"line_items[0].{place}"}
    else:
        assert number in {each.value for each in result.checkout.wishes.properties}


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b'"order"', b"7", b"{", b"\xff\xfe{}", b'{"id":NaN}', b"[" * 200_000]
)
def test_what_is_no_document_is_refused_as_a_whole(raw):
    for read in (read_order, read_refund, read_fulfilment):
        result = read(raw, SHOP)
        assert isinstance(result, tuple)
        assert [each.field for each in result] == [""]


def test_a_body_over_a_mebibyte_is_refused():
    result = read_order(as_bytes(order(note="x" * MOST_BYTES)), SHOP)
    assert isinstance(result, tuple)
    assert [(each.field, each.rule) for each in result] == [("", "size")]


def nested(levels: int) -> Any:
    document: Any = 1
    for _ in range(levels):
        document = [document]
    return document


def test_a_document_may_be_as_deep_as_the_rule_and_no_deeper_also_where_nobody_looks():
    assert translated(order(client_details=nested(DEEPEST - 1)))
    assert refused(order(client_details=nested(DEEPEST))) == {("", "depth")}


def test_an_order_has_at_most_a_thousand_lines():
    lines = [item(n + 1) for n in range(1001)]
    assert len(translated(order(line_items=lines[:1000])).checkout.lines) == 1000
    assert refused(order(line_items=lines)) == {("line_items", "too_long")}


def test_each_problem_has_its_place_in_the_payload_and_all_are_told_at_once():
    broken = order(
        currency="KRW",
        line_items=[item(), item(12, price="18000.50"), item(13, quantity=-1), item(14, grams="heavy")],
        shipping_address={**FULL["shipping_address"], "address1": "x" * 256},
    )
    assert refused(broken) == {
        ("line_items[1].price", "decimals"),
        ("line_items[2].quantity", "greater_than_equal"),
        ("line_items[3].grams", "int_parsing"),
        ("shipping_address.address1", "string_too_long"),
    }


def test_a_problem_of_an_order_under_a_name_has_the_name_in_its_place():
    assert refused({"order": order(line_items=[item(quantity=-1)])}) == {
        ("order.line_items[0].quantity", "greater_than_equal")
    }
    assert refused({"order": order(line_items=[])}) == {("order.line_items", "too_short")}


def test_values_that_are_right_each_and_too_much_together_are_refused_as_a_whole():
    dear = {"title": "a", "code": "a", "price": str(2**63 - 1)}
    assert refused(order(shipping_lines=[dear, dear])) == {("", "less_than_equal")}
    back = {"line_item_id": 11, "quantity": 2**31 - 1}
    assert refused({"order": order(refunds=[refund(refund_line_items=[back, back])])}) == {("order", "less_than_equal")}


def test_a_line_id_names_one_line():
    assert refused(order(line_items=[item(1), item(2), item(1)])) == {("line_items[2].id", "unique")}


def test_an_order_without_units_is_none_and_a_line_without_units_is_no_line():
    assert refused(order(line_items=[item(quantity=0, current_quantity=0)])) == {("line_items", "too_short")}
    with_one = order(line_items=[item(1, quantity=0, current_quantity=0), item(2)])
    assert [line.line_id for line in translated(with_one).checkout.lines] == ["2"]


def test_a_sku_is_a_sku_still_when_it_is_tidy():
    assert refused(order(line_items=[item(sku="ﷺ" * 60)])) == {("line_items[0].sku", "sku_length")}


def test_all_units_of_an_order_can_be_counted():
    lines = [item(n, quantity=2**31 - 1, current_quantity=1) for n in (1, 2)]
    assert refused(order(line_items=lines)) == {("line_items", "total_quantity")}


def test_a_draft_is_an_order_only_once_it_is_completed():
    draft = order(completed_at=None, status="open")
    assert refused(draft) == {("status", "draft_open")}
    assert translated(draft | {"completed_at": "2026-11-20T10:00:00Z", "order_id": 555}).checkout.source_id == "555"
