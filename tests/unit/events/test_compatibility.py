"""Within a version only what need not be there may be added; a schema is broken here in each way, and it is seen."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from order_events import OrderPlaced
from order_events.compatibility import Rule, breaks
from order_events.schemas import EVENTS, schema_of
from order_events.types import Body

Schema = dict[str, Any]
Change = Callable[[Schema], object]

OLD: Schema = {
    "$defs": {
        "Line": {
            "type": "object",
            "additionalProperties": False,
            "required": ["sku"],
            "properties": {
                "sku": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[a-z]*$"},
                "quantity": {"type": "integer", "minimum": 1, "maximum": 9, "default": 1},
                "part": {"anyOf": [{"$ref": "#/$defs/Line"}, {"type": "null"}], "default": None},
            },
        },
        "Status": {"type": "string", "enum": ["open", "closed", "other"]},
        "Name": {"type": "object", "properties": {}, "x-personal-data": True},
        "Way": {"type": "object", "properties": {"service": {"type": "string", "default": "standard"}}},
    },
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "lines"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "note": {"anyOf": [{"type": "string", "maxLength": 10}, {"type": "null"}], "default": None},
        "status": {"$ref": "#/$defs/Status", "default": "open"},
        "name": {"$ref": "#/$defs/Name"},
        "way": {"$ref": "#/$defs/Way", "default": {"service": "standard"}},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}, "minItems": 1},
        "more": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}


def fields(schema: Schema) -> Schema:
    found: Schema = schema["properties"]
    return found


def line(schema: Schema) -> Schema:
    found: Schema = schema["$defs"]["Line"]
    return found


def changed(change: Change) -> Schema:
    new = copy.deepcopy(OLD)
    change(new)
    return new


ALLOWED: dict[str, Change] = {
    "nothing": lambda s: None,
    "an optional field": lambda s: fields(s).update(tip={"type": "integer", "default": 0}),
    "an optional field of a part": lambda s: fields(line(s)).update(gift={"type": "boolean", "default": False}),
    "an optional part of a new kind": lambda s: (
        s["$defs"].update(Box={"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}}),
        fields(s).update(box={"anyOf": [{"$ref": "#/$defs/Box"}, {"type": "null"}], "default": None}),
    ),
    "a value of a closed set": lambda s: s["$defs"]["Status"].update(enum=["open", "paused", "closed", "other"]),
    "the order of fields": lambda s: s.update(
        properties=dict(reversed(s["properties"].items())), required=["lines", "id"]
    ),
    "other words for it": lambda s: (s.update(title="T", description="D"), line(s).update(description="D")),
    "the name of a part": lambda s: (
        s["$defs"].update(OrderLine=copy.deepcopy(line(s))),
        fields(s)["lines"].update(items={"$ref": "#/$defs/OrderLine"}),
    ),
    "an optional field of a part that has a default": lambda s: fields(s)["way"]["default"].update(title=None),
    "a part written out": lambda s: fields(s).update(status={**s["$defs"].pop("Status"), "default": "open"}),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_an_old_reader_survives(change: Change) -> None:
    assert breaks(OLD, changed(change)) == []


BROKEN: dict[str, tuple[Change, str, Rule]] = {
    "a field removed": (lambda s: fields(s).pop("note"), "$.note", Rule.FIELD_REMOVED),
    "a field of a part removed": (lambda s: fields(line(s)).pop("quantity"), "$.lines[].quantity", Rule.FIELD_REMOVED),
    "a field renamed": (lambda s: fields(s).update(notes=fields(s).pop("note")), "$.note", Rule.FIELD_REMOVED),
    "a new field that must be there": (
        lambda s: (fields(s).update(tip={"type": "integer"}), s["required"].append("tip")),
        "$.tip",
        Rule.FIELD_REQUIRED,
    ),
    "a field that must now be there": (lambda s: s["required"].append("note"), "$.note", Rule.FIELD_REQUIRED),
    "a field that need not be there any more": (lambda s: s["required"].remove("id"), "$.id", Rule.FIELD_OPTIONAL),
    "null no longer allowed": (lambda s: fields(s).update(note={"type": "string", "maxLength": 10, "default": None}), "$.note", Rule.TYPE_NARROWED),
    "null now allowed": (
        lambda s: fields(s).update(id={"anyOf": [{"type": "string", "format": "uuid"}, {"type": "null"}]}),
        "$.id",
        Rule.TYPE_WIDENED,
    ),
    "null now allowed in a list of types": (lambda s: fields(s)["id"].update(type=["string", "null"]), "$.id", Rule.TYPE_WIDENED),
    "another type": (lambda s: fields(line(s)).update(quantity={"type": "string"}), "$.lines[].quantity", Rule.TYPE_NARROWED),
    "a wider type": (lambda s: fields(line(s))["quantity"].update(type="number"), "$.lines[].quantity", Rule.TYPE_WIDENED),
    "one thing where many were": (lambda s: fields(s).update(lines={"$ref": "#/$defs/Line"}), "$.lines", Rule.TYPE_NARROWED),
    "a value of a closed set removed": (lambda s: s["$defs"]["Status"]["enum"].remove("closed"), "$.status", Rule.VALUE_REMOVED),
    "a value of a closed set renamed": (lambda s: s["$defs"]["Status"].update(enum=["open", "shut", "other"]), "$.status", Rule.VALUE_REMOVED),
    "a closed set fixed to one value": (lambda s: s["$defs"].update(Status={"type": "string", "const": "open"}), "$.status", Rule.VALUE_REMOVED),
    "free text made a closed set": (lambda s: fields(line(s))["sku"].update(enum=["a"]), "$.lines[].sku", Rule.TYPE_NARROWED),
    "a closed set made free text": (lambda s: s["$defs"]["Status"].pop("enum"), "$.status", Rule.TYPE_WIDENED),
    "a lower most": (lambda s: fields(line(s))["quantity"].update(maximum=8), "$.lines[].quantity", Rule.BOUND_NARROWED),
    "a higher most": (lambda s: fields(line(s))["quantity"].update(maximum=10), "$.lines[].quantity", Rule.BOUND_WIDENED),
    "a higher least": (lambda s: fields(line(s))["quantity"].update(minimum=2), "$.lines[].quantity", Rule.BOUND_NARROWED),
    "a lower least": (lambda s: fields(line(s))["quantity"].update(minimum=0), "$.lines[].quantity", Rule.BOUND_WIDENED),
    "a shorter text": (lambda s: fields(s)["note"]["anyOf"][0].update(maxLength=9), "$.note", Rule.BOUND_NARROWED),
    "a longer text": (lambda s: fields(s)["note"]["anyOf"][0].update(maxLength=11), "$.note", Rule.BOUND_WIDENED),
    "a bound where none was": (lambda s: fields(s)["lines"].update(maxItems=5), "$.lines", Rule.BOUND_NARROWED),
    "no bound where one was": (lambda s: fields(s)["lines"].pop("minItems"), "$.lines", Rule.BOUND_WIDENED),
    "another pattern": (lambda s: fields(line(s))["sku"].update(pattern="^[a-z0-9]*$"), "$.lines[].sku", Rule.KEYWORD_CHANGED),
    "no pattern": (lambda s: fields(line(s))["sku"].pop("pattern"), "$.lines[].sku", Rule.KEYWORD_CHANGED),
    "another format": (lambda s: fields(s)["id"].update(format="date"), "$.id", Rule.KEYWORD_CHANGED),
    "a default that lost a field": (lambda s: fields(s)["way"].update(default={}), "$.way", Rule.KEYWORD_CHANGED),
    "another default": (lambda s: fields(line(s))["quantity"].update(default=2), "$.lines[].quantity", Rule.KEYWORD_CHANGED),
    "a default that is zero and not false": (lambda s: fields(s)["status"].update(default=None), "$.status", Rule.KEYWORD_CHANGED),
    "no default": (lambda s: fields(s)["note"].pop("default"), "$.note", Rule.KEYWORD_CHANGED),
    "personal data no longer marked": (lambda s: s["$defs"]["Name"].pop("x-personal-data"), "$.name", Rule.KEYWORD_CHANGED),
    "a writer no longer closed": (lambda s: s.pop("additionalProperties"), "$.*", Rule.KEYWORD_CHANGED),
    "other values of a map": (lambda s: fields(s)["more"].update(additionalProperties={"type": "string"}), "$.more.*", Rule.TYPE_NARROWED),
    "items that may be anything": (lambda s: fields(s)["lines"].pop("items"), "$.lines[]", Rule.KEYWORD_CHANGED),
    "a field that may be anything": (lambda s: fields(s).update(id=True), "$.id", Rule.TYPE_WIDENED),
    "a field that may be nothing": (lambda s: fields(s).update(id=False), "$.id", Rule.TYPE_NARROWED),
    "a word this check does not know": (lambda s: fields(s)["lines"].update(uniqueItems=True), "$.lines", Rule.KEYWORD_CHANGED),
}  # fmt: skip


@pytest.mark.parametrize(("change", "path", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_break_is_seen_with_its_path_and_rule(change: Change, path: str, rule: Rule) -> None:
    assert (path, rule) in {(found.path, found.rule) for found in breaks(OLD, changed(change))}


def test_every_rule_is_shown_broken() -> None:
    assert {rule for _, _, rule in BROKEN.values()} == set(Rule)


def test_a_break_reads_as_one_line() -> None:
    (found,) = breaks(OLD, changed(lambda s: fields(s)["note"]["anyOf"][0].update(maxLength=9)))
    assert str(found) == "$.note: bound narrowed: maxLength 10, now 9"


def test_a_part_that_holds_itself_is_compared_once() -> None:
    (found,) = {
        str(each)
        for each in breaks(OLD, changed(lambda s: fields(line(s))["sku"].pop("minLength")))
        if each.path == "$.lines[].sku"
    }
    assert found == "$.lines[].sku: bound widened: minLength 1, now none"


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_every_event_may_take_its_own_place(model: type[Body]) -> None:
    assert breaks(schema_of(model), schema_of(model)) == []


def test_a_real_event_is_broken_by_each_field_that_goes() -> None:
    old = schema_of(OrderPlaced)
    for name in old["properties"]:
        new = copy.deepcopy(old)
        del new["properties"][name]
        assert f"$.{name}" in {found.path for found in breaks(old, new)}
