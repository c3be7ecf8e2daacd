"""A topic is a reviewed file: complete, with a schema and examples, and read by whom the architecture says."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.contract.contract import EXAMPLES, MODELS, TOPICS, event_of, read, schema_file

from order_events import Checkout, OrderChanged
from order_events.schemas import HOME

MIB = 1024 * 1024
OUTSIDE = {"checkout.completed", "partner.inbound"}
SERVICES = {"order-intake", "allocator", "fulfiller", "notifier"}
EXCHANGE = HOME.parents[1] / "docs" / "architecture" / "exchange.md"
KEYS = {
    "topic", "description", "owner", "producers", "consumers", "key", "partitions", "retention_days", "timestamp_type",
    "cleanup", "max_message_bytes", "schema", "examples",
}  # fmt: skip


def named_in_exchange() -> set[tuple[str, str]]:
    """Who reads what, by the table under *Reads*: (service, topic)."""
    section = EXCHANGE.read_text().split("## Reads")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([a-z-]+) \| (.+) \|$", section, re.MULTILINE)
    reads = {(service, topic) for service, cell in rows for topic in re.findall(r"`([^`]+)`", cell)}
    return {pair for pair in reads if pair[0] in SERVICES}


def test_there_is_a_file_for_each_topic_of_the_contract() -> None:
    assert {f"{topic}/1" for topic in TOPICS} == set(MODELS)


@pytest.mark.parametrize(("name", "topic"), TOPICS.items(), ids=TOPICS)
def test_a_topic_file_says_all_there_is_to_say(name: str, topic: dict[str, Any]) -> None:
    assert set(topic) == KEYS
    assert topic["topic"].replace("{partner_id}.", "").replace("{service}.", "") == name
    assert topic["description"].endswith(".")
    assert topic["partitions"] == {"live": 24, "local": 4}
    assert topic["retention_days"] == 30


@pytest.mark.parametrize(("name", "topic"), TOPICS.items(), ids=TOPICS)
def test_a_door_takes_1_mib_by_the_broker_s_clock_and_ours_4_mib(name: str, topic: dict[str, Any]) -> None:
    outside = name in OUTSIDE
    assert topic["timestamp_type"] == ("LogAppendTime" if outside else "CreateTime")
    assert MIB < topic["max_message_bytes"] < 1.1 * MIB if outside else topic["max_message_bytes"] == 4 * MIB


def test_only_effects_are_compacted() -> None:
    assert {name for name, topic in TOPICS.items() if topic["cleanup"] != "delete"} == {"effects"}
    assert TOPICS["effects"]["cleanup"] == "compact"


@pytest.mark.parametrize(("name", "topic"), TOPICS.items(), ids=TOPICS)
def test_a_topic_has_a_schema_and_examples_of_its_own(name: str, topic: dict[str, Any]) -> None:
    assert topic["schema"] == f"{name}/1"
    assert topic["examples"] == f"examples/{topic['schema']}"
    assert schema_file(topic["schema"]).exists()
    found = {path.stem for path in (HOME / topic["examples"]).iterdir()}
    assert {"smallest", "fullest"} <= found


def test_no_schema_and_no_example_is_unused() -> None:
    used = {topic["schema"] for topic in TOPICS.values()}
    assert set((HOME / "schemas").iterdir()) == {schema_file(event) for event in used}
    assert {event_of(path) for path in EXAMPLES} == used
    assert all(path.suffix == ".json" for path in (HOME / "examples").rglob("*") if path.is_file())


def key_of(topic: dict[str, Any], example: Path) -> object:
    """The value of the field that the topic file calls its key."""
    body = MODELS[event_of(example)].model_validate(read(example))
    match body:
        case Checkout():
            return {"checkout_id": body.source_id}[topic["key"]]
        case OrderChanged():
            return getattr(body.order, topic["key"])
    return getattr(body, topic["key"])


@pytest.mark.parametrize("example", EXAMPLES, ids=event_of)
def test_the_key_is_the_field_the_topic_file_names(example: Path) -> None:
    topic = TOPICS[example.parts[-3]]
    assert MODELS[event_of(example)].model_validate(read(example)).key == key_of(topic, example)


def test_who_reads_a_topic_is_who_the_architecture_says() -> None:
    said = {
        (consumer, topic["topic"].replace("{partner_id}", "*"))
        for topic in TOPICS.values()
        for consumer in topic["consumers"]
        if consumer in SERVICES
    }
    assert said == named_in_exchange()
    assert {service for service, _ in said} == SERVICES


@pytest.mark.parametrize(("name", "topic"), TOPICS.items(), ids=TOPICS)
def test_a_topic_has_one_owner_and_one_writer(name: str, topic: dict[str, Any]) -> None:
    others = {"upstream", *re.findall(r"\{\w+\}", topic["topic"])}
    assert len(topic["producers"]) == 1
    assert {*topic["producers"], *topic["consumers"], topic["owner"]} <= SERVICES | others
    door = name in OUTSIDE
    assert topic["owner"] in (topic["consumers"] if door else topic["producers"])
