"""What a line sells, under which SKU, and how it reaches the customer."""

import pytest
from msgspec.structs import replace
from tests.unit.intake.shopify.samples import SHOP, item, order, refused, translated

from order_events import CheckoutLine, DeliveryMethod, LineKind
from order_intake.domain.shops import Shop


def line_of(shop: Shop = SHOP, **changes) -> CheckoutLine:
    (line,) = translated(order(line_items=[item(**changes)]), shop).checkout.lines
    return line


def test_a_line_says_what_the_shop_says():
    line = line_of(duties=[{"harmonized_system_code": "691200", "country_code_of_origin": "KR"}])
    assert line.model_dump(mode="json", exclude_none=True) == {
        "line_id": "11",
        "sku": "MUG-BLUE",
        "title": "파란 머그컵 - 대",
        "quantity": 2,
        "price": {"amount": 18000, "currency": "KRW"},
        "weight_g": 340,
        "delivery_method": "shipping",
        "hs_code": "691200",
        "origin_country": "KR",
        "kind": "goods",
        "fulfilled_elsewhere": 0,
        "removed": 0,
    }


@pytest.mark.parametrize(
    ("marks", "kind", "method"),
    [
        ({}, LineKind.GOODS, DeliveryMethod.SHIPPING),
        ({"requires_shipping": None}, LineKind.GOODS, DeliveryMethod.SHIPPING),
        ({"requires_shipping": False}, LineKind.DIGITAL, DeliveryMethod.DIGITAL),
        ({"requires_shipping": False, "gift_card": True}, LineKind.GIFT_CARD, DeliveryMethod.DIGITAL),
        ({"gift_card": True}, LineKind.GOODS, DeliveryMethod.SHIPPING),  # one of plastic
        ({"requires_shipping": False, "tip_payment_gateway": "bogus"}, LineKind.TIP, DeliveryMethod.NONE),
        ({"requires_shipping": False, "tip": {"payment_method": "visa"}}, LineKind.TIP, DeliveryMethod.NONE),
        ({"title": "Tip", "name": "Tip"}, LineKind.GOODS, DeliveryMethod.SHIPPING),  # a word is no mark
    ],
)
def test_what_is_no_goods_is_told_by_the_shops_marks(marks, kind, method):
    line = line_of(**marks)
    assert (line.kind, line.delivery_method) == (kind, method)


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("mug-blue", {}),
        ("Insurance", {"product_type": " INSURANCE "}),
        ("파란 머그컵", {"sku": None}),
        ("파란 머그컵 - 대", {"sku": None}),
    ],
)
def test_the_merchants_own_word_on_a_line_comes_first(named, changes):
    line = line_of(replace(SHOP, kinds={named: LineKind.FEE}), gift_card=True, **changes)
    assert (line.kind, line.delivery_method) == (LineKind.FEE, DeliveryMethod.NONE)


def test_what_the_merchant_calls_goods_is_sent_though_the_shop_does_not_ship_it():
    line = line_of(replace(SHOP, kinds={"MUG-BLUE": LineKind.GOODS}), requires_shipping=False)
    assert (line.kind, line.delivery_method) == (LineKind.GOODS, DeliveryMethod.SHIPPING)


def test_the_sku_is_the_shops_or_its_variant_by_our_name_for_it():
    ours = replace(SHOP, skus={"MUG-BLUE": "M-1", "501": "M-2"})
    assert line_of().sku == "MUG-BLUE"
    assert line_of(sku=" mug-blue ").sku == "mug-blue"
    assert line_of(ours, sku=" ｍug-Blue ").sku == "M-1"
    assert line_of(sku="").sku == "501"
    assert line_of(ours, sku=None).sku == "M-2"


def test_a_line_of_goods_with_neither_sku_nor_variant_is_told_of():
    lines = [
        item(1, sku=" ", variant_id=None),
        item(2, sku=None, variant_id=None, product_id=None),
        item(3, sku=None, variant_id=None, requires_shipping=False),
        item(4),
    ]
    result = translated(order(line_items=lines))
    assert [line.sku for line in result.checkout.lines] == ["product/51", "unknown/2", "product/51", "MUG-BLUE"]
    assert result.unknown_sku_lines == ("1", "2")


def test_a_title_that_is_too_long_with_its_variant_stands_without_and_the_whole_is_kept():
    result = translated(order(line_items=[item(name="파란 머그컵 - " + "대" * 250)]))
    assert result.checkout.lines[0].title == "파란 머그컵"
    assert [(each.name, each.line_id) for each in result.checkout.wishes.properties[1:]] == [("name", "11")]
    assert refused(order(line_items=[item(title="대" * 256)])) == {("line_items[0].title", "string_too_long")}


def by(code: str | None, title: str | None = None, **changes):
    return {"id": 3, "code": code, "title": title or code, "source": "shopify", "price": "3000", **changes}


KNOWING = replace(SHOP, services={"parcel": "standard", "오늘 도착": "same_day"}, places={"홍대점": "hongdae"})


def test_a_service_is_ours_by_its_code_or_title_and_else_its_own_and_told_of():
    shipping = translated(order(shipping_lines=[by("PARCEL", "택배")]), KNOWING)
    assert (shipping.checkout.shipping.service, shipping.unknown_service) == ("standard", None)
    assert shipping.checkout.shipping.title == "택배"
    assert shipping.checkout.shipping.price.amount == 3000
    assert translated(order(shipping_lines=[by("x-9", "오늘 도착")]), KNOWING).checkout.shipping.service == "same_day"
    other = translated(order(shipping_lines=[by("Ground " * 12)]), KNOWING)
    assert len(other.checkout.shipping.service) == 64
    assert other.unknown_service == ("Ground " * 12).strip()


def test_an_order_without_a_way_of_delivery_is_shipped_as_usual():
    for nothing in ([], None, [by("PARCEL", is_removed=True)]):
        result = translated(order(shipping_lines=nothing), KNOWING)
        assert (result.checkout.shipping.service, result.unknown_service) == ("standard", None)
        assert result.checkout.lines[0].delivery_method is DeliveryMethod.SHIPPING


def test_goods_are_fetched_where_the_merchant_says_that_the_code_is_a_place():
    goods_and_card = [item(1), item(2, requires_shipping=False, gift_card=True)]
    fetched = order(shipping_lines=[by("홍대점", price="0")], shipping_address=None, line_items=goods_and_card)
    result = translated(fetched, KNOWING)
    assert [(line.delivery_method, line.pickup_location) for line in result.checkout.lines] == [
        (DeliveryMethod.PICKUP, "hongdae"),
        (DeliveryMethod.DIGITAL, None),
    ]
    assert (result.unknown_place, result.unknown_service, result.checkout.ship_to) == (None, None, None)
    unexplained = translated(fetched)
    assert unexplained.checkout.lines[0].delivery_method is DeliveryMethod.SHIPPING
    assert unexplained.unknown_service == "홍대점"


@pytest.mark.parametrize(
    ("category", "method"), [("pickup", "pickup"), ("local_delivery", "local"), ("standard", "shipping")]
)
def test_a_shop_that_says_how_it_delivers_is_believed(category, method):
    result = translated(order(shipping_lines=[by("Ilsan", delivery_category=category)]), KNOWING)
    assert result.checkout.lines[0].delivery_method == method
    assert result.unknown_place == ("Ilsan" if method == "pickup" else None)


def test_an_order_part_fetched_and_part_sent_is_told_of_and_no_way_is_lost():
    result = translated(order(shipping_lines=[by("PARCEL"), by("홍대점", "홍대점 픽업", price="1000")]), KNOWING)
    assert result.mixed_delivery
    assert result.checkout.lines[0].delivery_method is DeliveryMethod.SHIPPING
    assert result.checkout.shipping.price.amount == 4000
    assert [each.value for each in result.checkout.wishes.properties if each.name == "shipping_line"] == [
        "홍대점 픽업 / 홍대점"
    ]
    assert not translated(order(shipping_lines=[by("PARCEL"), by("x-9", "오늘 도착")]), KNOWING).mixed_delivery
