"""What the HTTP door takes and answers, and how OpenAPI says so."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from order_events import AnswerStatus, Cancellation, CancelReason, Problem
from order_events.types import Line, Text


def _said(reason: object) -> object:
    """Unlike a reader, a door refuses a reason nobody knows; `other` is one that Shopify knows."""
    if reason not in list(CancelReason):
        raise ValueError(f"must be one of: {', '.join(CancelReason)}")
    return reason


class OrderTaken(BaseModel):
    """The order is ours; a repeat is answered like the first, with `repeated` true.

    `status`: accepted, held, or changed to `version`; `held`: why it must not leave yet.
    """

    order_id: str
    name: str
    version: int
    repeated: bool
    status: AnswerStatus
    held: list[Problem]


class CancelOrder(BaseModel):
    """Why an order is cancelled, and by whom."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[CancelReason, BeforeValidator(_said)]
    note: Text | None = None
    actor: Annotated[Line, Field(min_length=1)] = "api"


class OrderCancelled(BaseModel):
    """The version that the cancel made; what turns out to be kept comes with later versions."""

    order_id: str
    name: str
    version: int
    cancellation: Cancellation
    repeated: bool


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "The key is missing or wrong"},
    413: {"description": "The body exceeds 1 MiB"},
    422: {"description": "A field breaks a rule"},
}
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "Nothing is known under this id"}}


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """A JSON Schema without references: OpenAPI resolves them against its own document."""
    if isinstance(schema, list):
        return [_inlined(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    named = parts[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else {}
    own = {name: each for name, each in schema.items() if name not in {"$ref", "$defs"}}
    return {name: _inlined(each, parts) for name, each in {**named, **own}.items()}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of a body that an endpoint reads itself, as bytes."""
    schema = model.model_json_schema()
    content = {"application/json": {"schema": _inlined(schema, schema.get("$defs", {}))}}
    return {"requestBody": {"required": True, "content": content}}
