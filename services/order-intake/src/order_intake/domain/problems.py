"""What is wrong with an input, said so that its sender can mend it. Pure."""

import re
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from order_events import Problem

MOST_PROBLEMS = 100  # a body of 1 MiB can break rules by the ten thousand; who mends a hundred asks again
_FIELD, _RULE, _MESSAGE, _HEADER = 255, 64, 500, 1000  # what `Problem` can carry, and what a reader reads
_UNSAYABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def problem(field: str, rule: str, message: str) -> Problem:
    """A problem in words that can be stored: a field's name may be the sender's own text."""
    return Problem(field=sayable(field, _FIELD), rule=rule[:_RULE], message=sayable(message, _MESSAGE))


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """What a model says of an input: the path of each field, pydantic's name of the rule, its message."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return at_most((problem(path(each["loc"]), each["type"], each["msg"]) for each in found), len(found))


def at_most(problems: Iterable[Problem], count: int) -> tuple[Problem, ...]:
    """The first hundred of `count` problems, and after them how many more there are."""
    told = tuple(each for each, _ in zip(problems, range(MOST_PROBLEMS), strict=False))
    more = problem("", "more", f"{count - MOST_PROBLEMS} more problems are not listed")
    return (*told, more) if count > MOST_PROBLEMS else told


def path(steps: Sequence[str | int]) -> str:
    """A place in a document, such as `lines[0].quantity`; empty for the document itself."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def sayable(text: str, length: int) -> str:
    """A sender's own text, cut, and without characters that cannot be stored or shown."""
    return _UNSAYABLE.sub("\ufffd", text[:length])


def sayable_headers(headers: Iterable[tuple[str, bytes | None]]) -> list[tuple[str, str]]:
    """A sender's headers, to be looked at; Kafka allows one without a value."""
    return [
        (sayable(name, _HEADER), sayable((value or b"").decode(errors="replace"), _HEADER)) for name, value in headers
    ]
