"""What comes by itself: money given back, and units that the shop has sent."""

import pytest
from msgspec.structs import replace
from tests.unit.intake.shopify.samples import SHOP, Json, as_bytes, fulfilment, order, refund, translated

from order_events import RefundLine
from order_intake.domain.shopify import (
    FulfilmentCame,
    FulfilmentLine,
    FulfilmentStatus,
    RefundCame,
    read_fulfilment,
    read_refund,
)


def refund_came(document: Json, shop=SHOP) -> RefundCame:
    result = read_refund(as_bytes(document), shop)
    assert isinstance(result, RefundCame), result
    return result


def fulfilment_came(document: Json) -> FulfilmentCame:
    result = read_fulfilment(as_bytes(document), SHOP)
    assert isinstance(result, FulfilmentCame), result
    return result


def paid_back(amount: str, currency: str | None = "KRW", **changes) -> Json:
    return {"kind": "refund", "status": "success", "amount": amount, "currency": currency, **changes}


def amount(*transactions: Json, currency: str | None = "KRW") -> tuple[int, str] | None:
    found = refund_came(refund(transactions=list(transactions)), replace(SHOP, currency=currency)).refund.amount
    return found and (found.amount, found.currency)


def test_a_refund_is_the_same_by_itself_and_in_its_order():
    came = refund_came(refund())
    assert came.source_id == "9001"
    assert (came.refund,) == translated(order(refunds=[refund()])).checkout.refunds
    assert refund_came({"refund": refund()}) == came


def test_only_what_had_not_been_sent_is_taken_off_the_order():
    lines = [
        {"line_item_id": 11, "quantity": 1, "restock_type": "cancel"},
        {"line_item_id": 11, "quantity": 2, "restock_type": "cancel"},
        {"line_item_id": 11, "quantity": 1, "restock_type": "return"},
        {"line_item_id": 12, "quantity": 1, "restock_type": "no_restock"},
        {"line_item_id": 13, "quantity": 0, "restock_type": "cancel"},
    ]
    came = refund_came(refund(refund_line_items=lines))
    assert came.refund.lines == (RefundLine(line_id="11", quantity=4), RefundLine(line_id="12", quantity=1))
    assert came.unsent == (RefundLine(line_id="11", quantity=3),)


def test_the_amount_is_what_has_really_gone_back():
    assert amount(paid_back("1000"), paid_back("500")) == (1500, "KRW")
    assert amount(paid_back("1000"), paid_back("9", status="pending"), paid_back("9", kind="void")) == (1000, "KRW")
    assert amount() is None
    assert amount(paid_back("1.50", "USD"), currency=None) == (150, "USD")


def test_an_amount_in_another_currency_is_the_shops_where_it_says_both_and_else_not_known():
    both = {"shop_money": {"amount": "2000", "currency_code": "KRW"}}
    assert amount(paid_back("1.50", "USD", amount_set=both)) == (2000, "KRW")
    assert amount(paid_back("1.50", "USD")) is None
    assert amount(paid_back("1.50", "USD"), paid_back("2000"), currency=None) is None


def test_an_amount_without_currency_is_in_that_of_its_order():
    (given_back,) = translated(order(refunds=[refund(transactions=[paid_back("700", None)])])).checkout.refunds
    assert given_back.amount.amount == 700
    assert amount(paid_back("700", None)) == (700, "KRW")
    assert amount(paid_back("7", None), currency="USD") == (700, "USD")
    for unknown in (None, "XYZ"):
        assert amount(paid_back("700", None), currency=unknown) is None


def test_a_fulfilment_is_the_same_by_itself_and_in_its_order():
    came = fulfilment_came(fulfilment())
    assert came.source_id == "9001"
    assert came.lines == (FulfilmentLine("11", 1),)
    assert came.updated_at.isoformat() == "2026-11-21T00:05:00+00:00"
    assert translated(order(fulfillments=[fulfilment()])).fulfilments == (came,)
    assert fulfilment_came({"fulfillment": fulfilment()}) == came


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("success", FulfilmentStatus.SUCCESS),
        ("CANCELLED", FulfilmentStatus.CANCELLED),
        (None, "other"),
        ("odd", "other"),
    ],
)
def test_a_fulfilment_says_what_became_of_it(said, status):
    assert fulfilment_came(fulfilment(status=said)).status == status


@pytest.mark.parametrize(("read", "document"), [(read_refund, refund()), (read_fulfilment, fulfilment())])
def test_what_names_no_order_is_refused(read, document):
    result = read(as_bytes({name: value for name, value in document.items() if name != "order_id"}), SHOP)
    assert isinstance(result, tuple)
    assert [(each.field, each.rule) for each in result] == [("order_id", "missing")]
