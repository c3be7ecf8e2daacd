"""A telephone number is checked, and never changed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from order_intake.domain.phones import check_phone
from sizes import size


def rules_of(text: str | None, country_code: str | None) -> list[str]:
    return [problem.rule for problem in check_phone(text, country_code)]


@pytest.mark.parametrize("prefix", ["0502", "0503", "0504", "0505", "0506", "0507", "0508", "0509"])
@pytest.mark.parametrize(
    "written",
    ["{0}-1234-5678", "{0}12345678", "{0} 1234 5678", "({0}) 1234.5678", "+82 {1}-1234-5678", "82{1}12345678"],
)
def test_a_korean_safe_number_is_right(prefix: str, written: str):
    assert rules_of(written.format(prefix, prefix[1:]), "KR") == []


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("010-1234-5678", "KR"), ("02-123-4567", "KR"), ("031 123 4567", "KR"), ("1588-1234", "KR"), ("070-1234-5678", "KR"),
        ("０１０－１２３４－５６７８", "KR"), ("+82 (0)10-1234-5678", "KR"), ("+82 10 1234 5678", "US"), ("(217) 555-0123", "US"),
        ("+1 217 555 0123 ext. 5", "US"), ("020 7946 0958", "GB"), ("+44 20 7946 0958", "KR"), ("(11) 91234-5678", "BR"), ("030 901820", "DE"),
        ("03-3211-1234", "JP"), (None, "KR"), ("", "KR"), ("  ", "KR"), ("010-1234-5678", "XX"), ("010-1234-5678", None),
    ],
)  # fmt: skip
def test_a_number_as_people_write_it_is_right(text: str | None, country: str | None):
    assert rules_of(text, country) == []


@pytest.mark.parametrize(
    ("text", "country", "rule"),
    [
        ("no phone", "US", "phone_unreadable"),
        ("010 1234 5678 / 02 123 4567", "KR", "phone_unreadable"),
        ("1" * 300, "US", "phone_unreadable"),
        ("12", "US", "phone_length"),
        ("010-1234-56789", "KR", "phone_unassigned"),
        ("+82 10 1234 567890123", "KR", "phone_length"),
        ("0507-1234-567890", "KR", "phone_unassigned"),
        ("(555) 010-1234", "US", "phone_unassigned"),
    ],
)
def test_what_is_no_number_is_warned_of(text: str, country: str, rule: str):
    assert rules_of(text, country) == [rule]


def test_a_problem_names_the_field_and_does_not_repeat_the_number():
    (problem,) = check_phone("555-0123-99", "US")
    assert problem.field == "phone"
    assert "555" not in problem.message


@settings(max_examples=size(200, 20_000), deadline=None)
@given(st.text(max_size=300), st.one_of(st.none(), st.text(max_size=3), st.sampled_from(["KR", "US", "DE", "GB"])))
def test_any_text_ends_as_an_answer(text: str, country: str | None):
    assert isinstance(check_phone(text, country), tuple)


@settings(max_examples=size(200, 20_000), deadline=None)
@given(st.text(alphabet="0123456789+-() ０１２x#", max_size=30), st.sampled_from(["KR", "US", "DE", "GB", "BR"]))
def test_any_digits_end_as_an_answer(text: str, country: str):
    assert len(check_phone(text, country)) <= 1
