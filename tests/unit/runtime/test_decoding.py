"""What a record is read as, before anything is believed of it."""

import json

import pytest

from order_events import order_id_of
from running_services import said
from service_runtime import Batch, Work, consumes, consumes_outside
from service_runtime.decoding import Poison, Routes, decode
from service_runtime.reading import Answers, Place, Received, Record
from toy import Asked


@consumes(Asked)
async def on_asks(batch: Batch[Asked], work: Work) -> Answers:
    return Answers.done(batch)


@consumes_outside("toy.outside", key=lambda value, _: json.loads(value))
async def on_outside(batch: Batch[bytes], work: Work) -> Answers:
    return Answers.done(batch)


ROUTES = Routes.of([on_asks, on_outside])


def outside(value: bytes) -> Record:
    return Record(Place("toy.outside", 0, 0), b"k", value, (("ce_id", b"m-1"),), 0)


def test_an_outside_record_keeps_the_order_it_names() -> None:
    named = order_id_of("shop", "web", "1")
    event = decode(outside(f'"{named}"'.encode()), ROUTES)
    assert isinstance(event, Received)
    assert event.order_id == named


@pytest.mark.parametrize("key", ["", "a b", "\\u0000", "x" * 500, "주문"])
def test_what_no_id_can_be_never_reaches_the_store_as_one(key: str) -> None:
    event = decode(outside(f'"{key}"'.encode()), ROUTES)
    assert isinstance(event, Received)
    assert event.order_id.isalnum()
    assert len(event.order_id) == 64


def test_a_key_of_our_own_with_nul_is_poison() -> None:
    topic, _, value, headers = said(Asked(order_id="a", n=1), 1, "c")
    assert isinstance(decode(Record(Place(topic, 0, 0), b"a\x00", value, tuple(headers), 0), ROUTES), Poison)
