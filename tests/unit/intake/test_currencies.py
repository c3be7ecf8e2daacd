"""Money as a shop writes it, by the decimals of its currency."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from order_events.types import MAX_AMOUNT
from order_intake.domain.currencies import DECIMALS, known_currency, minor_units
from sizes import size


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [
        ("199.00", "USD", 19900),
        ("0.29", "USD", 29),
        ("18000", "KRW", 18000),
        ("18000.00", "KRW", 18000),
        ("1500.0", "JPY", 1500),
        ("1.234", "KWD", 1234),
        ("1.2", "KWD", 1200),
        ("5", "EUR", 500),
        ("-3.50", "EUR", -350),
        ("0.0001", "CLF", 1),
        ("007.10", "USD", 710),
        ("-0.00", "USD", 0),
        ("92233720368547758.07", "USD", MAX_AMOUNT),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(written, currency, amount):
    assert minor_units(written, DECIMALS[currency]) == amount


@pytest.mark.parametrize(
    ("written", "currency", "rule"),
    [
        ("18000.50", "KRW", "decimals"),
        ("1.005", "USD", "decimals"),
        ("1.2345", "KWD", "decimals"),
        ("92233720368547758.08", "USD", "range"),
        *(
            (written, "USD", "money")
            for written in ("", " ", "1,000.00", "1e3", "+1", ".5", "5.", "0x1", "٣", "NaN", "1 ", "--1", "1" * 21)
        ),
    ],
)
def test_what_is_no_amount_of_its_currency_is_refused_and_not_rounded(written, currency, rule):
    with pytest.raises(PydanticCustomError) as refused:
        minor_units(written, DECIMALS[currency])
    assert refused.value.type == rule


@settings(max_examples=size(200, 10_000))
@given(st.integers(-MAX_AMOUNT, MAX_AMOUNT), st.sampled_from(sorted(DECIMALS)))
def test_every_amount_of_every_currency_is_read_as_it_was_written(amount, currency):
    written = f"{Decimal(amount).scaleb(-DECIMALS[currency]):f}"
    assert minor_units(written, DECIMALS[currency]) == amount


def test_a_currency_is_one_of_iso_4217():
    assert {code: DECIMALS[code] for code in ("KRW", "USD", "KWD", "CLF")} == {"KRW": 0, "USD": 2, "KWD": 3, "CLF": 4}
    for code in ("XYZ", "usd", "", "ABC", "XXX", "XTS"):
        with pytest.raises(PydanticCustomError):
            known_currency(code)


def test_each_currency_stands_once():
    assert all(len(code) == 3 and code.isupper() for code in DECIMALS)
    assert len(DECIMALS) > 150
