"""The examples are true: they validate, the smallest is smallest, and the fullest show every field."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.contract.contract import EXAMPLES, MODELS, Json, event_of, name_of, read, schema_file

from order_events import Checkout
from order_events.schemas import EVENTS, schema_of
from order_events.types import Body

DOORS = ("checkout.completed/1", "partner.inbound/1")


def resolved(root: Json, schema: Json) -> list[Json]:
    """The schemas a value may follow, with references followed."""
    if "$ref" in schema:
        return resolved(root, root["$defs"][schema["$ref"].removeprefix("#/$defs/")])
    return [each for option in schema["anyOf"] for each in resolved(root, option)] if "anyOf" in schema else [schema]


def fields_of(root: Json, schema: Json, path: str = "$") -> Iterator[str]:
    """Every field a schema has, such as `$.lines[].sku`."""
    for choice in resolved(root, schema):
        for name, field in choice.get("properties", {}).items():
            yield f"{path}.{name}"
            yield from fields_of(root, field, f"{path}.{name}")
        if "items" in choice:
            yield from fields_of(root, choice["items"], f"{path}[]")


def fields_in(document: Any, path: str = "$") -> Iterator[str]:
    """Every field of a document that holds something."""
    if isinstance(document, list):
        for item in document:
            yield from fields_in(item, f"{path}[]")
    elif isinstance(document, dict):
        for name, value in document.items():
            if value is not None and value not in ([], {}, ""):
                yield f"{path}.{name}"
            yield from fields_in(value, f"{path}.{name}")


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_an_example_validates_against_its_schema(example: Path) -> None:
    Draft202012Validator(read(schema_file(event_of(example)))).validate(read(example))


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_an_example_is_read_and_written_by_its_model(example: Path) -> None:
    model = MODELS[event_of(example)]
    body = model.model_validate_json(example.read_bytes(), strict=True, extra="forbid")
    written = body.model_dump_json()
    assert model.model_validate_json(written) == body
    Draft202012Validator(read(schema_file(event_of(example)))).validate(json.loads(written))


@pytest.mark.parametrize("example", [path for path in EXAMPLES if event_of(path) not in DOORS], ids=name_of)
def test_what_we_write_stands_in_the_example_as_we_write_it(example: Path) -> None:
    written = json.loads(MODELS[event_of(example)].model_validate(read(example)).model_dump_json())
    missing = {field: value for field, value in read(example).items() if not within(value, written[field])}
    assert missing == {}


def within(said: Any, written: Any) -> bool:
    """Whether all that is said is written, beside defaults that are left out."""
    if isinstance(said, dict):
        return all(within(value, written[name]) for name, value in said.items())
    if isinstance(said, list):
        return len(said) == len(written) and all(map(within, said, written))
    return bool(said == written)


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_every_field_stands_in_a_fullest_example(model: type[Body]) -> None:
    event = f"{model.event_type}/{model.schema_version}"
    fullest = [path for path in EXAMPLES if event_of(path) == event and path.stem.startswith("fullest")]
    shown = {field for path in fullest for field in fields_in(read(path))}
    schema = schema_of(model)
    assert set(fields_of(schema, schema)) - shown == set()


@pytest.mark.parametrize("example", [path for path in EXAMPLES if path.stem == "smallest"], ids=name_of)
def test_nothing_can_be_left_out_of_a_smallest_example(example: Path) -> None:
    schema = Draft202012Validator(read(schema_file(event_of(example))))
    spare = [path for path in parts(read(example)) if schema.is_valid(without(read(example), path))]
    assert spare == []


def parts(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all fields and items in a document."""
    inside = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inside:
        yield (*path, key)
        yield from parts(value, (*path, key))


def without(document: Any, path: tuple[Any, ...]) -> Any:
    """The document without one of its parts."""
    found = document
    for key in path[:-1]:
        found = found[key]
    del found[path[-1]]
    return document


def test_the_complete_example_is_a_korean_gift_order() -> None:
    """The example of the documentation, word for word."""
    (path,) = (path for path in EXAMPLES if name_of(path) == "checkout.completed/1/complete")
    order = Checkout.model_validate_json(path.read_bytes(), strict=True, extra="forbid")
    assert json.loads(order.model_dump_json(exclude_unset=True)).keys() == read(path).keys()
    assert (order.source_id, order.shop, order.locale, order.payment.status) == (
        "G-20411",
        "seoul-craft",
        "ko-KR",
        "paid",
    )
    assert order.placed_at.isoformat() == "2026-11-23T00:14:01+00:00"
    assert order.ship_to is not None
    assert (order.ship_to.address1, order.ship_to.delivery_note) == (
        "서울특별시 중구 세종대로 110",
        "문 앞에 놓아 주세요",
    )
    assert (order.wishes.gift_message, order.instructions.sample_skus) == ("생일 축하해!", ("TEA-S",))
    (line,) = order.lines
    assert (line.sku, line.title, line.quantity, line.price.amount, line.weight_g) == (
        "MUG-BLUE",
        "파란 머그컵",
        2,
        18000,
        340,
    )
