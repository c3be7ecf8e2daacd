"""Korean addresses as people write them are not held, whatever their province is called and wherever it stands."""

from unicodedata import normalize

import pytest
from tests.unit.intake.addresses.addressed import address, held_of, warned_of

from order_intake.domain.addresses import KoreanReading, check, korean_reading

ORDINARY = [
    {"province": "서울특별시", "city": "강남구", "address1": "테헤란로 152", "postal_code": "06236"},
    {"province": "강원특별자치도", "city": "춘천시", "address1": "중앙로 1", "postal_code": "24265"},
    {"province": "강원도", "city": "춘천시", "address1": "중앙로 1", "postal_code": "24265"},
    {"province": "전북특별자치도", "city": "전주시 완산구", "address1": "효자로 225", "postal_code": "54968"},
    {"province": "전라북도", "city": "전주시", "district": "완산구", "address1": "효자로 225", "postal_code": "54968"},
    {"province": "세종특별자치시", "address1": "한누리대로 2130", "postal_code": "30151"},
    {"province": "세종", "city": "세종시", "address1": "한누리대로 2130", "postal_code": "30151"},
    {"province": "경기도", "city": "성남시 분당구", "address1": "판교역로 235", "postal_code": "13494"},
    {"province": "경기도", "city": "성남시", "district": "분당구", "address1": "판교역로 235", "postal_code": "13494"},
    {"province_code": "KR-11", "city": "강남구", "address1": "테헤란로 152", "postal_code": "06236"},
    {"province_code": "KR-41", "city": "분당구", "address1": "판교역로 235", "postal_code": "13494"},
    {"province": "Gyeonggi-do", "city": "Seongnam-si", "address1": "235 Pangyoyeok-ro, Bundang-gu", "postal_code": "13494"},
    {"city": "Seoul", "address1": "152 Teheran-ro, Gangnam-gu", "postal_code": "06236"},
    {"province": "제주특별자치도", "city": "제주시", "address1": "문연로 6", "postal_code": "63122"},
]  # fmt: skip


@pytest.mark.parametrize("fields", ORDINARY)
def test_an_ordinary_address_is_neither_held_nor_warned_of(fields: dict[str, str]):
    assert (held_of("KR", **fields), warned_of("KR", **fields)) == ([], [])


@pytest.mark.parametrize("fields", ORDINARY)
def test_and_not_held_without_its_postcode(fields: dict[str, str]):
    assert held_of("KR", **{**fields, "postal_code": None}) == []


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ("서울 서울시 서울특별시 Seoul SEOUL Seoul-si seoul-teukbyeolsi KR-11 11", "서울특별시"),
        ("부산 부산시 부산광역시 부산직할시 Busan Pusan Busan-gwangyeoksi KR-26", "부산광역시"),
        ("대구 대구광역시 Daegu Taegu KR-27", "대구광역시"),
        ("인천 인천광역시 Incheon Inch'on KR-28", "인천광역시"),
        ("광주 광주광역시 Gwangju Kwangju KR-29", "광주광역시"),
        ("대전 대전광역시 Daejeon Taejŏn KR-30", "대전광역시"),
        ("울산 울산광역시 Ulsan KR-31", "울산광역시"),
        ("세종 세종시 세종특별자치시 Sejong Sejong-si KR-50", "세종특별자치시"),
        ("경기 경기도 Gyeonggi Gyeonggi-do Kyonggi-do KR-41", "경기도"),
        ("강원 강원도 강원특별자치도 Gangwon Gangwon-do Kangwon-do Gangwon_State KR-42", "강원도"),
        ("충북 충청북도 Chungbuk Chungcheongbuk-do North_Chungcheong_Province KR-43", "충청북도"),
        ("충남 충청남도 Chungnam Chungcheongnam-do South_Chungcheong KR-44", "충청남도"),
        ("전북 전라북도 전북특별자치도 Jeonbuk Jeonbuk_State Jeollabuk-do North_Jeolla Chollabuk-do KR-45", "전라북도"),
        ("전남 전라남도 Jeonnam Jeollanam-do South_Jeolla_Province KR-46", "전라남도"),
        ("경북 경상북도 Gyeongbuk Gyeongsangbuk-do North_Gyeongsang Kyŏngsangbuk-do KR-47", "경상북도"),
        ("경남 경상남도 Gyeongnam Gyeongsangnam-do South_Gyeongsang KR-48", "경상남도"),
        ("제주 제주도 제주특별자치도 Jeju Jeju-do Cheju-do Jeju_Special_Self-Governing_Province KR-49", "제주특별자치도"),
    ],
)  # fmt: skip
def test_a_province_is_known_by_its_old_new_short_and_roman_names(names: str, key: str):
    for name in names.replace("_", "\N{NO-BREAK SPACE}").split(" "):
        written = name.replace("\N{NO-BREAK SPACE}", " ")
        assert korean_reading(address("KR", province=written)).province == key, written
        assert "province_unknown" not in warned_of("KR", province=written, city="남구", address1="중앙로 1")


@pytest.mark.parametrize("line", [
    "강원특별자치도 춘천시 중앙로 1", "강원 춘천시 중앙로 1", "서울 강남구 테헤란로 152", "서울시강남구 테헤란로 152",
    "성남시 분당구 판교역로 235", "세종 한누리대로 2130", "152 Teheran-ro, Gangnam-gu, Seoul", "152 Teheran-ro Gangnam-gu",
])  # fmt: skip
def test_a_province_or_city_in_the_first_line_is_a_place(line: str):
    assert held_of("KR", address1=line) == []


def test_a_street_that_could_be_in_any_city_is_held():
    assert held_of("KR", address1="테헤란로 152", address2="101동 1203호") == ["place_missing"]


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        (
            {"province": "경기도", "city": "성남시 분당구", "address1": "판교역로 235번길 12-3 (삼평동) 101동 1203호"},
            KoreanReading("경기도", "성남시", "분당구", "판교역로 235번길 12-3", "(삼평동) 101동 1203호"),
        ),
        (
            {"province": "경기", "city": "성남시", "district": "분당구", "address1": "판교역로 235", "address2": "101동 1203호"},
            KoreanReading("경기도", "성남시", "분당구", "판교역로 235", "101동 1203호"),
        ),
        (
            {"province_code": "KR-41", "city": "분당구", "address1": "판교역로 235, 5층"},
            KoreanReading("경기도", "성남시", "분당구", "판교역로 235", "5층"),
        ),
        (
            {"address1": "강원특별자치도 춘천시 중앙로 1, 101호"},
            KoreanReading("강원도", "춘천시", None, "중앙로 1", "101호"),
        ),
        (
            {"address1": "서울시 강남구 역삼동 737-1 302호"},
            KoreanReading("서울특별시", None, "강남구", "역삼동 737-1", "302호"),
        ),
        (
            {"province": "경상북도", "city": "울릉군", "address1": "울릉읍 도동리 산 12번지", "address2": "2층"},
            KoreanReading("경상북도", "울릉군", None, "울릉읍 도동리 산 12번지", "2층"),
        ),
        (
            {"city": "Seongnam-si", "district": "Bundang-gu", "address1": "101-dong 1203-ho, 235 Pangyoyeok-ro", "province": "Gyeonggi-do"},
            KoreanReading("경기도", "Seongnam-si", "Bundang-gu", "235 Pangyoyeok-ro", "101-dong 1203-ho"),
        ),
        (
            {"address1": "152 Teheran-ro, Gangnam-gu, Seoul 06236"},
            KoreanReading("서울특별시", None, "Gangnam-gu", "152 Teheran-ro", ""),
        ),
    ],
)  # fmt: skip
def test_an_address_is_taken_apart_and_the_door_stands_alone(fields: dict[str, str], read: KoreanReading):
    assert korean_reading(address("KR", **fields)) == read


@pytest.mark.parametrize("city", ["광주시", "Gwangju-si"])
def test_the_city_of_gyeonggi_is_not_the_metropolis_of_the_same_name(city: str):
    assert warned_of("KR", city=city, address1="1 Jungang-ro, Gyeonggi-do", postal_code="12700") == []
    assert korean_reading(address("KR", city=city, address1="경기도 광주시 중앙로 1")).province == "경기도"
    assert korean_reading(address("KR", city=city, address1="중앙로 1")).province is None


@pytest.mark.parametrize("line", ["부산로 5", "경기장로 12", "서울로 1", "전남대길 5"])
def test_a_road_named_after_a_province_is_no_place(line: str):
    assert held_of("KR", address1=line) == ["place_missing"]


def test_a_road_that_begins_like_a_province_stays_whole():
    assert korean_reading(address("KR", province="서울", city="송파구", address1="경기장로 12")).street == "경기장로 12"


def test_the_letters_of_a_name_may_come_apart():
    finding = check(address("KR", province=normalize("NFD", "강원특별자치도"), city="춘천시", address1="중앙로 1"))
    assert [problem.rule for problem in finding.warnings] == ["postal_code_missing"]
