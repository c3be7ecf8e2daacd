"""How a country's provinces are called: by key, name, Latin name and ISO 3166-2 code. Pure."""

import re
from collections.abc import Iterator, Mapping

from order_intake.domain.addresses.spelling import plain

# What a name may begin or end with and means the same without: місто Київ, Departamento de Paz, Tokyo-to, 東京都.
_KIND_OF_PROVINCE = re.compile(
    r"^(?:місто|город|departamento de|provincia de|estado de|county|co\.)\s+"
    r"|[\s-]+(?:prefecture|province|state|county|region|emirate|governorate|department|oblast|область|sheng|shi)$"
    r"|[\s-]+(?:to|fu|ken|do)$|(?<=..)[都府県縣省市]$",
    re.IGNORECASE,
)
Raw = Mapping[str, str]  # one entry of the library's data: lists joined by "~"


def names_of(country_code: str, entries: list[Raw]) -> dict[str, str]:
    """Every name of every province, as printed and plain, to its key; an entry per language of the country."""
    names: dict[str, str] = {}
    for entry in entries:
        for key, name in _named(country_code, entry):
            for spelling in (name, plain(name), plain(without_kind(name))):
                if spelling:
                    names.setdefault(spelling, key)
    return names


def _named(country_code: str, entry: Raw) -> Iterator[tuple[str, str]]:
    keys = entry["sub_keys"].split("~")
    for field in ("sub_keys", "sub_names", "sub_lnames", "sub_lfnames"):
        yield from zip(keys, entry.get(field, "").split("~"), strict=False)
    for key, code in zip(keys, entry.get("sub_isoids", "").split("~"), strict=False):
        if code:
            yield key, code
            yield key, f"{country_code}-{code}"


def postcodes_of(entry: Raw) -> dict[str, re.Pattern[str]]:
    """How the postcodes of each province begin."""
    begins = zip(entry["sub_keys"].split("~"), entry.get("sub_zips", "").split("~"), strict=False)
    return {key: re.compile(begin) for key, begin in begins if begin}


def without_kind(name: str) -> str:
    """A province's name without the word for what it is."""
    return _KIND_OF_PROVINCE.sub("", name.strip())


def key_of(names: Mapping[str, str], text: str | None) -> str | None:
    """The province a text names; as printed first, since that is what most senders write."""
    if not text:
        return None
    return names.get(text) or names.get(plain(text)) or names.get(plain(without_kind(text)))
