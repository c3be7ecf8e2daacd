"""A PO box, a military post, a locker and an island are known as such, in the languages they are written in."""

import pytest
from tests.unit.intake.addresses.addressed import address, warned_of

from order_intake.domain.addresses import AddressClass, check
from order_intake.domain.addresses.islands import is_on_island


def kind_of(country: str, **fields: str) -> AddressClass:
    return check(address(country, **fields)).kind


@pytest.mark.parametrize(
    ("country", "line"),
    [
        ("US", "P.O. Box 123"), ("US", "PO BOX 123"), ("US", "p o box 9"), ("US", "Post Office Box 5"), ("US", "POB 12"),
        ("US", "ＰＯ　Ｂｏｘ 12"), ("GB", "PO Box 123"), ("AE", "P.O.Box 5"), ("AU", "GPO Box 2"), ("AU", "Locked Bag 7"),
        ("ZA", "Private Bag X1"), ("SE", "Box 123"), ("DE", "Postfach 10 01 02"), ("NL", "Postbus 12"),
        ("NO", "Postboks 5 Sentrum"), ("FI", "PL 12"), ("FI", "Postilokero 3"), ("FR", "BP 123"), ("FR", "12 rue X, B.P. 9"),
        ("FR", "CS 12345"), ("SN", "B.P. 3315"), ("CH", "Case postale 12"), ("IT", "Casella Postale 5"), ("IT", "C.P. 12"),
        ("ES", "Apartado de Correos 9"), ("MX", "Apartado Postal 12-34"), ("ES", "Apdo. 55"), ("BR", "Caixa Postal 7"),
        ("PL", "skr. poczt. 12"), ("HR", "Poštanski pretinac 3"), ("RO", "Căsuța poștală 12"), ("TR", "PK 12"),
        ("TR", "Posta kutusu 8"), ("HU", "Pf. 12"), ("HU", "Postafiók 12"), ("ID", "Kotak Pos 12"), ("MY", "Peti Surat 5"),
        ("LT", "Pašto dėžutė 5"), ("VN", "Hộp thư 12"), ("RU", "а/я 55"), ("UA", "абонентська скринька 3"), ("BG", "ПК 12"),
        ("BG", "пощенска кутия 3"), ("GR", "Τ.Θ. 12"), ("IL", "ת.ד. 123"), ("SA", "ص.ب 123"), ("SA", "صندوق بريد 12"),
        ("IR", "صندوق پستی 12"), ("TH", "ตู้ ปณ. 5"), ("KR", "광화문우체국 사서함 12호"), ("JP", "日本橋郵便局私書箱12号"),
        ("TW", "台北郵政第12-3號信箱"),
    ],
)  # fmt: skip
def test_a_po_box(country: str, line: str):
    assert kind_of(country, address1=line, city="x") == AddressClass.PO_BOX


@pytest.mark.parametrize(
    ("country", "line"),
    [
        ("DE", "Packstation 123"), ("DE", "Postfiliale 501"), ("DE", "PAKETBOX 4"), ("PL", "Paczkomat KRA01M"),
        ("GB", "InPost Locker 12"), ("GB", "Amazon Locker - Otto"), ("US", "Amazon Hub Locker, 7-Eleven"),
        ("AU", "Parcel Locker 12345 67890"), ("US", "Locker #5"), ("FR", "Pickup Station Gare du Nord"),
        ("FR", "Consigne Automatique"), ("FR", "Mondial Relay 012345"), ("ES", "CityPaq Atocha"), ("CZ", "Z-BOX Praha 4"),
        ("CZ", "AlzaBox 12"), ("RO", "easybox Mega Image"), ("HU", "FOXPOST A-BOX"), ("GR", "BOX NOW Locker 5"),
        ("EE", "Tallinna pakiautomaat"), ("LV", "Rīgas pakomāts"), ("LT", "paštomatas 12"), ("FI", "Pakettiautomaatti 3"),
        ("SI", "Paketomat Ljubljana"), ("RU", "постамат 55"), ("UA", "Нова Пошта поштомат 5"), ("UA", "відділення №12"),
        ("SG", "POPStation Tampines"), ("KR", "무인택배함 3번"), ("KR", "GS25 강남점 무인 택배 보관함"), ("KR", "여성안심택배함"),
        ("JP", "PUDOステーション 駅前"), ("JP", "宅配ロッカー 5"), ("CN", "小区丰巢智能柜"), ("CN", "菜鸟驿站"), ("HK", "順豐智能櫃 852"),
    ],
)  # fmt: skip
def test_a_locker(country: str, line: str):
    assert kind_of(country, address1=line, city="x") == AddressClass.LOCKER


@pytest.mark.parametrize(
    ("country", "fields"),
    [
        ("US", {"address1": "Unit 15555 Box 12", "city": "APO", "province_code": "AP", "postal_code": "96205"}),
        ("US", {"address1": "PSC 3 Box 12", "city": "FPO", "province": "Armed Forces (AE)"}),
        ("US", {"address1": "Unit 5", "city": "Springfield", "postal_code": "09012-1234"}),
        ("US", {"address1": "Unit 5, DPO AE 09012", "city": "x"}),
        ("KR", {"address1": "Unit 15555", "city": "APO", "postal_code": "96205"}),
        ("GB", {"address1": "BFPO 61", "city": "x"}),
        ("GB", {"address1": "B.F.P.O. 61", "city": "x"}),
        ("DE", {"address1": "Feldpost 64298", "city": "Darmstadt"}),
        ("FR", {"address1": "SP 85216", "city": "ARMEES", "postal_code": "00815"}),
        ("KR", {"address1": "사서함 12-3호 제1234부대", "city": "철원군"}),
    ],
)  # fmt: skip
def test_a_military_post(country: str, fields: dict[str, str]):
    assert kind_of(country, **fields) == AddressClass.MILITARY


def test_a_military_post_under_another_country_is_warned_of():
    fields = {"address1": "Unit 15555", "city": "APO", "postal_code": "96205"}
    assert "military_country" in warned_of("KR", **fields)
    assert "military_country" not in warned_of("US", **fields)


@pytest.mark.parametrize(
    ("country", "line"),
    [
        ("DE", "Poststraße 1"), ("US", "12 Boxwood Lane"), ("US", "5 Bagley Ave"), ("IT", "Via Napoli 5"), ("GB", "Post Office Lane 2"),
        ("US", "100 Stationers Way"), ("US", "RR 2 Box 152"), ("US", "12 Apollo Drive"), ("PH", "Apo Street 5"), ("FR", "12 rue de la Poste"),
        ("FR", "5 rue des Armées"), ("DE", "Am Paketposten 3"), ("US", "1 Locker Room Road"), ("GB", "Parcel Street 9"), ("KR", "중앙로 1"),
        ("US", "12 CS Lewis Way"), ("GB", "BP Garage, 1 High Street"), ("ES", "Calle Apartadero 3"), ("RO", "Strada Predealului 4"),
    ],
)  # fmt: skip
def test_a_street_that_sounds_like_one_is_a_street(country: str, line: str):
    assert kind_of(country, address1=line, city="x") == AddressClass.STREET


@pytest.mark.parametrize(
    ("country", "inside", "outside"),
    [
        ("KR", "63000 63644 40200 40240 58862 53092 59790 23104", "24265 58800 58827 59128 59146 23117 46768"),  # 압해, 고금, 신지, 영흥, 가덕: bridged
        ("US", "99501 96813 00901 00802 96910", "62704 98101 97201 33101"),
        ("GB", "HS1 2AA|ZE1 0AA|IM1 1AA|JE2 3AB|GY1 1AA|KW15 1AA|BT1 1AA|PO30 1AA|PA41 7AA|TR21 0AA", "PO3 0AA|KW1 4AA|PA4 1AA|IV51 9AA|TR2 5AA|PA34 4AA"),
        ("DE", "18565 25938 25980 26757 27498", "25845 25899 26506 10115"),
        ("FR", "20000 97400 98800 56360 85350", "75001 56100 85200"),
        ("ES", "07001 35001 38001 51001 52001", "28001 08001"),
        ("IT", "90100 98168 07100 09100 80073 57037", "00144 80100 57100"),
        ("JP", "900-0001 904-2201 100-0101 100-2211 894-0001", "100-0001 100-0014 100-6001 891-0001"),
        ("PT", "9000-001 9500-001", "1000-001"),
        ("NL", "1791AA 8881AA 9161AA", "1790AA 8870AA 9150AA"),
        ("AU", "7000 2899", "2000 3000"),
    ],
)  # fmt: skip
def test_an_island_by_its_postcode(country: str, inside: str, outside: str):
    def on_island(code: str) -> bool:
        return check(address(country, address1="1 Main Street", city="x", postal_code=code)).island

    separator = "|" if "|" in inside else " "
    assert [code for code in inside.split(separator) if not on_island(code)] == []
    assert [code for code in outside.split(separator) if on_island(code)] == []


def test_an_island_by_its_province_where_there_is_no_postcode():
    assert kind_of("KR", province="Jeju-do", city="제주시", address1="문연로 6") == AddressClass.ISLAND
    assert kind_of("US", province="Hawaii", city="Hilo", address1="1 Main St") == AddressClass.ISLAND
    assert kind_of("US", province="Ohio", city="Hilo", address1="1 Main St") == AddressClass.STREET


@pytest.mark.parametrize("country", ["PR", "GU", "JE", "IM", "GP", "RE", "FO", "GL", "AX"])
def test_a_land_apart_from_its_state_is_an_island(country: str):
    assert kind_of(country, address1="1 Main Street", city="x") == AddressClass.ISLAND


def test_a_po_box_on_an_island_is_both():
    finding = check(address("US", address1="PO Box 1", city="Honolulu", province_code="HI", postal_code="96813"))
    assert (finding.kind, finding.island) == (AddressClass.PO_BOX, True)


def test_the_stronger_class_wins():
    assert kind_of("KR", address1="사서함 12호 1234부대", city="철원군") == AddressClass.MILITARY


def test_a_code_that_is_shorter_than_its_beginning_is_on_no_island():
    assert not is_on_island("KR", "")
    assert not is_on_island("GB", "PO")
