"""Documents drawn from a JSON Schema, and documents in which one value is hostile."""

import copy
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st

from order_events.schemas import schema_of
from order_events.types import Body

Json = Mapping[str, Any]

EXAMPLES = 500 if os.environ.get("BAESONG_SIZE") == "prove" else 20
LONGEST_DRAWN = 40  # longer texts only cost time; the tests of the types look at the limits
WORDS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FIRST, LAST = datetime(1970, 1, 2), datetime(2199, 12, 30)  # noqa: DTZ001 - hypothesis adds the offset
MOMENTS = st.datetimes(FIRST, LAST, timezones=OFFSETS)

HOSTILE: tuple[object, ...] = (
    "\x00", "a\x00b", "\ud800", "\udfff tail", "", " ", "\n", "\u2028", "\ufffe", "𐀀", "김민아", "x" * 300, "y" * 6000,
    "other", "never_heard_of", "NaN", "1", "10" * 40, -1, 0, 1, 2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**24,
    -(10**24), 0.5, -0.0, 1e308, 5e-324, float("nan"), float("inf"), float("-inf"), True, None, [], {}, [None], {"a": 1},
    "1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z", "2200-01-01T00:00:00Z",
    "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59-12:00", "2026-11-23T09:14:05", "2026-02-30T00:00:00Z", "1e400",
)  # fmt: skip


@cache
def documents_of(model: type[Body]) -> st.SearchStrategy[Any]:
    """JSON documents that the schema of an event allows."""
    schema = schema_of(model)
    return _drawn(schema, schema)


@cache
def hostile_documents_of(model: type[Body]) -> st.SearchStrategy[bytes]:
    """JSON texts of an event in which up to two values are replaced by hostile ones."""

    @st.composite
    def build(draw: st.DrawFn) -> bytes:
        document = draw(documents_of(model))
        for _ in range(draw(st.integers(0, 2))):
            path = draw(st.sampled_from(list(leaves(document))))
            document = replaced(document, path, draw(st.sampled_from(HOSTILE)))
        return json.dumps(document).encode()

    return build()


def leaves(document: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in a document that hold no other values."""
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    children = [leaf for key, value in inside for leaf in leaves(value, (*path, key))]
    yield from children or [path]


def replaced(document: Any, path: tuple[Any, ...], value: object) -> Any:
    """The document with another value at one place."""
    if not path:
        return value
    changed = copy.copy(document)
    changed[path[0]] = replaced(document[path[0]], path[1:], value)
    return changed


def _drawn(root: Json, schema: Json) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _drawn(root, root["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    if "anyOf" in schema:
        return st.one_of(*(_drawn(root, option) for option in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        return _objects(root, schema)
    if schema["type"] == "array":
        return st.lists(_drawn(root, schema["items"]), min_size=schema.get("minItems", 0), max_size=2)
    return _values(schema)


def _objects(root: Json, schema: Json) -> st.SearchStrategy[Any]:
    required = schema.get("required", ())
    fields = {name: _drawn(root, field) for name, field in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: field for name, field in fields.items() if name in required},
        optional={name: field for name, field in fields.items() if name not in required},
    )


def _values(schema: Json) -> st.SearchStrategy[Any]:
    match schema["type"]:
        case "string":
            return _texts(schema)
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.floats(schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
    return st.none()


def _texts(schema: Json) -> st.SearchStrategy[str]:
    longest = schema.get("maxLength", LONGEST_DRAWN)
    if schema.get("format") == "date-time":
        return MOMENTS.map(datetime.isoformat)
    if schema["pattern"] == r"^[^\x00]*$":
        return st.text(WORDS, min_size=schema.get("minLength", 0), max_size=min(longest, LONGEST_DRAWN))
    return st.from_regex(schema["pattern"].removesuffix("$") + r"\Z").filter(lambda text: _fits(text, longest))


def _fits(text: str, longest: int) -> bool:
    return len(text) <= longest and text.isascii()
