"""Only for what is held a reading is proposed, with what it still lacks."""

import pytest
from tests.unit.intake.addresses.addressed import address, held

from order_intake.domain.addresses import check, propose
from order_intake.domain.addresses.countries import Country, country_of


def test_a_whole_address_in_one_line_is_put_into_its_fields():
    proposal = propose(address("US", address1="-", address2="742 Evergreen Terrace, Springfield, IL 62704"))
    assert proposal is not None
    found = proposal.address
    assert (found.province_code, found.city, found.postal_code) == ("IL", "Springfield", "62704")
    assert found.address1 == "742 Evergreen Terrace, Springfield, IL 62704"
    assert proposal.lacks == ()


def test_a_korean_line_is_put_into_its_fields():
    proposal = propose(address("KR", address1="강원특별자치도 춘천시 중앙로 1 101동 1203호", postal_code="24265"))
    assert proposal is not None
    found = proposal.address
    assert (found.province_code, found.city, found.address1, found.address2) == (
        "강원도",
        "춘천시",
        "중앙로 1",
        "101동 1203호",
    )
    assert proposal.lacks == ()


@pytest.mark.parametrize(
    ("country", "fields", "lacks"),
    [
        ("US", {"city": "Springfield", "province_code": "IL", "postal_code": "62704"}, ("street_address",)),
        ("US", {"address1": "742 Evergreen Terrace"}, ("city", "country_area", "postal_code")),
        ("KR", {"address1": "테헤란로 152"}, ("city", "country_area", "postal_code")),
        ("DE", {}, ("city", "postal_code", "street_address")),
        ("KR", {"province": "세종", "address2": "101호", "postal_code": "30151"}, ()),
    ],
)  # fmt: skip
def test_what_is_still_missing_is_named(country: str, fields: dict[str, str], lacks: tuple[str, ...]):
    proposal = propose(address(country, **fields))
    assert proposal is not None
    assert proposal.lacks == lacks


def test_a_postcode_is_proposed_as_its_country_prints_it():
    proposal = propose(address("GB", city="London", postal_code="sw1a1aa"))
    assert proposal is not None
    assert proposal.address.postal_code == "SW1A 1AA"


def test_nothing_is_proposed_without_a_country():
    assert propose(address("XX", address1="742 Evergreen Terrace")) is None


@pytest.mark.parametrize("country", ["AU", "BR", "CA", "CN", "ES", "IE", "JP", "KR", "TW", "US"])
def test_every_province_can_be_proposed(country: str):
    """The library finds the entry of each key of our table in its own data."""
    for province in set(rules_of(country).provinces.values()):
        proposal = propose(address(country, province_code=province, city="x", address1="1"))
        assert proposal is not None
        assert "country_area" not in proposal.lacks


def rules_of(code: str) -> Country:
    country = country_of(code)
    assert country is not None
    return country


def test_what_is_proposed_keeps_recipient_and_telephone():
    given = address("US", address1="-", phone="+1 217 555 0123", company="Acme")
    proposal = propose(given)
    assert proposal is not None
    assert (proposal.address.name, proposal.address.company, proposal.address.phone) == (
        given.name,
        "Acme",
        given.phone,
    )
    assert held(check(given)) == ["street_missing", "place_missing"]
