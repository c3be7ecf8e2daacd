"""One AsyncAPI document says what the topic files and the models say, and is one by the official schema."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from tests.contract.contract import MODELS, TOPICS, read

from asyncapi_specification import official_schema, the_tool
from order_events import Cause, Event
from order_events.schemas import HOME

asyncapi = the_tool()
DOCUMENT: dict[str, Any] = yaml.safe_load(asyncapi.DOCUMENT.read_text())
OPERATIONS: dict[str, dict[str, Any]] = DOCUMENT["operations"]
DOORS = {"checkout.completed", "partner.inbound"}


def refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, inside in part.items():
            yield from [inside] if name == "$ref" else refs(inside)
    elif isinstance(part, list):
        yield from (ref for inside in part for ref in refs(inside))


def at(ref: str) -> Any:
    """What a reference points to, here or in a file beside the document."""
    file, _, path = ref.partition("#")
    found = read(HOME / file) if file else DOCUMENT
    for step in path.strip("/").split("/") if path else []:
        found = found[step]
    return found


def test_the_committed_document_is_what_topics_and_models_say(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert asyncapi.main(["--check"]) == 0
    other = tmp_path / "asyncapi.yaml"
    assert asyncapi.main(["--check"], other) == 1
    other.write_text(asyncapi.text().replace("partitions: 24", "partitions: 23", 1))
    assert asyncapi.main(["--check"], other) == 1
    assert "make schemas" in capsys.readouterr().err
    assert asyncapi.main([], other) == 0
    assert asyncapi.main(["--check"], other) == 0


def test_it_is_an_asyncapi_3_document_by_the_official_schema() -> None:
    schema = official_schema()
    assert [error.message for error in Draft7Validator(schema).iter_errors(DOCUMENT)] == []


def without_its_action(document: dict[str, Any]) -> None:
    del document["operations"]["allocator.receives.order.placed"]["action"]


def with_a_text_for_a_number(document: dict[str, Any]) -> None:
    document["channels"]["order.placed"]["bindings"]["kafka"]["partitions"] = "24"


def with_a_channel_that_is_no_reference(document: dict[str, Any]) -> None:
    document["operations"]["allocator.receives.order.placed"]["channel"] = "order.placed"


@pytest.mark.parametrize("broken", [without_its_action, with_a_text_for_a_number, with_a_channel_that_is_no_reference])
def test_the_official_schema_finds_a_mistake(broken: Any) -> None:
    schema, document = official_schema(), deepcopy(DOCUMENT)
    broken(document)
    assert list(Draft7Validator(schema).iter_errors(document))


def test_every_reference_leads_somewhere() -> None:
    found = list(refs(DOCUMENT))
    assert all(at(ref) for ref in found)
    assert {ref for ref in found if not ref.startswith("#")} == {
        f"schemas/{path.name}" for path in (HOME / "schemas").iterdir()
    }


@pytest.mark.parametrize(("name", "topic"), TOPICS.items(), ids=TOPICS)
def test_a_topic_is_a_channel_with_its_address_parameters_and_bindings(name: str, topic: dict[str, Any]) -> None:
    channel = DOCUMENT["channels"][name]
    kafka = channel["bindings"]["kafka"]
    assert channel["address"] == topic["topic"]
    assert set(channel.get("parameters", {})) == {p for p in ("partner_id", "service") if f"{{{p}}}" in topic["topic"]}
    assert kafka["partitions"] == 24
    assert kafka["topicConfiguration"]["retention.ms"] == 30 * 24 * 3600 * 1000
    assert kafka["topicConfiguration"]["cleanup.policy"] == [topic["cleanup"]]
    message = at(channel["messages"][name]["$ref"])
    assert topic["key"] in message["bindings"]["kafka"]["key"]["description"]


def test_who_sends_and_who_receives_is_who_the_topic_files_say() -> None:
    said = {
        (action, who.strip("{}").removesuffix("_id"), name)
        for name, topic in TOPICS.items()
        for action, people in (("send", topic["producers"]), ("receive", topic["consumers"]))
        for who in people
    }
    assert {(o["action"], o["tags"][0]["name"], o["channel"]["$ref"][11:]) for o in OPERATIONS.values()} == said
    assert {name.split(".")[0] for name in OPERATIONS} == {
        "order-intake", "allocator", "fulfiller", "notifier", "service", "partner", "upstream",
    }  # fmt: skip


def test_a_service_receives_in_its_own_group_and_hostile_topics_in_another() -> None:
    groups = {
        name: operation["bindings"]["kafka"]["groupId"]["const"]
        for name, operation in OPERATIONS.items()
        if "bindings" in operation
    }
    assert groups["allocator.receives.order.placed"] == "allocator"
    assert groups["order-intake.receives.checkout.completed"] == "order-intake.outside"
    assert {name for name, group in groups.items() if group.endswith(".outside")} == {
        name for name in groups if name.split(".receives.")[1] in DOORS
    }


@pytest.mark.parametrize("name", sorted(set(TOPICS) - DOORS))
def test_the_headers_are_those_an_event_carries(name: str) -> None:
    model = MODELS[TOPICS[name]["schema"]]
    body = model.model_validate(read(HOME / TOPICS[name]["examples"] / "smallest.json"))
    now = datetime.now(UTC)
    carried = dict(Event(body, 1, Cause("c", now)).headers("test", now, traceparent="00-1-2-01"))
    headers = DOCUMENT["components"]["messages"][name]["headers"]
    assert set(headers["properties"]) == set(carried)
    assert set(headers["required"]) == set(carried) - {"traceparent"}
    Draft202012Validator(headers).validate({key: value.decode() for key, value in carried.items()})


@pytest.mark.parametrize("name", sorted(DOORS))
def test_a_door_wants_only_the_id_and_reads_no_header_of_ours(name: str) -> None:
    headers = DOCUMENT["components"]["messages"][name]["headers"]
    assert headers["required"] == ["ce_id"]
    assert not [header for header in headers["properties"] if header.startswith("x-")]


@pytest.mark.parametrize("name", TOPICS)
def test_the_example_is_what_the_payload_s_schema_takes(name: str) -> None:
    message = DOCUMENT["components"]["messages"][name]
    Draft202012Validator(at(message["payload"]["$ref"])).validate(message["examples"][0]["payload"])


def test_the_partners_guide_links_it_and_names_its_channels() -> None:
    guide = (HOME.parents[1] / "docs" / "partners" / "guide.md").read_text()
    assert "(../../libs/events/asyncapi.yaml)" in guide
    assert all(f"`{name}`" in guide for name in ("partner.shipments", "partner.inbound"))
