"""The page on which a customer can follow a package."""

import pytest

from fulfiller.domain.carriers import tracking_url


@pytest.mark.parametrize(
    ("carrier", "number", "url"),
    [
        ("UPS", "1Z5R89390357567127", "https://www.ups.com/track?tracknum=1Z5R89390357567127"),
        ("royal-mail", "RB123456785GB", "https://www.royalmail.com/track-your-item#/tracking-results/RB123456785GB"),
        ("Correios", "DL746686536BR", "https://rastreamento.correios.com.br/app/index.php?objetos=DL746686536BR"),
        ("CJ대한통운", "6896724568", "https://trace.cjlogistics.com/next/tracking.html?wblNo=6896724568"),
        (
            "Korea Post",
            "6123456789012",
            "https://service.epost.go.kr/trace.RetrieveDomRigiTraceList.comm?sid1=6123456789012",
        ),
    ],
)
def test_a_carrier_is_known_by_the_name_its_packer_gave(carrier, number, url):
    assert tracking_url(carrier, number) == url


def test_a_carriers_name_is_compared_without_case_spaces_and_signs():
    assert (
        tracking_url("cj-logistics", "1") == tracking_url("CJ Logistics", "1") == tracking_url("ＣＪ　logistics", "1")
    )


def test_an_unknown_carrier_has_no_page():
    assert tracking_url("Swift Couriers", "123") is None


def test_without_a_number_there_is_no_page():
    assert tracking_url("UPS", None) is tracking_url("UPS", "  ") is tracking_url(None, "1Z") is None


def test_a_number_cannot_leave_its_place_in_the_address():
    assert tracking_url("UPS", "1Z&next=//evil") == "https://www.ups.com/track?tracknum=1Z%26next%3D%2F%2Fevil"
