"""What an order says of itself, its customer, its address and its money."""

import pytest
from msgspec.structs import replace
from tests.unit.intake.shopify.samples import SHOP, Json, address, as_bytes, item, order, refund, refused, translated

from order_events import CancelReason, Checkout, PaymentStatus, RiskLevel
from order_intake.domain.shopify import read_order
from order_intake.domain.shops import Shop


def checkout(**changes) -> Checkout:
    return translated(order(**changes)).checkout


def upstream(result: Checkout) -> dict[str, str]:
    assert result.upstream
    return {each.name: each.value for each in result.upstream.ids}


def test_an_order_is_known_by_its_shop_and_its_id():
    result = checkout()
    assert (result.shop, result.source, result.source_id, result.channel) == ("seoul-craft", "shopify", "9001", "web")
    assert checkout(id="9001") == result


def test_its_several_names_and_the_time_as_it_was_written_stand_beside_ours():
    result = checkout(
        confirmation_number="UEL2XH9LG", checkout_id=901414060, checkout_token="t", cart_token="c", token="k"
    )
    assert result.upstream.name == "#1042"
    assert result.upstream.placed_at == "2026-11-20T18:29:58+09:00"
    assert result.placed_at.isoformat() == "2026-11-20T09:29:58+00:00"
    assert result.updated_at.isoformat() == "2026-11-20T09:30:05+00:00"
    assert upstream(result) == {
        "order_number": "1042",
        "confirmation_number": "UEL2XH9LG",
        "admin_graphql_api_id": "gid://shopify/Order/9001",
        "checkout_id": "901414060",
        "source_name": "web",
    }


def test_times_that_are_not_given_are_those_of_its_making():
    result = checkout(updated_at=None, processed_at=None)
    assert result.updated_at == result.placed_at
    assert result.upstream.placed_at == "2026-11-20T18:30:00+09:00"
    assert refused(order(without=("created_at",))) == {("created_at", "missing")}
    assert refused(order(created_at="2026-11-20T18:30:00")) == {("created_at", "timezone_aware")}


def test_a_source_that_is_no_code_is_kept_beside():
    result = checkout(source_name="모바일")
    assert (result.channel, upstream(result)["source_name"]) == ("web", "모바일")
    assert checkout(source_name="Point of Sale").channel == "Point_of_Sale"


def test_tags_are_one_text_or_a_list():
    assert checkout(tags="gift,  vip,,").tags == ("gift", "vip")
    assert checkout(tags=["gift", "vip"]).tags == ("gift", "vip")
    assert checkout(tags=None).tags == ()


@pytest.mark.parametrize(
    ("said", "locale"), [("en", "en"), ("zh-TW", "zh-TW"), (None, "ko-KR"), ("한국어", "ko-KR"), ("e" * 40, "ko-KR")]
)
def test_the_language_is_the_customers_or_else_the_shops(said, locale):
    assert checkout(customer_locale=said).locale == locale


def test_the_customer_is_who_the_order_names():
    customer = checkout(phone="+82 10-1234-5678").customer
    assert customer.model_dump() == {
        "id": "77",
        "name": "Mina Kim",
        "email": "mina@example.test",
        "phone": "+82 10-1234-5678",
    }
    guest = checkout(customer=None, email=None, contact_email="guest@example.test").customer
    assert guest.model_dump() == {"id": None, "name": "김민아", "email": "guest@example.test", "phone": None}


def test_an_email_that_is_none_and_a_name_too_long_are_kept():
    result = checkout(email="mina at example", customer={"first_name": "미" * 200, "last_name": "나" * 200})
    assert (result.customer.email, result.customer.name) == (None, None)
    assert [each.name for each in result.wishes.properties if each.name != "Gift message"] == ["customer.name", "email"]


def test_the_address_is_where_it_goes_and_what_stands_on_the_label():
    result = checkout()
    assert result.destination.model_dump(exclude_none=True) == {
        "country_code": "KR",
        "province_code": "KR-11",
        "postal_code": "04524",
        "latitude": 37.5663,
        "longitude": 126.9779,
    }
    assert result.ship_to.model_dump(exclude_none=True) == {
        "name": "김민아",
        "address1": "세종대로 110",
        "address2": "3층",
        "city": "중구",
        "phone": "010-1234-5678",
    }


def test_a_label_has_the_name_that_there_is():
    def name(**changes: object) -> str:
        return checkout(shipping_address=address(**changes)).ship_to.name

    assert name(name=None) == "민아 김"
    assert name(name=None, first_name=None, last_name="", company="공방") == "공방"
    assert name(name=None, first_name=None, last_name=None) == "Mina Kim"


def test_a_province_without_code_is_its_name():
    assert checkout(shipping_address=address(province_code=None)).destination.province_code == "서울특별시"


def test_an_order_without_an_address_is_taken_and_nobody_guesses_one():
    result = translated(order(shipping_address=None, billing_address=address()))
    assert result.checkout.ship_to is None
    assert (result.checkout.destination.country_code, result.unknown_country) == ("ZZ", True)
    assert translated(order(without=("shipping_address",))) == translated(order(shipping_address=None))


@pytest.mark.parametrize("code", [None, "", "KOR", "한국", "K1"])
def test_a_country_without_code_is_not_known_and_its_name_is_kept(code):
    result = translated(order(shipping_address=address(country_code=code)))
    assert result.unknown_country
    assert ("country", "South Korea") in {(each.name, each.value) for each in result.checkout.wishes.properties}
    assert not translated(order(shipping_address=address(country_code="kr"))).unknown_country


def in_currency(currency: str, price: str, **changes) -> Json:
    shipping = [{"title": "택배", "code": "PARCEL", "price": price}]
    amounts = {"total_price": price, "current_total_price": price, "total_outstanding": "0"}
    return order(currency=currency, line_items=[item(price=price)], shipping_lines=shipping, **{**amounts, **changes})


@pytest.mark.parametrize(
    ("currency", "price", "amount"),
    [
        ("KRW", "18000", 18000),
        ("JPY", "1500.00", 1500),
        ("USD", "19.99", 1999),
        ("KWD", "1.250", 1250),
        ("CLF", "0.0001", 1),
    ],
)
def test_all_money_has_the_decimals_of_the_orders_currency(currency, price, amount):
    result = translated(in_currency(currency, price)).checkout
    moneys = (result.lines[0].price, result.shipping.price, result.payment.total, result.payment.paid)
    assert {(money.amount, money.currency) for money in moneys} == {(amount, currency)}


def test_money_keeps_every_digit_also_as_a_number():
    raw = as_bytes(in_currency("KWD", "1")).replace(b'"price": "1"', b'"price": 9007199254740.993')
    result = read_order(raw, SHOP)
    assert result.checkout.lines[0].price.amount == 9007199254740993


def test_what_the_customer_saw_in_another_currency_is_not_the_orders_money():
    shown = {
        "shop_money": {"amount": "18000", "currency_code": "KRW"},
        "presentment_money": {"amount": "12.99", "currency_code": "USD"},
    }
    result = checkout(presentment_currency="USD", line_items=[item(price_set=shown)])
    assert (result.currency, result.lines[0].price.amount) == ("KRW", 18000)


@pytest.mark.parametrize("currency", ["XYZ", "krw", "", None, 410])
def test_an_unknown_currency_is_the_one_thing_to_mend(currency):
    assert {field for field, _ in refused(order(currency=currency))} == {"currency"}


@pytest.mark.parametrize(
    ("said", "outstanding", "status", "paid"),
    [
        ("paid", "0", "paid", 39000),
        ("paid", "39000", "paid", 39000),
        ("partially_refunded", "0", "partially_refunded", 39000),
        ("pending", "39000", "pending", 0),
        ("authorized", None, "authorized", 0),
        ("partially_paid", "9000", "partially_paid", 30000),
        ("partially_paid", None, "partially_paid", None),
        ("voided", None, "voided", 0),
        ("expired", "39000", "expired", 0),
        (None, None, "pending", 0),
        ("on_the_house", "0", "pending", 39000),
    ],
)
def test_what_is_paid_is_told_by_the_shops_word(said, outstanding, status, paid):
    payment = checkout(financial_status=said, total_outstanding=outstanding).payment
    assert (payment.status, payment.paid and payment.paid.amount) == (PaymentStatus(status), paid)
    assert payment.total.amount == 39000


def test_a_word_for_payment_that_nobody_knows_is_kept_and_waits():
    assert upstream(checkout(financial_status="on_the_house"))["financial_status"] == "on_the_house"
    assert "financial_status" not in upstream(checkout())


def test_what_is_outstanding_is_so_of_the_price_after_edits():
    amounts = {"total_price": "39000", "current_total_price": "59000", "total_outstanding": "20000"}
    payment = checkout(financial_status="partially_paid", **amounts).payment
    assert (payment.total.amount, payment.paid.amount) == (39000, 39000)


def test_the_method_is_the_first_way_of_payment():
    assert checkout().payment.method == "toss"
    several = checkout(payment_gateway_names=["", "gift_card", "toss"])
    assert several.payment.method == "gift_card"
    assert upstream(several)["payment_gateway_names"] == "gift_card, toss"
    assert checkout(payment_gateway_names=[]).payment.method is None
    long = checkout(payment_gateway_names=["g" * 300])
    assert long.payment.method == "g" * 64
    assert "".join(each.value for each in long.upstream.ids if each.name == "payment_gateway_names") == "g" * 300


def test_a_cancelled_order_says_when_and_why():
    assert checkout(cancel_reason="fraud").cancelled is None
    known = checkout(cancelled_at="2026-11-22T10:00:00+09:00", cancel_reason="fraud").cancelled
    assert (known.at.isoformat(), known.reason, known.note) == ("2026-11-22T01:00:00+00:00", CancelReason.FRAUD, None)
    other = checkout(cancelled_at="2026-11-22T10:00:00+09:00", cancel_reason="weather").cancelled
    assert (other.reason, other.note) == (CancelReason.OTHER, "weather")


def test_refunds_stand_in_the_order():
    (given_back,) = checkout(refunds=[refund()]).refunds
    assert given_back.model_dump(mode="json") == {
        "refund_id": "41",
        "at": "2026-11-22T00:00:01Z",
        "amount": {"amount": 18000, "currency": "KRW"},
        "lines": [{"line_id": "11", "quantity": 1}],
        "note": "말씀하신 대로",
    }


@pytest.mark.parametrize(
    ("said", "risk"), [("HIGH", RiskLevel.HIGH), ("low", RiskLevel.LOW), ("odd", None), (None, None)]
)
def test_a_risk_is_told_where_the_shop_tells_it(said, risk):
    result = checkout(risk_level=said)
    assert result.risk is risk
    assert upstream(result).get("risk_level") == (said if said == "odd" else None)


def test_a_test_order_is_one():
    assert checkout(test=True).test
    assert not checkout(test=None).test


def test_an_alias_that_is_changed_is_read_anew():
    first = Shop(shop="a", skus={"MUG-BLUE": "M-1"})
    for shop, sku in ((first, "M-1"), (replace(first, skus={}), "MUG-BLUE"), (first, "M-1")):
        assert translated(order(), shop).checkout.lines[0].sku == sku
