"""OpenCage's address cases of half the countries: held are only those that name a town or a region and no street in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.intake.addresses.addressed import held, shared

from order_intake.domain.addresses import Address, check

CASES = shared("addresses", "testcases")
pytestmark = pytest.mark.skipif(CASES is None, reason="the address cases are not beside the repository")

STREETS = ("road", "pedestrian", "path", "street", "residential", "road_reference")
CITIES = (
    "city", "town", "village", "hamlet", "municipality", "locality", "city_district", "suburb", "county", "island",
    "local_administrative_area",
)  # fmt: skip
QUARTERS = ("suburb", "neighbourhood", "city_district", "district")
NO_BUILDING = {
    *STREETS, *CITIES, *QUARTERS, "house_number", "country", "country_code", "state", "state_code", "county_code",
    "state_district", "region", "province", "continent", "postcode", "archipelago",
}  # fmt: skip

# Each is a town, a district or a region as a whole, without any street, building or quarter in it.
JUSTLY_HELD = {
    ("at", "Politischer Bezirk Schärding"): ["street_missing"],  # a community, Riedau
    ("ca", "London"): ["street_missing"],
    ("ca", "Springfield"): ["street_missing"],  # a county of Manitoba
    ("ca", None): ["street_missing", "place_missing"],  # Greater Edmonton, a region
    ("es", "Barcelona"): ["street_missing"],
    ("es", "San Sebastián"): ["street_missing"],
    ("es", "Costa del Sol Occidental"): ["street_missing"],
    ("hu", "Makó"): ["street_missing"],
    ("ie", "Kilkenny"): ["street_missing"],
    ("ir", "Tehran"): ["street_missing"],
    ("tc", "Bambarra"): ["street_missing"],  # a hamlet
    (None, "Null Island"): ["country_unknown"],  # 0, 0
}


def test_what_is_held_of_the_cases_of_half_the_countries_is_held_justly():
    found = {(a.country_code, a.city): held(check(a)) for a in map(address_of, cases()) if held(check(a))}
    assert found == JUSTLY_HELD


def test_nearly_all_cases_were_read():
    assert sum(1 for _ in cases()) > 180


def cases() -> Iterator[dict[str, str]]:
    """The parts of each case."""
    assert CASES is not None
    for path in sorted(Path(CASES).glob("*/*.yaml")):
        for case in yaml.safe_load_all(path.read_text()):
            if case:
                yield _texts(case["components"])


def _texts(components: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in components.items()}


def address_of(parts: dict[str, str]) -> Address:
    """The fields a customer would have filled in: street, else building, else quarter."""
    road = _first(parts, STREETS)
    building = next((value for name, value in parts.items() if name not in NO_BUILDING), None)
    street = f"{road} {parts.get('house_number', '')}".strip() if road else building
    return Address(
        country_code=parts.get("country_code"),
        province_code=parts.get("state_code"),
        province=parts.get("state") or parts.get("province"),
        city=_first(parts, CITIES),
        address1=street or _first(parts, QUARTERS[:2]),
        address2=building if road else None,
        postal_code=parts.get("postcode"),
        name="Ana Silva",
    )


def _first(parts: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((parts[name] for name in names if name in parts), None)
