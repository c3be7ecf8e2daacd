"""The JSON Schemas of all events: made from the models, compared with what is committed and with what was released.

`python -m order_events.schemas` writes them, `--check` compares, `--release` copies them to `released/`.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from order_events.allocations import AllocationDecided, InventoryChanged
from order_events.checkouts import Checkout, CheckoutAnswered
from order_events.compatibility import breaks
from order_events.notifications import CustomerNotified, EffectRecorded
from order_events.orders import OrderChanged, OrderPlaced
from order_events.partners import PartnerInbound, PartnerShipment
from order_events.shipments import ShipmentCreated, ShipmentUpdated
from order_events.types import YEARS, Body, in_utc, known, not_empty, without_nul

EVENTS: tuple[type[Body], ...] = (
    AllocationDecided,
    Checkout,
    CheckoutAnswered,
    CustomerNotified,
    EffectRecorded,
    InventoryChanged,
    OrderChanged,
    OrderPlaced,
    PartnerInbound,
    PartnerShipment,
    ShipmentCreated,
    ShipmentUpdated,
)
HOME = Path(__file__).parents[2]
DRAFT = "https://json-schema.org/draft/2020-12/schema"

_SAID_BY: Mapping[Callable[..., Any], JsonSchemaValue] = {
    not_empty: {"minItems": 1},
    without_nul: {"pattern": r"^[^\x00]*$"},
    in_utc: {"description": f"RFC 3339 with an offset; in UTC in the years {YEARS[0]} to {YEARS[1]}"},
}


class WriterSchema(GenerateJsonSchema):
    """What a writer may write: no unknown field, and at a door no `other`."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A model as a closed object."""
        return {**super().model_schema(schema), "additionalProperties": False}

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        """What a validator of ours adds to a type, said in JSON Schema."""
        said = super().function_after_schema(schema)
        check = schema["function"]["function"]
        if check is known:
            values = self.resolve_ref_schema(said)
            return {**values, "enum": [value for value in values["enum"] if value != "other"]}
        return {**said, **_SAID_BY.get(check, {})}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - a name says as much as its title
        """No field has a title."""
        return False


def schema_of(model: type[Body]) -> dict[str, Any]:
    """The JSON Schema of one event."""
    said = model.model_json_schema(schema_generator=WriterSchema)
    return {"$schema": DRAFT, "$id": f"urn:baesong:{model.event_type}/{model.schema_version}", **said}


def file_name(model: type[Body]) -> str:
    """Where the schema of an event stands, such as `order.placed.v1.schema.json`."""
    return f"{model.event_type}.v{model.schema_version}.schema.json"


def texts() -> dict[str, str]:
    """The text of every schema file, by file name; the same for the same models."""
    return {file_name(model): _text(schema_of(model)) for model in EVENTS}


def _text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def drifted(home: Path) -> list[str]:
    """The files in `schemas/` that are not what the models say: missing, other, or of no model."""
    wanted = texts()
    found = {path.name: path.read_text(encoding="utf-8") for path in (home / "schemas").glob("*.json")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def broken(home: Path) -> list[str]:
    """How `schemas/` breaks what was released, one line for each break."""
    return [f"{path.name}: {what}" for path in sorted((home / "released").glob("*.json")) for what in _breaks(path)]


def _breaks(released: Path) -> list[str]:
    current = released.parents[1] / "schemas" / released.name
    if not current.exists():
        return ["released, and no longer there: a version stays readable"]
    return [str(each) for each in breaks(_read(released), _read(current))]


def _read(path: Path) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def write(home: Path) -> None:
    """Make `schemas/` what the models say."""
    folder = home / "schemas"
    folder.mkdir(exist_ok=True)
    for stray in {path.name for path in folder.glob("*.json")} - texts().keys():
        (folder / stray).unlink()
    for name, text in texts().items():
        (folder / name).write_text(text, encoding="utf-8")


def complaints(home: Path) -> list[str]:
    """All that keeps the schemas from being released, one line each."""
    drift = [f"schemas/{name} is not what the models say: run make schemas" for name in drifted(home)]
    return drift + [f"released/{line}" for line in broken(home)]


def release(home: Path) -> None:
    """Copy `schemas/` to `released/`: from now on nothing in them may break."""
    (home / "released").mkdir(exist_ok=True)
    for path in (home / "schemas").glob("*.json"):
        (home / "released" / path.name).write_bytes(path.read_bytes())


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, check or release the schemas; the exit status is 1 when a check does not hold."""
    parser = ArgumentParser(prog="python -m order_events.schemas", description="JSON Schemas of all events.")
    parser.add_argument("--check", action="store_true", help="compare with the models and with what was released")
    parser.add_argument("--release", action="store_true", help="copy to released/, if the check holds")
    parser.add_argument("--home", type=Path, default=HOME, help="the folder that holds schemas/ and released/")
    asked = parser.parse_args(arguments)
    if not (asked.check or asked.release):
        write(asked.home)
    found = complaints(asked.home)
    sys.stdout.writelines(f"{line}\n" for line in found)
    if asked.release and not found:
        release(asked.home)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
