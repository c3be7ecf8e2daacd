"""What is said is written as its model writes it, byte for byte: whoever reads the schema reads the record."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.contract import EXAMPLES, MODELS, event_of, name_of, read
from tests.unit.events.documents import EXAMPLES as DRAWN
from tests.unit.events.documents import documents_of

from order_events.schemas import EVENTS
from order_events.types import Body
from service_runtime import json_of


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_an_example_is_written_as_its_model_writes_it(example: Any) -> None:
    body = MODELS[event_of(example)].model_validate(read(example))
    assert json_of(body) == body.model_dump_json().encode()


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.__name__)
@settings(max_examples=DRAWN)
@given(st.data())
def test_whatever_a_model_accepts_is_written_as_it_writes_it(model: type[Body], data: st.DataObject) -> None:
    body = model.model_validate(data.draw(documents_of(model)))
    assert json_of(body) == body.model_dump_json().encode()


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError):
        json_of({"what": object()})
