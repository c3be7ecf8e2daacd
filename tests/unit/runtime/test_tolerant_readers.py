"""What a service reads of our own events: the fields it needs, each as its rule says."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_events import ShortagePolicy
from running_services import said
from service_runtime import Answers, Batch, Part, TolerantReader, Work, consumes
from service_runtime.decoding import Poison, Routes, SchemaIsNewerError, decode
from service_runtime.reading import Place, Received, Record
from service_runtime.tolerant import Count, Time
from toy import Asked


class Line(Part, frozen=True):
    text: str


class AskedRead(TolerantReader, frozen=True):
    event_type: ClassVar[str] = "toy.asked"

    order_id: str
    n: Count
    line: Line | None = None
    at: Time | None = None
    policy: ShortagePolicy = ShortagePolicy.SHIP_AVAILABLE


async def nothing(batch: Batch[AskedRead], work: Work) -> Answers:
    return Answers.done(batch)


ROUTES = Routes.of([consumes(AskedRead)(nothing)])
EVEN = Routes.of([consumes(AskedRead, selector=lambda body: body.n % 2 == 0)(nothing)])


def record(value: bytes, event_type: str = "toy.asked", schema: bytes | None = None) -> Record:
    topic, key, _, headers = said(Asked(order_id="a", n=1), 1, "c")
    if schema:
        headers = [(name, schema if name == "x-schema" else text) for name, text in headers]
    return Record(Place(topic, 0, 0), key, value, tuple(headers), 0)


def test_fields_it_does_not_name_are_passed_over() -> None:
    read = decode(record(b'{"order_id": "a", "n": 1, "unknown": {"x": [1]}, "at": "2026-11-23T00:00:00Z"}'), ROUTES)
    assert isinstance(read, Received)
    assert read.body == AskedRead(order_id="a", n=1, at=read.body.at)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{}",
        b"not json",
        b'{"order_id": 1, "n": 1}',
        b'{"order_id": "a", "n": -1}',
        b'{"order_id": "a", "n": 1000000000000000000000000}',
        b'{"order_id": "a", "n": 1, "at": "2026-11-23T00:00:00"}',
        b'{"order_id": "a\\u0000", "n": 1}',
        b'{"order_id": "a", "n": 1, "line": {"text": "b\\\\\\u0000"}}',
        b'{"order_id": "\xff", "n": 1}',
    ],
)
def test_what_breaks_a_rule_is_poison(value: bytes) -> None:
    assert isinstance(decode(record(value), ROUTES), Poison)


@given(st.integers(0, 6))
def test_backslashes_before_u0000_are_nul_only_where_their_number_is_odd(backslashes: int) -> None:
    read = decode(record(b'{"order_id": "' + b"\\" * backslashes + b'u0000", "n": 1}'), ROUTES)
    assert isinstance(read, Poison) == (backslashes % 2 == 1)


def test_a_value_of_the_future_is_read_as_other() -> None:
    read = decode(record(b'{"order_id": "a", "n": 1, "policy": "borrow"}'), ROUTES)
    assert isinstance(read, Received)
    assert read.body.policy is ShortagePolicy.OTHER


def test_a_newer_schema_is_infrastructure() -> None:
    with pytest.raises(SchemaIsNewerError):
        decode(record(b'{"order_id": "a", "n": 1}', schema=b"toy.asked/2"), ROUTES)


def test_what_a_selector_turns_away_is_nothing() -> None:
    assert decode(record(b'{"order_id": "a", "n": 1}'), EVEN) is None
    assert isinstance(decode(record(b'{"order_id": "a", "n": 2}'), EVEN), Received)
    assert isinstance(decode(record(b'{"order_id": "a"}'), EVEN), Poison)
