"""What the benchmarks send: the partner's answers, orders for one SKU, requests over the wire."""

import csv
import json
from pathlib import Path

import pytest

from baesong.bench.answering import answers_to, record_of
from baesong.bench.hot import SKU, hot_catalogue
from baesong.bench.knocking import Knocks, compared, request_of
from baesong.bench.orders import Checkout
from baesong.bench.sending import batches_of, headers_of
from baesong.errors import BaesongError
from order_events import PartnerInbound

NOW = "2026-11-23T12:00:00Z"
REQUESTED = {
    "kind": "requested",
    "shipment_id": "o-F1",
    "work": {"location_id": "BR-L01", "lines": [{"line_id": "1", "sku": "A", "quantity": 2}]},
}
CHECKOUT = Checkout("id-1", "order-1", b"source-1", b'{"a":"\xc3\xa9"}')


class Batches:
    """A producer whose batches hold two records."""

    def create_batch(self) -> "Batch":
        return Batch()


class Batch:
    def __init__(self) -> None:
        self.records: list[dict] = []
        self.closed = False

    def append(self, **record) -> object | None:
        if len(self.records) == 2:
            return None
        self.records.append(record)
        return object()

    def close(self) -> None:
        self.closed = True


def test_a_request_is_accepted_and_shipped_whole():
    accepted, dispatched = answers_to(REQUESTED, NOW)
    assert (accepted["kind"], dispatched["kind"]) == ("accepted", "dispatched")
    assert dispatched["lines"] == [{"line_id": "1", "sku": "A", "quantity": 2}]


def test_answers_are_what_the_contract_allows():
    for answer in answers_to(REQUESTED, NOW):
        PartnerInbound.model_validate_json(record_of(answer, NOW.encode())["value"], strict=True)


def test_what_is_no_request_is_not_answered():
    assert list(answers_to({"kind": "refused", "shipment_id": "o-F1"}, NOW)) == []


@pytest.mark.parametrize("units", [8, 13, 10_000])
def test_a_hot_sku_has_exactly_the_units_asked_for(tmp_path, units):
    hot = hot_catalogue(tmp_path, units)
    assert sum(level["on_hand"] for body in hot.stock(50_000) for level in body["levels"]) == units


def test_everybody_wants_one_unit_of_it(tmp_path):
    hot = hot_catalogue(tmp_path, 8)
    wanted = {(line["sku"], line["quantity"], len(body["lines"])) for body in hot.bodies for line in body["lines"]}
    assert wanted == {(SKU, 1, 1)}


def test_a_hot_skus_world_is_a_folder_like_any_other(tmp_path):
    hot = hot_catalogue(tmp_path, 8)
    with (Path(hot.folder) / "locations.csv").open() as file:
        assert len(list(csv.DictReader(file))) == len(hot.locations()["locations"])


def test_a_request_says_how_many_bytes_follow_not_how_many_letters():
    head, _, body = request_of(CHECKOUT, "host:1", "Bearer key").partition(b"\r\n\r\n")
    assert b"Content-Length: 10" in head
    assert b"Idempotency-Key: id-1" in head
    assert body == CHECKOUT.body


def test_a_batch_that_is_full_is_followed_by_another_and_nothing_is_left_out():
    records = [{"value": n} for n in range(5)]
    batches = list(batches_of(Batches(), records))
    assert [[r["value"] for r in batch.records] for batch in batches] == [[0, 1], [2, 3], [4]]
    assert list(batches_of(Batches(), [])) == []


def test_a_checkouts_record_has_the_headers_of_an_upstream_shop():
    said = dict(headers_of(CHECKOUT))
    assert said["ce_id"] == b"id-1"
    assert said["x-schema"] == b"checkout.completed/1"
    json.dumps({name: value.decode() for name, value in said.items()})


def test_an_order_taken_and_not_placed_is_no_figure():
    whole = Knocks(taken={"a", "b"})
    compared([whole], {"a": 1, "b": 1}, 2)
    for placed in ({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 1, "c": 1}):
        with pytest.raises(BaesongError, match="no figure"):
            compared([whole], placed, 2)
    with pytest.raises(BaesongError, match="1 refused"):
        compared([Knocks(taken={"a"}, refused=[b"500"])], {"a": 1}, 2)
