from pathlib import Path

import pytest

from baesong.errors import BaesongError
from baesong.stock_files import MOST_LEVELS, locations_in, stock_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "locations.csv").write_text(
        'location_id,name,country,zip,lat,lon\nA,"Sao Paulo, SP",BR,05849,-23.5,-46.5\nB,Sao Luis,BR,65072,,\n'
    )
    (tmp_path / "skus.csv").write_text("sku,weight_g,title\nheavy,1400.4,Stone\nunweighed,,\n")
    levels = "".join(f"s{n},A,{n}\n" for n in range(MOST_LEVELS + 1))
    (tmp_path / "stock.csv").write_text(f"sku,location_id,on_hand\n{levels}")
    (tmp_path / "rates.json").write_text('{"currency": "BRL", "parcel": 3.20, "per_kg": 2.69, "per_100km": 1}')
    return tmp_path


def test_every_second_location_is_the_partners(folder: Path) -> None:
    first, second = locations_in(folder)["locations"]
    assert (first["kind"], first["partner_id"], first["latitude"]) == ("manual", None, -23.5)
    assert (second["kind"], second["partner_id"], second["latitude"]) == ("partner", "swift", None)
    assert first["name"] == "Sao Paulo, SP"


def test_rates_keep_every_digit(folder: Path) -> None:
    assert locations_in(folder)["rates"] == {"currency": "BRL", "parcel": "3.20", "per_kg": "2.69", "per_100km": "1"}


def test_skus_come_before_levels_and_no_request_is_too_long(folder: Path) -> None:
    skus, *levels = stock_in(folder)
    assert skus["skus"] == [
        {"sku": "heavy", "weight_g": 1400, "title": "Stone"},
        {"sku": "unweighed", "weight_g": 0, "title": "unweighed"},
    ]
    assert [len(body["levels"]) for body in levels] == [MOST_LEVELS, 1]


def test_a_folder_that_lacks_a_file_is_named_with_what_it_lacks(folder: Path) -> None:
    (folder / "stock.csv").unlink()
    with pytest.raises(BaesongError, match=r"lacks stock.csv"):
        stock_in(folder)


def test_two_spellings_of_a_sku_are_one_described_as_it_stands_first(folder: Path) -> None:
    (folder / "skus.csv").write_text("sku,weight_g,title\n85123A,250,Holder\nX,1,X\n85123a,120,other\n")
    (folder / "stock.csv").write_text("sku,location_id,on_hand\n85123A,A,3\n85123a,A,4\n85123a,B,5\n")
    skus, levels = stock_in(folder)
    assert [(sku["sku"], sku["weight_g"]) for sku in skus["skus"]] == [("85123A", 250), ("X", 1)]
    assert levels["levels"] == [
        {"sku": "85123A", "location_id": "A", "on_hand": 7},
        {"sku": "85123a", "location_id": "B", "on_hand": 5},
    ]
