"""The check of an address: it warns, and holds only what no carrier could deliver. Pure."""

import re

from msgspec import Struct

from order_events import Problem
from order_intake.domain.addresses import postcodes
from order_intake.domain.addresses.address import Address, AddressClass, Finding
from order_intake.domain.addresses.countries import Country, country_of
from order_intake.domain.addresses.islands import ISLAND_PROVINCES, is_on_island
from order_intake.domain.addresses.korea import is_a_city
from order_intake.domain.addresses.marks import class_of
from order_intake.domain.addresses.places import place_in_lines, province_in_lines
from order_intake.domain.addresses.provinces import key_of
from order_intake.domain.addresses.rules import RULES
from order_intake.domain.addresses.spelling import says_something

_has_digit = re.compile(r"\d").search
_says_no_number = re.compile(r"\b(?:s\s?/?\s?n|snc)\b", re.IGNORECASE).search  # sem número, sin número, senza numero
_is_armed_forces_zip = re.compile("09|340|96[2-6]").match
_ARMED_FORCES = frozenset({"AA", "AE", "AP"})
_POSTS = frozenset({"APO", "FPO", "DPO"})
_LONGER_THAN_A_POST = 6  # three letters, and the spaces around them
_NONE: frozenset[str] = frozenset()


class _Known(Struct, frozen=True, gc=False):
    """What could be read of an address: the postcode's letters and digits, the province's key, the words' class."""

    country: Country
    postcode: str | None
    province: str | None
    kind: AddressClass | None
    city: bool
    street: bool


def check(address: Address) -> Finding:
    """What is wrong with an address and what kind of place it is; any text in any field ends as a finding."""
    country = country_of(address.country_code)
    if country is None:
        kind = _words(address, "") or AddressClass.STREET
        return Finding(kind, island=False, undeliverable=(RULES["country_unknown"],))
    known = _known(address, country)
    island = _on_island(known)
    kind = known.kind or (AddressClass.ISLAND if island else AddressClass.STREET)
    held = _held(address, known)
    return Finding(kind, island, held, _warnings(address, known, held))


def _known(address: Address, country: Country) -> _Known:
    text = address.postal_code
    code = postcodes.read(text, country.postcode) if text and country.postcode else None
    province = _province(address, country)
    return _Known(
        country,
        code,
        province,
        _military(address, country, code, province) or _words(address, country.code),
        says_something(address.city) or says_something(address.district),
        says_something(address.address1) or says_something(address.address2),
    )


def _province(address: Address, country: Country) -> str | None:
    names = country.provinces
    if not names:
        return None
    return (
        key_of(names, address.province_code)
        or key_of(names, address.province)
        or province_in_lines(address, country)
    )  # fmt: skip


def _words(address: Address, country_code: str) -> AddressClass | None:
    lines = f"{address.address1 or ''}\n{address.address2 or ''}\n{address.company or ''}\n{address.city or ''}"
    return class_of(country_code, lines)


def _military(address: Address, country: Country, code: str | None, province: str | None) -> AddressClass | None:
    """A post of the United States' forces, by ZIP code, state or city; whatever country was chosen beside it."""
    american = country.code == "US" and (
        province in _ARMED_FORCES or (code is not None and _is_armed_forces_zip(code) is not None)
    )
    return AddressClass.MILITARY if american or _is_post(address.city) else None


def _is_post(city: str | None) -> bool:
    return city is not None and len(city) < _LONGER_THAN_A_POST and city.strip().upper() in _POSTS


def _on_island(known: _Known) -> bool:
    country = known.country
    if country.territory:
        return True
    if known.postcode is not None:
        return is_on_island(country.code, known.postcode)
    return known.province in ISLAND_PROVINCES.get(country.code, _NONE)


def _held(address: Address, known: _Known) -> tuple[Problem, ...]:
    """What no carrier could deliver; nearly all addresses have a street and a city, and are done here."""
    if known.street and known.city:
        return ()
    held = []
    if not known.street and not _needs_no_street(address, known):
        held.append(RULES["street_missing"])
    if not known.city and not _place_is_known(address, known):
        held.append(RULES["place_missing"])
    return tuple(held)


def _needs_no_street(address: Address, known: _Known) -> bool:
    """A code that is one door, a land without streets, a box or locker named elsewhere, a CEDEX with its company."""
    country = known.country
    return (
        not country.needs_street
        or (country.postcode_is_door and known.postcode is not None)
        or known.kind in (AddressClass.PO_BOX, AddressClass.LOCKER)
        or ("CEDEX" in (address.city or "").upper() and says_something(address.company))
    )


def _place_is_known(address: Address, known: _Known) -> bool:
    country, province = known.country, known.province
    return (
        country.one_place
        or known.postcode is not None
        or (province is not None and (country.province_is_place or is_a_city(province)))
        or place_in_lines(address, country)
    )


def _warnings(address: Address, known: _Known, held: tuple[Problem, ...]) -> tuple[Problem, ...]:
    rules = (
        None if known.city else _city_rule(known, held),
        _postcode_rule(address, known),
        None if known.province else _province_rule(address, known.country),
        _number_rule(address, known) if known.country.numbered else None,
        None if says_something(address.name) or says_something(address.company) else "recipient_missing",
        "military_country" if _is_post(address.city) and known.country.code != "US" else None,
    )
    return tuple([RULES[rule] for rule in rules if rule])


def _city_rule(known: _Known, held: tuple[Problem, ...]) -> str | None:
    if RULES["place_missing"] in held or is_a_city(known.province):
        return None
    return "city_missing" if known.country.needs_city else None


def _postcode_rule(address: Address, known: _Known) -> str | None:
    country, code = known.country, known.postcode
    if code is not None:
        begins = country.province_postcodes.get(known.province) if known.province else None
        return "postal_code_province" if begins is not None and begins.match(code) is None else None
    if country.postcode is None:
        return None
    if says_something(address.postal_code):
        return "postal_code_format"
    return "postal_code_missing" if country.needs_postcode else None


def _province_rule(address: Address, country: Country) -> str | None:
    if not country.provinces:
        return None
    if says_something(address.province_code) or says_something(address.province):
        return "province_unknown"
    return "province_missing" if country.needs_province else None


def _number_rule(address: Address, known: _Known) -> str | None:
    if known.kind is not None or not known.street:
        return None
    if _has_digit(address.address1 or "") or _has_digit(address.address2 or ""):
        return None
    return None if _says_no_number(f"{address.address1} {address.address2}") else "house_number_missing"
