"""Where two states of a thing differ, place by place. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from order_events import Order

_NOTHING: Any = object()
_BESIDE: Any = {"updated_at": True}  # when it was touched is not what it says


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in an order, such as `lines[0].weight_g`: what is held there, and what is read there today."""

    path: str
    held: Any
    today: Any


def between(held: Order, today: Order) -> tuple[Difference, ...]:
    """Where an order says something else than it did."""
    return tuple(differences("", held.model_dump(mode="json"), today.model_dump(mode="json")))


def places(held: Order, today: Order) -> tuple[str, ...]:
    """The same without what stands there, and without when the order was touched."""
    one, other = (order.model_dump(mode="json", exclude=_BESIDE) for order in (held, today))
    return tuple(each.path for each in differences("", one, other))


def differences(path: str, held: Any, today: Any) -> Iterator[Difference]:
    """Place by place; lists of two lengths are compared whole, because which item is which is not known."""
    if isinstance(held, dict) and isinstance(today, dict):
        for name in {**held, **today}:
            inside = f"{path}.{name}".removeprefix(".")
            yield from differences(inside, held.get(name, _NOTHING), today.get(name, _NOTHING))
    elif isinstance(held, list) and isinstance(today, list) and len(held) == len(today):
        for n, pair in enumerate(zip(held, today, strict=True)):
            yield from differences(f"{path}[{n}]", *pair)
    elif held != today:
        yield Difference(path, _said(held), _said(today))


def _said(value: Any) -> Any:
    return None if value is _NOTHING else value
