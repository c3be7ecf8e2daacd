"""The types accept only what PostgreSQL, JSON and a Kafka header can hold."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from order_events.types import (
    Amount,
    Code,
    Count,
    CountryCode,
    Currency,
    Id,
    Km,
    Latitude,
    Line,
    Money,
    Quantity,
    Sku,
    Text,
    Time,
)

TEXTS: dict[str, Any] = {"Code": Code, "Sku": Sku, "Line": Line, "Text": Text}
WORDS: dict[str, Any] = {**TEXTS, "Id": Id, "Currency": Currency, "CountryCode": CountryCode}


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_json(json.dumps(value))


def refused(kind: Any, value: object) -> bool:
    try:
        read(kind, value)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("kind", WORDS.values(), ids=WORDS)
def test_no_text_holds_the_character_nul(kind: Any) -> None:
    assert refused(kind, "\x00")
    assert refused(kind, "a\x00b")


@pytest.mark.parametrize("kind", WORDS.values(), ids=WORDS)
def test_no_text_holds_half_of_a_surrogate_pair(kind: Any) -> None:
    assert refused(kind, "a\ud800")
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python("a\ud800")


@pytest.mark.parametrize(("kind", "longest"), [(Id, 128), (Code, 64), (Sku, 128), (Line, 255), (Text, 5000)])
def test_a_text_ends_where_its_type_says(kind: Any, longest: int) -> None:
    assert read(kind, "x" * longest) == "x" * longest
    assert refused(kind, "x" * (longest + 1))


@pytest.mark.parametrize(("kind", "longest"), [(Code, 64), (Sku, 128), (Line, 255), (Text, 5000)])
def test_length_is_counted_in_characters_not_bytes(kind: Any, longest: int) -> None:
    assert read(kind, "배" * longest) == "배" * longest


@pytest.mark.parametrize("value", ["", " ", "a b", "a\n", "\ta", "é", "배송", "a\x7f", 7, None])
def test_an_id_is_printable_ascii_without_spaces(value: object) -> None:
    assert refused(Id, value)
    assert read(Id, "[!-~]|#1001-F1") == "[!-~]|#1001-F1"


@pytest.mark.parametrize("value", ["krw", "KR", "KRWX", "KRW\n", "ＫＲＷ"])
def test_a_currency_is_three_capital_letters(value: str) -> None:
    assert refused(Currency, value)


@pytest.mark.parametrize("kind", [Count, Quantity, Amount])
def test_a_number_of_25_digits_is_refused(kind: Any) -> None:
    assert refused(kind, 10**24)
    assert refused(kind, -(10**24))
    assert refused(kind, 10**4000)


def test_counts_fit_an_integer_and_amounts_a_bigint() -> None:
    assert [read(Count, n) for n in (0, 2**31 - 1)] == [0, 2**31 - 1]
    assert refused(Count, 2**31)
    assert refused(Count, -1)
    assert refused(Quantity, 0)
    assert [read(Amount, n) for n in (2**63 - 1, 1 - 2**63)] == [2**63 - 1, 1 - 2**63]
    assert refused(Amount, 2**63)
    assert refused(Money, {"amount": 1.5, "currency": "KRW"})


@pytest.mark.parametrize("kind", [Latitude, Km])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_measure_is_a_number(kind: Any, value: float) -> None:
    assert refused(kind, value)


@pytest.mark.parametrize(
    "value",
    [
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2200-01-01T00:00:00Z",
        "2199-12-31T23:59:59-00:01",
        "0001-01-01T00:00:00+12:00",
        "9999-12-31T23:59:59-12:00",
        "2026-11-23T09:14:05",
        "2026-02-30T09:14:05Z",
        "yesterday",
        10**24,
    ],
)
def test_a_time_has_an_offset_and_lies_between_1970_and_2199(value: object) -> None:
    assert refused(Time, value)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("2026-11-23T09:14:05+09:00", "2026-11-23T00:14:05Z"),
        ("1969-12-31T23:00:00-01:00", "1970-01-01T00:00:00Z"),
        ("2199-12-31T23:59:59.999999Z", "2199-12-31T23:59:59.999999Z"),
    ],
)
def test_a_time_is_kept_in_utc_to_the_microsecond(said: str, kept: str) -> None:
    adapter = TypeAdapter[Any](Time)
    assert adapter.dump_json(read(Time, said)) == json.dumps(kept).encode()
