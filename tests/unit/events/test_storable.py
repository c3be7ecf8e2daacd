"""Whatever a model accepts can be written and read back; the same with PostgreSQL is in tests/integration/events."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.events.documents import EXAMPLES, documents_of, hostile_documents_of

from order_events.schemas import EVENTS
from order_events.types import Body


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_what_a_schema_allows_the_model_reads(model: type[Body]) -> None:
    @settings(max_examples=EXAMPLES)
    @given(documents_of(model))
    def reads(document: object) -> None:
        model.model_validate_json(json.dumps(document), strict=True, extra="forbid")

    reads()


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.event_type)
def test_what_a_model_accepts_comes_back_from_json_the_same(model: type[Body]) -> None:
    @settings(max_examples=EXAMPLES)
    @given(hostile_documents_of(model))
    def comes_back(text: bytes) -> None:
        try:
            body = model.model_validate_json(text)
        except ValidationError:
            return
        written = body.model_dump_json().encode()
        assert model.model_validate_json(written, strict=True) == body
        assert (body.subject + body.key).encode()

    comes_back()


@given(
    st.recursive(
        st.none() | st.floats() | st.text(), lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside)
    )
)
def test_whatever_json_is_read_it_is_an_event_or_a_validation_error(document: object) -> None:
    for model in EVENTS:
        with pytest.raises(ValidationError):
            model.model_validate_json(json.dumps(document))


def test_an_integer_too_long_to_print_is_a_validation_error() -> None:
    for model in EVENTS:
        with pytest.raises(ValidationError):
            model.model_validate_json(b'{"a": ' + b"9" * 100_000 + b"}")
