import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baesong.errors import BaesongError
from baesong.feed.archive import drafts_of, grams, open_archive, title_of
from baesong.feed.sendings import sendings
from order_events import Checkout

NOW = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)
PLACE = {"zip": "69309", "city": "boa vista", "state": "RR", "country": "BR", "lat": 2.812997, "lon": -60.701117}


def row(order_id: str, created_at: str, **more: object) -> dict[str, object]:
    lines = [{"sku": "telefonia:w3", "qty": 2, "unit_price": 36.45, "weight_g": 162.5}]
    whole = {"order_id": order_id, "customer_id": "c", "created_at": created_at, "ship_to": PLACE, "lines": lines}
    return whole | more


ROWS = [
    row("a", "2016-09-04 21:15:19", promise_by="2016-10-20 00:00:00", final_status="delivered"),
    row("b", "2016-09-05 21:15:19", ship_to=PLACE | {"lat": None, "lon": None}, final_status="canceled"),
    row("c", "2016-09-06 00:00:00", lines=[], final_status="canceled"),
    row("a", "2016-09-06 00:01:00", lines=[{"sku": "x", "qty": 1, "unit_price": 0.1, "weight_g": None}]),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "past"
    place.mkdir()
    with gzip.open(place / "orders.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(each) + "\n" for each in ROWS)
    (place / "rates.json").write_text('{"currency": "BRL", "parcel": 8.33, "per_kg": 2.69, "per_100km": 1.065}')
    (place / "skus.csv").write_text("sku,weight_g,price\ntelefonia:w3,162.5,36.45\nx,,0.1\n")
    (place / "stock.csv").write_text("sku,location_id,on_hand\ntelefonia:w3,BR-L00,7\n")
    (place / "locations.csv").write_text(
        "location_id,name,country,zip,lat,lon\n"
        + "".join(f'BR-L{n:02d},"Place {n}, SP",BR,05849,-23.5,-46.5\n' for n in range(4))
    )
    return place


def bodies(folder: Path, limit: int | None = None) -> list[dict[str, object]]:
    return [draft.body for draft in drafts_of(open_archive(folder), NOW, limit)]


def test_the_first_order_is_placed_now_and_all_dates_move_by_one_constant(folder):
    placed = [datetime.fromisoformat(str(b["placed_at"])) for b in bodies(folder)]
    assert placed[0] == NOW
    assert placed[1] - placed[0] == timedelta(days=1)
    promised = datetime.fromisoformat(bodies(folder)[0]["promise"]["deliver_by"])  # type: ignore[index]
    assert promised - placed[0] == datetime(2016, 10, 20) - datetime(2016, 9, 4, 21, 15, 19)  # noqa: DTZ001


def test_money_is_exact_and_weight_is_whole_grams(folder):
    line = bodies(folder)[0]["lines"][0]  # type: ignore[index]
    assert line["price"] == {"amount": 3645, "currency": "BRL"}
    assert line["weight_g"] == 163
    assert [grams(w) for w in ("1400.0", "627.5", None, "0.4")] == [1400, 628, 0, 0]


def test_what_is_missing_is_made_up_and_the_whole_is_a_checkout(folder):
    for body in bodies(folder)[:2]:
        checkout = Checkout.model_validate_json(json.dumps(body), strict=True, extra="forbid")
        assert checkout.customer.email
        assert checkout.ship_to
        assert checkout.locale == "pt-BR"
        assert checkout.lines[0].title == "Telefonia (w3)"


def test_without_coordinates_there_are_none(folder):
    assert bodies(folder)[1]["destination"]["latitude"] is None  # type: ignore[index]


def test_an_order_without_lines_is_sent_and_must_be_refused(folder):
    sent = list(sendings("r", drafts_of(open_archive(folder), NOW)))
    assert [s.expect for s in sent] == ["placed", "placed", "refused", "refused"]


def test_an_id_that_stands_twice_with_other_lines_carries_no_newer_time_of_change(folder):
    first, *_, second = bodies(folder)
    assert first["updated_at"] == second["updated_at"]
    assert first["lines"] != second["lines"]


def test_an_order_the_archive_calls_cancelled_is_cancelled_again_if_it_has_lines(folder):
    drafts = list(drafts_of(open_archive(folder), NOW))
    assert [draft.cancel_after_s is not None for draft in drafts[:3]] == [False, True, False]


def test_the_limit_counts_records(folder):
    assert len(bodies(folder, 2)) == 2


def test_a_folder_that_lacks_a_file_is_one_clear_line(folder):
    (folder / "stock.csv").unlink()
    with pytest.raises(BaesongError, match=r"stock\.csv"):
        open_archive(folder)


@pytest.mark.parametrize(("sku", "title"), [("cama_mesa_banho:w4", "Cama mesa banho (w4)"), ("85123A", "85123a")])
def test_a_sku_without_title_is_called_by_its_words(sku, title):
    assert title_of(sku) == title
