"""Only what no carrier could deliver holds an order; everything else is a warning."""

import pytest
from tests.unit.intake.addresses.addressed import address, held, held_of, warned_of

from order_intake.domain.addresses import check
from order_intake.domain.addresses.countries import Country, country_of
from order_intake.domain.addresses.provinces import key_of

WHOLE = {
    "province_code": "IL",
    "city": "Springfield",
    "address1": "742 Evergreen Terrace",
    "postal_code": "62704",
}


def test_a_whole_address_is_neither_held_nor_warned_of():
    finding = check(address("US", **WHOLE))
    assert (finding.undeliverable, finding.warnings, finding.kind, finding.island) == ((), (), "street", False)


@pytest.mark.parametrize("code", [None, "", "XX", "ZZ", "USA", "U", "1A", "한국", "US/../all"])
def test_an_unknown_country_holds(code: str | None):
    assert held_of(code, **WHOLE) == ["country_unknown"]


@pytest.mark.parametrize("code", ["us", " US ", "UK", "EL", "XK", "gb"])
def test_a_country_in_small_letters_or_by_the_code_people_use_is_known(code: str):
    assert held_of(code, **WHOLE) == []


def test_an_address_without_a_street_is_held():
    assert held_of("US", **{**WHOLE, "address1": None}) == ["street_missing"]


@pytest.mark.parametrize("nothing", ["", "   ", "-", ".", "n/a", "N/A.", "none", "NULL", "없음", "なし", "***", "🏠"])
def test_what_says_nothing_is_no_street(nothing: str):
    assert held_of("US", **{**WHOLE, "address1": nothing, "address2": nothing}) == ["street_missing"]


def test_the_street_may_stand_in_the_second_line():
    assert held_of("US", **{**WHOLE, "address1": "-", "address2": "742 Evergreen Terrace"}) == []


def test_a_street_without_a_number_is_only_warned_of_and_only_where_houses_have_numbers():
    assert (
        held_of("US", **{**WHOLE, "address1": "Evergreen Terrace"}),
        warned_of("US", **{**WHOLE, "address1": "Evergreen Terrace"}),
    ) == ([], ["house_number_missing"])
    assert warned_of("GB", address1="Rose Cottage, The Street", city="Hartest", postal_code="IP29 4DH") == []


def test_a_house_without_a_number_says_so_in_its_own_language():
    assert (
        warned_of("BR", address1="Rua das Flores, s/n", city="Acrelândia", province_code="AC", postal_code="69945000")
        == []
    )


def test_a_city_or_a_postcode_is_enough_to_know_the_place():
    assert held_of("US", address1="742 Evergreen Terrace", city="Springfield") == []
    assert held_of("US", address1="742 Evergreen Terrace", postal_code="62704") == []


def test_neither_city_nor_postcode_holds():
    assert held_of("US", address1="742 Evergreen Terrace", province_code="IL") == ["place_missing"]
    assert held_of("BR", address1="Rua das Flores, 10", province_code="SP") == ["place_missing"]


def test_a_postcode_that_is_none_names_no_place():
    assert held_of("DE", address1="Hauptstraße 1", postal_code="unbekannt") == ["place_missing"]
    assert held_of("DE", address1="Hauptstraße 1", city="Bonn", postal_code="unbekannt!") == []


def test_what_holds_for_the_place_is_not_said_again_as_a_warning():
    assert "city_missing" not in warned_of("US", address1="742 Evergreen Terrace")
    assert "city_missing" in warned_of("US", address1="742 Evergreen Terrace", postal_code="62704")


@pytest.mark.parametrize(
    ("country", "line"),
    [
        ("US", "742 Evergreen Terrace, Springfield, IL 62704"),
        ("US", "742 Evergreen Terrace Springfield 62704"),
        ("US", "742 Evergreen Terrace, Springfield, Illinois"),
        ("DE", "Hauptstraße 1, 53113 Bonn"),
        ("GB", "10 Downing Street London SW1A 2AA"),
        ("BR", "Rua das Flores 10, São Paulo"),
        ("AE", "Villa 5, Street 10, Jumeirah, Dubai"),
        ("JP", "東京都千代田区丸の内1-1"),
        ("CN", "广东省深圳市南山区科技园1号"),
        ("TW", "台北市信義區信義路五段7號"),
        ("QA", "Building 12, Street 820, Doha"),
    ],
)  # fmt: skip
def test_a_whole_address_in_one_line_is_not_held(country: str, line: str):
    assert held_of(country, address1=line) == []


@pytest.mark.parametrize("line", ["12345 Main St", "5 Main St, Apt B", "Delaware Ave 5", "Hauptstraße 1"])
def test_a_house_number_or_a_flat_is_no_place(line: str):
    assert held_of("US", address1=line) == ["place_missing"]


@pytest.mark.parametrize("country", ["SG", "HK", "MC", "VA", "GI", "MO", "FK"])
def test_where_the_country_is_one_place_no_city_is_needed(country: str):
    assert held_of(country, address1="1 Main Street") == []


def test_a_province_is_the_place_where_people_name_no_city():
    assert held_of("JP", address1="千代田区丸の内1-1", province_code="JP-13") == []
    assert held_of("AE", address1="Villa 5, Jumeirah Street", province="Dubai") == []
    assert held_of("BR", address1="Rua das Flores, 10", province="Acre") == ["place_missing"]


def test_a_code_that_is_one_door_needs_no_street():
    assert held_of("IE", postal_code="D02 X285") == []
    assert held_of("SG", postal_code="546080") == []
    assert held_of("IE", city="Kilkenny") == ["street_missing"]


def test_a_settlement_without_streets_needs_none():
    assert held_of("PN", city="Adamstown", postal_code="PCRN 1ZZ") == []


def test_a_company_with_a_cedex_needs_no_street():
    assert held_of("FR", company="EDF", city="PARIS CEDEX 08", postal_code="75382") == []
    assert held_of("FR", city="PARIS CEDEX 08", postal_code="75382") == ["street_missing"]


def test_a_box_or_a_locker_named_as_the_company_is_a_street():
    assert held_of("DE", company="Packstation 123", city="Bonn", postal_code="53113") == []


def test_an_address_can_lack_both():
    assert held(check(address("DE"))) == ["street_missing", "place_missing"]


def test_a_code_that_is_no_province_leaves_the_word_to_the_name():
    assert warned_of("US", **{**WHOLE, "province_code": "ILL", "province": "Illinois"}) == []
    assert warned_of("US", **{**WHOLE, "province_code": "ILL"}) == ["province_unknown"]


@pytest.mark.parametrize(
    ("country", "names"),
    [
        ("US", "IL il Illinois ILLINOIS US-IL"),
        ("JP", "東京都 東京 Tokyo Tokyo-to JP-13 13"),
        ("CN", "广东省 广东 Guangdong Guangdong_Sheng Guangdong_Province CN-44"),
        ("BR", "SP São_Paulo Sao_Paulo BR-SP"),
        ("CA", "QC Quebec Québec CA-QC"),
        ("TW", "台北市 Taipei_City"),
        ("UA", "місто_Київ Київ Kyiv_city"),
    ],
)
def test_a_province_is_known_by_its_code_and_its_names(country: str, names: str):
    found = {key_of(table.provinces, name.replace("_", " ")) for table in [rules_of(country)] for name in names.split()}
    assert len(found) == 1
    assert None not in found


def rules_of(code: str) -> Country:
    country = country_of(code)
    assert country is not None
    return country


def test_nobody_to_deliver_to_is_only_warned_of():
    assert warned_of("US", **WHOLE, name=None) == ["recipient_missing"]
    assert warned_of("US", **WHOLE, name="-", company="Springfield Power") == []


def test_every_problem_names_its_field_its_rule_and_what_to_do():
    finding = check(address("US", name=None, address1="Main Street", postal_code="1", province="Atlantis"))
    found = (*finding.undeliverable, *finding.warnings)
    assert [(each.field, each.rule) for each in found] == [
        ("city", "place_missing"),
        ("postal_code", "postal_code_format"),
        ("province", "province_unknown"),
        ("address1", "house_number_missing"),
        ("name", "recipient_missing"),
    ]
    assert all(each.message for each in found)
