"""The contract as it lies in files: topics, schemas and examples."""

import json
from pathlib import Path
from typing import Any

import yaml

from order_events.schemas import EVENTS, HOME
from order_events.types import Body

Json = dict[str, Any]

MODELS: dict[str, type[Body]] = {f"{model.event_type}/{model.schema_version}": model for model in EVENTS}
TOPICS: dict[str, Json] = {path.stem: yaml.safe_load(path.read_text()) for path in (HOME / "topics").glob("*.yaml")}
EXAMPLES = sorted((HOME / "examples").rglob("*.json"))


def event_of(example: Path) -> str:
    """The event and version of an example, such as `order.placed/1`."""
    return f"{example.parts[-3]}/{example.parts[-2]}"


def name_of(example: Path) -> str:
    """Such as `order.placed/1/fullest`."""
    return f"{event_of(example)}/{example.stem}"


def read(path: Path) -> Json:
    document: Json = json.loads(path.read_text())
    return document


def schema_file(event: str) -> Path:
    """Where the schema of an event such as `order.placed/1` stands."""
    kind, _, version = event.rpartition("/")
    return HOME / "schemas" / f"{kind}.v{version}.schema.json"
