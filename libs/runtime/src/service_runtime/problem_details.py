"""Errors as RFC 9457 says them: one shape for whatever HTTP refuses, in the answers and in OpenAPI."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from order_events import Problem

MEDIA_TYPE = "application/problem+json"
BLANK = "about:blank"  # the status says what kind of problem it is; which field breaks which rule stands in `problems`
NAME = "ProblemDetails"
Json = dict[str, Any]


class ProblemDetails(BaseModel):
    """What is wrong (RFC 9457): `problems` says it field by field, `refused_id` under which it is kept as it came."""

    type: str = BLANK
    title: str
    status: int
    detail: str | None = None
    problems: list[Problem] = []
    refused_id: UUID | None = None


def body_of(status: int, said: Mapping[str, Any]) -> Json:
    """An error's body: what RFC 9457 names, then all that is said beside."""
    messages = [f"{one['field']}: {one['message']}".removeprefix(": ") for one in said.get("problems", ())]
    detail = {"detail": "; ".join(messages[:3])} if messages else {}
    return {"type": BLANK, "title": HTTPStatus(status).phrase, "status": status, **detail, **said}


def answer(status: int, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error, as HTTP says it."""
    return JSONResponse(body_of(status, said), status, dict(headers) if headers else None, MEDIA_TYPE)


def documented(app: FastAPI) -> Json:
    """The OpenAPI document in which every error is one."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for operation in _operations(document):
            _as_problems(operation["responses"])
        own = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(own.pop("$defs", {}))
        schemas[NAME] = own
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
    return FastAPI.openapi(app)


def _operations(document: Json) -> Iterator[Json]:
    return (operation for methods in document["paths"].values() for operation in methods.values())


def _as_problems(responses: dict[str, Json]) -> None:
    """Every error that is named, and whatever else is refused: no key, a key in flight, the database away."""
    responses.setdefault("default", {"description": "What is wrong"})
    refused: Sequence[str] = [status for status in responses if status >= "400"]
    for status in refused:
        responses[status]["content"] = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{NAME}"}}}
