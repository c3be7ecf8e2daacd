"""Whatever may stand in a record: it is an event, or poison with a reason, and never an exception."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import order_events
from order_events import Cause, Event, OrderPlaced
from service_runtime.decoding import DOOR_BYTES, Poison, Routes, decode
from service_runtime.horizon import HORIZON
from service_runtime.reading import Answers, Batch, Place, Received, Record, consumes, consumes_outside
from service_runtime.simulation.chance import BEGINNING
from service_runtime.work import Work

EXAMPLES = Path(order_events.__file__).parents[2] / "examples"
ORDER = orjson.loads((EXAMPLES / "order.placed/1/fullest.json").read_bytes())
Change = Callable[[dict[str, Any]], None]


@consumes(OrderPlaced)
async def on_orders(batch: Batch[OrderPlaced], _: Work) -> Answers:
    return Answers.done(batch)


@consumes_outside("checkout.completed", key=lambda value, _: "key")
async def on_checkouts(batch: Batch[bytes], _: Work) -> Answers:
    return Answers.done(batch)


ROUTES = Routes.of([on_orders, on_checkouts])


def a_record(value: bytes | None = None, key: bytes = b"o-1", **headers: bytes | None) -> Record:
    body = OrderPlaced.model_validate(ORDER)
    said = dict(Event(body, 1, Cause("c", BEGINNING + HORIZON)).headers("order-intake", BEGINNING))
    named = {**said, **{name.replace("_", "-") if "-" in name else name: text for name, text in headers.items()}}
    kept = tuple((name, text) for name, text in named.items() if text is not None)
    return Record(Place("order.placed", 0, 1), key, orjson.dumps(ORDER) if value is None else value, kept, 0)


def changed(change: Change) -> bytes:
    document = orjson.loads(orjson.dumps(ORDER))
    change(document)
    return orjson.dumps(document)


def with_huge_quantity() -> bytes:
    return orjson.dumps(ORDER).replace(b'"quantity":', b'"quantity":1000000000000000000000000,"was":', 1)


WRONG = {
    "value is not UTF-8": a_record(b'{"order_id": "\xff\xfe"}'),
    "value is not JSON": a_record(b"<order/>"),
    "value is empty": a_record(b""),
    "value is another document": a_record(b"[]"),
    "wrong schema": a_record(changed(lambda d: d.pop("lines"))),
    "NUL in a text": a_record(changed(lambda d: d["lines"][0].update(sku="A\x00B"))),
    "10^24": a_record(with_huge_quantity()),
    "a year nobody can say": a_record(changed(lambda d: d.update(placed_at="0001-01-01T00:00:00-10:00"))),
    "key is not UTF-8": a_record(key=b"\xff"),
    "key holds NUL": a_record(key=b"a\x00"),
    "header is not UTF-8": a_record(ce_source=b"\xff"),
    "no id": a_record(ce_id=None),
    "id is no id": a_record(ce_id=b"42"),
    "no type": a_record(ce_type=None),
    "a time without a zone": a_record(ce_time=b"2026-11-23T00:00:00"),
}


def test_the_record_itself_is_an_event() -> None:
    assert isinstance(decode(a_record(), ROUTES), Received)


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_read_is_poison_with_a_reason(name: str) -> None:
    read = decode(WRONG[name], ROUTES)
    assert isinstance(read, Poison)
    assert read.reason
    assert read.record is WRONG[name]


@pytest.mark.parametrize(
    "value", [b"x" * (2 * DOOR_BYTES), b'"' + b"x" * DOOR_BYTES + b'"', b"\xff", b"{", b"", b"[" * 100_000]
)
def test_what_no_door_takes_is_poison_on_an_outside_topic(value: bytes) -> None:
    record = Record(Place("checkout.completed", 0, 1), b"k", value, (("ce_id", b"m-1"),), 0)
    assert isinstance(decode(record, ROUTES), Poison)


@given(
    st.binary(),
    st.binary(),
    st.lists(st.tuples(st.text(), st.binary())),
    st.sampled_from(["order.placed", "checkout.completed"]),
)
def test_no_bytes_raise(value: bytes, key: bytes, headers: list[tuple[str, bytes]], topic: str) -> None:
    record = Record(Place(topic, 0, 1), key, value, tuple(headers), 0)
    assert decode(record, ROUTES) is None or isinstance(decode(record, ROUTES), Poison | Received)
