"""Whether a phone number is one. It is only said: a number is kept and printed as it was given. Pure."""

import re
from unicodedata import normalize

import phonenumbers
from phonenumbers import NumberParseException

from order_events import Problem
from order_intake.domain.problems import problem

_LONGEST = 64  # no number with its extension comes near it
# A Korean safe number, 0502 to 0509 and eight digits, stands for the customer's own while the parcel is under way. Each
# carrier adds prefixes of its own, and the library learns of them later: so they are right by shape.
_is_safe_number = re.compile(r"(?:0|(?:\+|00)?820?)50[2-9]\d{8}").fullmatch
_SIGNS = re.compile(r"[\s().\-]+")

UNREADABLE = problem("phone", "phone_unreadable", "is not one phone number")
TOO_SHORT_OR_LONG = problem("phone", "phone_length", "has too few or too many digits for its country")
UNASSIGNED = problem("phone", "phone_unassigned", "has a prefix that its country has not given out")


def check_phone(text: str | None, country_code: str | None) -> tuple[Problem, ...]:
    """What is wrong with a phone number as it would be dialled in a country; nothing where none is given."""
    if not text or text.isspace():
        return ()
    if len(text) > _LONGEST:
        return (UNREADABLE,)
    digits = _SIGNS.sub("", normalize("NFKC", text))
    if country_code == "KR" and _is_safe_number(digits):
        return ()
    found = _read(text, country_code)
    return (found,) if found else ()


def _read(text: str, country_code: str | None) -> Problem | None:
    try:
        number = phonenumbers.parse(text, country_code)
    except NumberParseException as refused:
        return None if refused.error_type == NumberParseException.INVALID_COUNTRY_CODE else UNREADABLE
    if not phonenumbers.is_possible_number(number):
        return TOO_SHORT_OR_LONG
    return None if phonenumbers.is_valid_number(number) else UNASSIGNED
