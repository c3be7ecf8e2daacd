"""The schemas are closed, are in words the compatibility check knows, and mark personal data."""

import importlib
import pkgutil
from collections.abc import Iterator
from inspect import isabstract
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import order_events
from order_events.schemas import DRAFT, EVENTS, schema_of
from order_events.types import Body

# What `order_events.compatibility` compares one by one; any other word would only be compared as it stands.
COMPARED = {
    "$defs", "$id", "$ref", "$schema", "additionalProperties", "anyOf", "default", "description", "enum", "format", "items",
    "maxItems", "maxLength", "maximum", "minItems", "minLength", "minimum", "pattern", "properties", "required", "title",
    "type", "x-personal-data",
}  # fmt: skip
SEALED = {"customer", "ship_to", "wishes"}
PERSONAL = {
    "email",
    "phone",
    "address1",
    "address2",
    "delivery_note",
    "entry_code",
    "gift_message",
    "card",
    "note_to_packer",
}

Nodes = Iterator[dict[str, Any]]


def nodes(schema: Any) -> Nodes:
    """Every schema in a schema."""
    if isinstance(schema, dict):
        yield schema
        for word, inside in schema.items():
            if word in {"properties", "$defs"}:
                yield from (node for named in inside.values() for node in nodes(named))
            elif word in {"items", "anyOf", "additionalProperties"}:
                yield from nodes(inside)
    elif isinstance(schema, list):
        yield from (node for each in schema for node in nodes(each))


def test_every_event_of_the_library_has_a_schema() -> None:
    for module in pkgutil.iter_modules(order_events.__path__, "order_events."):
        importlib.import_module(module.name)
    assert set(concrete(Body)) == set(EVENTS)  # type: ignore[type-abstract]


def concrete(kind: type[Body]) -> Iterator[type[Body]]:
    """The events among the heirs of a class that the library itself defines."""
    for heir in kind.__subclasses__():
        yield from concrete(heir)
        if heir.__module__.startswith("order_events.") and not isabstract(heir) and hasattr(heir, "event_type"):
            yield heir


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_a_schema_is_a_valid_schema_that_says_what_it_is(model: type[Body]) -> None:
    schema = schema_of(model)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DRAFT
    assert schema["$id"] == f"urn:baesong:{model.event_type}/1"
    assert schema["title"] == model.__name__
    described = [schema, *schema.get("$defs", {}).values()]
    assert all(each["description"].rstrip().endswith(".") for each in described)


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_a_writer_writes_no_field_the_schema_does_not_have(model: type[Body]) -> None:
    objects = [node for node in nodes(schema_of(model)) if node.get("type") == "object"]
    assert objects
    assert all(node["additionalProperties"] is False for node in objects)


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_a_schema_uses_only_words_the_compatibility_check_knows(model: type[Body]) -> None:
    assert {word for node in nodes(schema_of(model)) for word in node} <= COMPARED


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_every_text_has_a_stated_length_and_every_number_a_bound(model: type[Body]) -> None:
    for node in nodes(schema_of(model)):
        if node.get("type") == "string" and "enum" not in node:
            assert "maxLength" in node or "format" in node or bounded(node["pattern"]), node
        if node.get("type") == "integer":
            assert {"minimum", "maximum"} <= node.keys(), node


def bounded(pattern: str) -> bool:
    return "*" not in pattern and "+" not in pattern


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_personal_data_stands_only_in_marked_parts(model: type[Body]) -> None:
    schema = schema_of(model)
    for node in nodes(schema):
        fields = node.get("properties", {})
        if PERSONAL & fields.keys():
            assert node["x-personal-data"] is True, node["title"]
        for name, field in fields.items():
            assert marked(schema, field) == (name in SEALED), name


def marked(root: dict[str, Any], field: dict[str, Any]) -> bool:
    """Whether a field's value is a part that is marked as personal data."""
    refs = [node["$ref"].removeprefix("#/$defs/") for node in (field, *field.get("anyOf", ())) if "$ref" in node]
    return any(root["$defs"][ref].get("x-personal-data", False) for ref in refs)


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_a_model_has_no_default_for_identity_or_time(model: type[Body]) -> None:
    for node in nodes(schema_of(model)):
        for name, field in node.get("properties", {}).items():
            if name == "at" or name.endswith(("_id", "_at")):
                assert name in node.get("required", ()) or field.get("default", 0) is None, name
