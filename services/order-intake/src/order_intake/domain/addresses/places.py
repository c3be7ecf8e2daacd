"""Where an address's own lines name its place: in full addresses written into one field. Pure.

Asked only where a field is missing; it never has to be quick, and it rather finds a place too many than one too few.
"""

import re
from collections.abc import Iterator

from order_intake.domain.addresses.address import Address
from order_intake.domain.addresses.countries import Country, cities_of
from order_intake.domain.addresses.korea import province_at_head
from order_intake.domain.addresses.provinces import key_of
from order_intake.domain.addresses.spelling import plain

_PARTS = re.compile(r"[,;\n，、·]+")
_DIGITS = re.compile(r"\d+")
_FROM_THE_LARGEST = frozenset({"CN", "JP", "KR", "TW"})  # their addresses begin with the province
_LONGEST_NAME = 12  # of a province in Chinese characters or Hangul


def province_in_lines(address: Address, country: Country) -> str | None:
    """The province that the city's field or the head of the first line names, in countries that write it first."""
    if country.code not in _FROM_THE_LARGEST:
        return None
    return (
        _at_head(country, address.address1)
        or province_named(address, country)
        or key_of(country.provinces, address.city)
        or _at_head(country, address.city)
    )


def _at_head(country: Country, text: str | None) -> str | None:
    """The longest name of a province that the text begins with."""
    line = (text or "").lstrip()
    if not line or line.isascii():
        return key_of(country.provinces, line.partition(" ")[0])
    if country.code == "KR":
        found = province_at_head(line)
        return found[0] if found else None
    heads = (line[:length] for length in range(min(_LONGEST_NAME, len(line)), 1, -1))
    return next((key for head in heads if (key := country.provinces.get(head))), None)


def province_named(address: Address, country: Country) -> str | None:
    """The province that a part behind a comma names: "742 Evergreen Terrace, Springfield, IL 62704"."""
    found = (key_of(country.provinces, name) for name in _names(address))
    return next((key for key in found if key), None)


def _parts(address: Address) -> list[str]:
    text = f"{address.address1 or ''}\n{address.address2 or ''}"
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def place_in_lines(address: Address, country: Country) -> bool:
    """Whether the lines hold a postcode of the country, or the name of a province or a city of it."""
    if country.postcode is None and not country.provinces:
        return len(_parts(address)) > 1  # there is no list to look a city up in
    return (
        postcode_in_lines(address, country) is not None
        or (province_in_lines(address, country) or province_named(address, country)) is not None
        or city_in_lines(address, country) is not None
    )


def postcode_in_lines(address: Address, country: Country) -> str | None:
    """A code anywhere but at the head, where five digits are a house number."""
    if country.postcode is None:
        return None
    found = country.postcode.printed.finditer(" ".join(_parts(address)).upper())
    return next((each[0] for each in found if each.start() > 0), None)


def city_in_lines(address: Address, country: Country) -> str | None:
    """A city of the country that the lines name as one; the library lists those of some countries."""
    cities = cities_of(country.code)
    return next((name for name in _names(address) if plain(name) in cities), None) if cities else None


def city_before_postcode(address: Address, country: Country) -> str | None:
    """The part before the one that holds the postcode or names the province, behind a street."""
    *before, last = _parts(address) or [""]
    is_place = postcode_in_lines(address, country) or key_of(country.provinces, _DIGITS.sub("", last))
    return before[-1] if is_place and len(before) > 1 else None


def _names(address: Address) -> Iterator[str]:
    """What may be a place: each part behind a comma; a word by itself where it says that it is a Korean city."""
    parts = _parts(address)
    yield from filter(None, (_DIGITS.sub("", part).strip() for part in parts[1:]))
    for word in " ".join(parts).split():
        if word.endswith(_KOREAN_CITIES) and len(word) > 1:
            yield word


_KOREAN_CITIES = ("시", "군", "구", "-si", "-gun", "-gu")
