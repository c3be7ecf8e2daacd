"""An enum reads what it does not know as `other`."""

import inspect

import pytest
from pydantic import TypeAdapter, ValidationError

import order_events.enums
from order_events import PaymentStatus
from order_events.types import OpenEnum

ENUMS = [
    kind
    for _, kind in inspect.getmembers(order_events.enums, inspect.isclass)
    if kind.__module__ == order_events.enums.__name__
]


@pytest.mark.parametrize("kind", ENUMS)
def test_every_enum_is_open_and_has_other(kind: type[OpenEnum]) -> None:
    assert issubclass(kind, OpenEnum)
    assert kind("other") is kind.__members__["OTHER"]


@pytest.mark.parametrize("kind", ENUMS)
@pytest.mark.parametrize("strict", [True, False])
def test_a_value_nobody_knows_yet_reads_as_other(kind: type[OpenEnum], strict: bool) -> None:
    adapter = TypeAdapter(kind)
    assert adapter.validate_json('"teleported"', strict=strict) is kind.__members__["OTHER"]
    assert kind("teleported") is kind.__members__["OTHER"]


@pytest.mark.parametrize("value", ["7", "null", "[]", "true"])
def test_what_is_no_text_is_no_enum_value(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PaymentStatus).validate_json(value)
