"""Writes the AsyncAPI 3 document of all topics from topic files and models, or checks that it has not drifted."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from order_events.schemas import EVENTS, HOME, file_name
from order_events.types import Body

DOCUMENT = HOME / "asyncapi.yaml"
SERVICES = ("order-intake", "allocator", "fulfiller", "notifier")
MODELS = {f"{model.event_type}/{model.schema_version}": model for model in EVENTS}
DAY_MS = 86_400_000
KAFKA = {"bindingVersion": "0.5.0"}
INFO = {
    "title": "Baesong",
    "version": "0.1.0",
    "license": {"name": "Apache-2.0"},
    "description": (
        "What the services of an installation, its upstream and its partners say to each other on Kafka. An instance "
        "may put a prefix before every address. What cannot be read is copied to `<address>.dlq`."
    ),
}
PARAMETERS = {
    "partner_id": {"description": "The partner's id; a partner reads and writes only its own."},
    "service": {"description": "The service whose effects these are.", "enum": list(SERVICES)},
}
# The headers of CloudEvents 1.0 in Kafka's binary mode, and ours; all are texts in UTF-8.
HEADERS = {
    "ce_specversion": "Version of CloudEvents.",
    "ce_id": "The event's id; the same id is the same event.",
    "ce_type": "What is said.",
    "ce_source": "Who says it.",
    "ce_time": "When it was said (RFC 3339).",
    "ce_subject": "The thing it is about.",
    "content-type": "How the value is written.",
    "x-causation-id": "The id of what made it necessary.",
    "x-aggregate-version": "Counts up with every event about the thing; the highest is its state.",
    "x-schema": "Type and version of the schema.",
    "traceparent": "W3C Trace Context, where tracing is on.",
}
ALWAYS_THE_SAME = {"ce_specversion": "1.0", "content-type": "application/json"}
DOOR_HEADERS = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type")


def topics() -> dict[str, dict[str, Any]]:
    """The topic files, by name."""
    return {path.stem: yaml.safe_load(path.read_text()) for path in sorted((HOME / "topics").glob("*.yaml"))}


def document() -> dict[str, Any]:
    """The whole document."""
    said = topics()
    return {
        "asyncapi": "3.0.0",
        "info": INFO,
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, topic) for name, topic in said.items()},
        "operations": dict(sorted(each for name, topic in said.items() for each in _operations(name, topic))),
        "components": {"messages": {name: _message(topic) for name, topic in said.items()}},
    }


def is_door(topic: Mapping[str, Any]) -> bool:
    """Whether others write what its owner reads: hostile input, of which only the id is indispensable."""
    return topic["owner"] not in topic["producers"]


def _channel(name: str, topic: Mapping[str, Any]) -> dict[str, Any]:
    named = re.findall(r"\{(\w+)\}", topic["topic"])
    parameters = {"parameters": {parameter: PARAMETERS[parameter] for parameter in named}} if named else {}
    settings = {
        "cleanup.policy": [topic["cleanup"]],
        "retention.ms": topic["retention_days"] * DAY_MS,
        "max.message.bytes": topic["max_message_bytes"],
    }
    return {
        "address": topic["topic"],
        "description": topic["description"],
        **parameters,
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "bindings": {"kafka": {"partitions": topic["partitions"]["live"], "topicConfiguration": settings, **KAFKA}},
    }


def _operations(name: str, topic: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for action, who in (("send", topic["producers"]), ("receive", topic["consumers"])):
        for each in who:
            speaker = each.strip("{}").removesuffix("_id")
            yield f"{speaker}.{action}s.{name}", _operation(name, action, speaker)


def _operation(name: str, action: str, speaker: str) -> dict[str, Any]:
    group = speaker if speaker in SERVICES and action == "receive" else None
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{name}"},
        "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        "tags": [{"name": speaker}],
        **({"bindings": {"kafka": {"groupId": _group(group, name), **KAFKA}}} if group else {}),
    }


def _group(service: str, name: str) -> dict[str, Any]:
    """A service reads hostile topics apart from its own."""
    return {"type": "string", "const": f"{service}.outside" if is_door(topics()[name]) else service}


def _message(topic: Mapping[str, Any]) -> dict[str, Any]:
    model = MODELS[topic["schema"]]
    example = HOME / topic["examples"] / "smallest.json"
    return {
        "name": model.event_type,
        "title": model.__name__,
        "summary": " ".join((model.__doc__ or "").split()),
        "contentType": "application/json",
        "headers": _headers(topic, model),
        "correlationId": {"location": f"$message.header#/{'ce_id' if is_door(topic) else 'x-causation-id'}"},
        "payload": {"$ref": f"schemas/{file_name(model)}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": f"The {topic['key']}."}, **KAFKA}},
        "examples": [{"name": example.stem, "payload": json.loads(example.read_text(encoding="utf-8"))}],
    }


def _headers(topic: Mapping[str, Any], model: type[Body]) -> dict[str, Any]:
    fixed = ALWAYS_THE_SAME | {"ce_type": model.event_type, "x-schema": topic["schema"]}
    names = DOOR_HEADERS if is_door(topic) else tuple(HEADERS)
    said = {name: {"type": "string", "description": HEADERS[name]} for name in names}
    return {
        "type": "object",
        "required": ["ce_id"] if is_door(topic) else [name for name in names if name != "traceparent"],
        "properties": {name: {**of, **({"const": fixed[name]} if name in fixed else {})} for name, of in said.items()},
    }


def text() -> str:
    """The document as it is committed."""
    made_by = "# Made from topics/ and the models by `make schemas`; `make check` fails when it has drifted.\n"
    whole = json.loads(json.dumps(document()))  # what stands twice is written twice, without YAML's anchors
    return made_by + yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120)


def main(arguments: Sequence[str], path: Path = DOCUMENT) -> int:
    """Write it; with `--check` only say whether it differs, and 1 if it does."""
    drifted = not path.exists() or path.read_text(encoding="utf-8") != text()
    if "--check" in arguments:
        sys.stderr.write(f"{path} has drifted from topics and models: run `make schemas`\n" if drifted else "")
        return int(drifted)
    path.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
