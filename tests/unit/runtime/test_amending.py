"""A parked record mended by an operator."""

import pytest

from running_services import said
from service_runtime.amending import AmendmentError, amended, changed
from service_runtime.decoding import Received, Routes, decode
from service_runtime.reading import Place, Record
from toy import HANDLERS, Asked

ROUTES = Routes.of(HANDLERS)


def a_record(topic: str = "toy.asked", value: bytes | None = None) -> Record:
    _, key, body, headers = said(Asked(order_id="a", n=1), 1, "x")
    return Record(Place(topic, 0, 7), key, value or body, tuple(headers), 1_790_000_000_000)


def test_a_place_in_the_document_is_set_and_the_rest_stays():
    document = b'{"lines": [{"sku": "A", "quantity": 1}, {"sku": "B"}], "note": null}'
    assert changed(document, {"lines.1.quantity": 2, "note": "x"}) == (
        b'{"lines":[{"sku":"A","quantity":1},{"sku":"B","quantity":2}],"note":"x"}'
    )


@pytest.mark.parametrize("path", ["lines.5.quantity", "lines.x", "nowhere.deep", "lines.0.sku.deeper"])
def test_a_path_through_what_is_not_there_is_named(path: str):
    with pytest.raises(AmendmentError, match=path.split(".", maxsplit=1)[0]):
        changed(b'{"lines": [{"sku": "A"}]}', {path: 1})


def test_what_is_not_json_cannot_be_changed_by_path():
    with pytest.raises(AmendmentError, match="whole new one"):
        changed(b"\xff", {"a": 1})


def test_the_same_amendment_twice_is_one_event_caused_by_the_parked_one():
    parked = a_record()
    once, again = (amended(parked, b'{"order_id":"a","n":2}', "parked-id", {}, ROUTES) for _ in range(2))
    other = amended(parked, b'{"order_id":"a","n":3}', "parked-id", {}, ROUTES)
    first, second, third = (decode(record, ROUTES) for record in (once, again, other))
    assert isinstance(first, Received)
    assert isinstance(second, Received)
    assert isinstance(third, Received)
    assert first.id == second.id != third.id
    assert dict(once.headers)["x-causation-id"] == b"parked-id"


def test_wrong_headers_can_be_mended():
    broken = Record(Place("toy.asked", 0, 7), b"a", b'{"order_id":"a","n":1}', (("odd", b"\xff"),), 1_790_000_000_000)
    _, _, _, headers = said(Asked(order_id="a", n=1), 1, "x")
    mended = amended(broken, broken.value or b"", "p", {name: text.decode() for name, text in headers}, ROUTES)
    assert not isinstance(decode(mended, ROUTES), Received)  # the odd header is still there
    mended = amended(broken, broken.value or b"", "p", {"odd": "", **{n: t.decode() for n, t in headers}}, ROUTES)
    assert isinstance(decode(mended, ROUTES), Received)


def test_an_outside_record_gets_an_id_of_its_own():
    record = Record(Place("toy.outside", 0, 1), b"k", b"not json", (("ce_id", b"m-1"),), 1_790_000_000_000)
    mended = decode(amended(record, b"1", "toy.outside/0/1", {}, ROUTES), ROUTES)
    assert isinstance(mended, Received)
    assert mended.ce_id.startswith("amended-")


def test_two_parked_records_amended_alike_stay_two_events():
    record = Record(Place("toy.outside", 0, 1), b"k", b"not json", (("ce_id", b"m-1"),), 1_790_000_000_000)
    one, other = (amended(record, b"1", f"toy.outside/0/{n}", {}, ROUTES) for n in (1, 2))
    assert dict(one.headers)["ce_id"] != dict(other.headers)["ce_id"]
