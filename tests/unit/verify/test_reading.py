"""What an auditor keeps of records, and what it takes for garbage."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka.structs import ConsumerRecord

import order_events
from baesong.verify.reading import Reader, told_apart_by
from order_events import (
    AllocationDecided,
    Body,
    Cause,
    CheckoutAnswered,
    CustomerNotified,
    Event,
    OrderChanged,
    OrderPlaced,
    PartnerShipment,
    ShipmentUpdated,
)
from service_runtime.decoding import distinct, hash_of
from service_runtime.reading import Place, Received, Record

EXAMPLES = Path(order_events.__file__).parents[2] / "examples"
AT = datetime(2026, 11, 23, tzinfo=UTC)
Headers = Sequence[tuple[str, Any]]


def record(value: bytes | None, headers: Headers, offset: int = 0) -> Any:
    return ConsumerRecord("ignored", 0, offset, 0, 0, b"key", value, None, 0, 0, tuple(headers))


def read(*records: tuple[str, bytes | None, Headers]) -> Reader:
    reader = Reader()
    for offset, (topic, value, headers) in enumerate(records):
        reader.take(topic, record(value, headers, offset))
    return reader


def said(model: type[Body], name: str = "fullest", version: int = 1) -> tuple[str, bytes, Headers]:
    """An example of the contract as a record of its topic."""
    text = (EXAMPLES / model.event_type / "1" / f"{name}.json").read_bytes()
    event = Event(model.model_validate_json(text), version, Cause("cause", AT))
    topic = "partner.swift.shipments" if model is PartnerShipment else event.type
    return topic, event.body.model_dump_json().encode(), event.headers("somebody", AT)


KEPT = {
    OrderPlaced: "orders",
    OrderChanged: "orders",
    AllocationDecided: "decisions",
    ShipmentUpdated: "shipments",
    CustomerNotified: "notices",
    CheckoutAnswered: "answers",
    PartnerShipment: "said",
}


@pytest.mark.parametrize("model", KEPT, ids=lambda model: model.event_type)
@pytest.mark.parametrize("name", ["smallest", "fullest"])
def test_every_event_of_the_contract_is_read(model: type[Body], name: str):
    topics = read(said(model, name, 3)).topics
    assert len(getattr(topics, KEPT[model])) == 1
    assert (topics.unreadable, len(topics.said)) == ([], 1)
    assert topics.said[0].version == 3


def test_the_units_of_a_decision_are_kept_as_they_are_said():
    body = json.loads((EXAMPLES / "allocation.decided/1/fullest.json").read_text())
    [kept] = read(said(AllocationDecided)).topics.decisions
    assert [units.quantity for units in kept.units] == [units["quantity"] for units in body["units"]]
    assert sum(kept.asked.values()) == sum(asked["quantity"] for asked in body["asked"])


def test_the_same_record_twice_counts_once():
    topics = read(said(OrderPlaced), said(OrderPlaced)).topics
    assert (len(topics.said), len(topics.orders), topics.records) == (1, 1, {"order.placed": 2})


def test_the_same_id_with_another_body_is_kept_beside_it():
    topic, value, headers = said(OrderPlaced)
    topics = read((topic, value, headers), (topic, value.replace(b'"test":false', b'"test":true'), headers)).topics
    assert len({one.id for one in topics.said}) == 1
    assert len(topics.said) == 2


def test_the_same_body_as_another_version_is_another_body():
    topic, value, headers = said(OrderPlaced)
    again = [(name, b"2" if name == "x-aggregate-version" else text) for name, text in headers]
    assert len(read((topic, value, headers), (topic, value, again)).topics.said) == 2


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (b"\x89 no JSON", [("ce_id", b"1")]),
        (None, [("ce_id", b"1")]),
        (b"{}", []),
        (b"{}", [("ce_id", b"")]),
        (b"{}", [("ce_id", b"with space")]),
        (b"{}", [("ce_id", b"\xff")]),
        (b'"' + b"x" * 1024 * 1024 + b'"', [("ce_id", b"1")]),
    ],
    ids=["not JSON", "no value", "no id", "empty id", "id with a space", "header not UTF-8", "over 1 MiB"],
)
@pytest.mark.parametrize("topic", ["checkout.completed", "partner.swift.inbound"])
def test_what_a_door_cannot_read_is_garbage(topic: str, value: bytes | None, headers: Headers):
    topics = read((topic, value, headers)).topics
    assert (topics.unreadable, topics.checkouts) == ([f"{topic}/0/0"], [])


@pytest.mark.parametrize("value", [b"{}", b"[]", b"null", b"17"])
def test_a_record_of_ours_without_the_fields_of_its_event_is_garbage_and_leaves_nothing(value: bytes):
    topics = read(("order.placed", value, said(OrderPlaced)[2])).topics
    assert (topics.unreadable, topics.orders, topics.said) == (["order.placed/0/0"], [], [])


def test_a_checkout_is_kept_with_what_tells_another_body_under_its_id_apart():
    [kept] = read(("checkout.completed", b'{"no": "order"}', [("ce_id", b"r-1")])).topics.checkouts
    assert kept == ("checkout.completed/0/0", "r-1", told_apart_by(b'{"no": "order"}'))


def test_a_dead_letter_is_known_by_the_record_it_copies_whatever_the_copied_headers_are():
    headers = [("ce_id", b"\xff"), ("x-dlq-topic", b"checkout.completed"), ("x-dlq-partition", b"3")]
    topics = read(("checkout.completed.dlq", b"\x89", [*headers, ("x-dlq-offset", b"17")])).topics
    assert ("checkout.completed.dlq", "checkout.completed/3/17") in topics.dead_letters
    assert topics.unreadable == []


def test_a_dead_letter_of_an_event_that_was_read_is_known_by_that_event():
    headers = [("x-dlq-topic", b"order.placed"), ("x-dlq-partition", b"3"), ("x-dlq-offset", b"17"), ("ce_id", b"e-1")]
    topics = read(("order.placed.dlq", b"{}", headers)).topics
    assert ("order.placed.dlq", "parked e-1") in topics.dead_letters


def test_a_record_told_apart_by_its_hash_is_spelt_as_the_runtime_spells_it():
    body = b'{"another": "body"}'
    at = Record(Place("checkout.completed", 0, 0), None, body, (), 0)
    received = Received("checkout.completed/r-1", "", "", 0, AT, "", body, Cause("c", AT), at)
    assert distinct(received, hash_of(received)).ce_id == f"r-1#{told_apart_by(body)}"


def test_a_dead_letter_may_have_headers_without_a_value() -> None:
    headers = [("x-odd", None), ("x-dlq-topic", b"checkout.completed"), ("x-dlq-partition", b"3")]
    topics = read(("checkout.completed.dlq", b"{", [*headers, ("x-dlq-offset", b"17")])).topics
    assert ("checkout.completed.dlq", "checkout.completed/3/17") in topics.dead_letters
