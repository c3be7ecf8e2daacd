"""From the bytes of a payload to a model of it within limits, or to what is wrong at which place. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from msgspec.json import Decoder
from pydantic import BaseModel, ValidationError

from order_events import Problem
from order_intake.domain.checkouts import DEEPEST, MOST_BYTES
from order_intake.domain.currencies import DECIMALS
from order_intake.domain.problems import problem, problems_of

P = TypeVar("P", bound=BaseModel)
T = TypeVar("T")
Problems = tuple[Problem, ...]

_LONGEST_NUMBER = 40
_SIZE = problem("", "size", f"the body must not exceed {MOST_BYTES} bytes")
_DEPTH = problem("", "depth", f"objects and lists must not be nested deeper than {DEEPEST}")
_JSON = problem("", "json_invalid", "must be JSON in UTF-8")
_OBJECT = problem("", "model_type", "must be an object")


def read_payload(
    raw: bytes,
    wrappers: Sequence[str],
    model: type[P],
    translate: Callable[[P], T | Problems],
    currency: str | None = None,
) -> T | Problems:
    """What `translate` makes of the payload, or all that is wrong with it, each problem at its place in the payload.

    Args:
        raw: any bytes at all.
        wrappers: names under which the thing may stand as the document's one member; most often it stands bare.
        model: what the translation needs of the payload; what else is there is not looked at.
        translate: gives problems where a rule is broken that is not of one field alone.
        currency: that of money which names none, in a payload that names none either.
    """
    document = _document(raw)
    if isinstance(document, tuple):
        return document
    wrapper = next((name for name in wrappers if isinstance(document.get(name), dict)), "")
    body = document[wrapper] if wrapper else document
    try:
        payload = model.model_validate(body, context=_decimals(body.get("currency", currency)))
    except ValidationError as error:
        return _within(wrapper, problems_of(error))
    try:
        result = translate(payload)
    except ValidationError as error:
        result = _together(error)
    return _within(wrapper, result) if isinstance(result, tuple) else result


def _together(error: ValidationError) -> Problems:
    """Values of which each is right, such as two prices, and which together are more than an order can say."""
    return tuple(problem("", each.rule, f"{each.field}: {each.message}") for each in problems_of(error))


def _document(raw: bytes) -> dict[str, Any] | Problems:
    if len(raw) > MOST_BYTES:
        return (_SIZE,)
    try:
        document = _decoded(raw)
    except RecursionError:
        return (_DEPTH,)
    except ValueError:
        return (_JSON,)
    if not isinstance(document, dict):
        return (_OBJECT,)
    return (_DEPTH,) if _too_deep(document) else document


def _number(written: str) -> Decimal | str:
    """With every digit that it was written with; what no shop writes (`1e999999999`) stays text, and costs nothing."""
    plain = len(written) <= _LONGEST_NUMBER and "e" not in written.lower()
    return Decimal(written) if plain else written


_decoded = Decoder(float_hook=_number).decode


def _too_deep(document: dict[str, Any]) -> bool:
    """Level by level, so that no depth can exhaust a stack."""
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        level = [
            value
            for each in level
            for value in (each.values() if type(each) is dict else each)
            if type(value) is dict or type(value) is list
        ]
        if not level:
            return False
    return True


def _decimals(currency: Any) -> dict[str, int | None]:
    """How many decimals money has that names no currency of its own."""
    return {"decimals": DECIMALS.get(currency) if isinstance(currency, str) else None}


def _within(wrapper: str, problems: Problems) -> Problems:
    if not wrapper:
        return problems
    return tuple(problem(f"{wrapper}.{each.field}".strip("."), each.rule, each.message) for each in problems)
