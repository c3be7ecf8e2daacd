"""An old reader survives a new writer: unknown fields are passed over, unknown words of a closed set read as `other`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.contract import EXAMPLES, MODELS, event_of, name_of, read

from order_events import Checkout, PartnerInbound
from order_events.types import Body, OpenEnum

DOORS = (Checkout, PartnerInbound)
OURS = [path for path in EXAMPLES if MODELS.get(event_of(path)) not in (*DOORS, None)]
NEW = "word_of_a_newer_release"


def grown(document: Any) -> Any:
    """The document with an unknown field in every object."""
    if isinstance(document, dict):
        return {name: grown(value) for name, value in document.items()} | {
            "field_of_a_newer_release": {"any": ["thing"]}
        }
    return [grown(item) for item in document] if isinstance(document, list) else document


def reworded(body: Any, document: Any) -> Any:
    """The document with an unknown word wherever its model has a closed set."""
    if isinstance(body, OpenEnum):
        return NEW
    if isinstance(document, dict):
        return {name: reworded(getattr(body, name), value) for name, value in document.items()}
    return [reworded(*pair) for pair in zip(body, document, strict=True)] if isinstance(document, list) else document


def words(body: Any) -> Iterator[OpenEnum]:
    """Every value of a closed set in an event."""
    if isinstance(body, OpenEnum):
        yield body
    elif isinstance(body, tuple):
        yield from (word for item in body for word in words(item))
    elif hasattr(body, "model_fields_set"):
        yield from (word for name in body.model_fields_set for word in words(getattr(body, name)))


def body_of(example: Path) -> Body:
    return MODELS[event_of(example)].model_validate(read(example))


@pytest.mark.parametrize("example", OURS, ids=name_of)
def test_a_reader_passes_over_fields_it_does_not_know(example: Path) -> None:
    assert MODELS[event_of(example)].model_validate(grown(read(example))) == body_of(example)


@pytest.mark.parametrize("example", OURS, ids=name_of)
def test_a_reader_reads_words_it_does_not_know_as_other(example: Path) -> None:
    known = list(words(body_of(example)))
    read_anew = MODELS[event_of(example)].model_validate(reworded(body_of(example), read(example)))
    assert [word.value for word in words(read_anew)] == ["other"] * len(known)


def test_the_examples_hold_a_word_of_every_closed_set_that_services_read() -> None:
    seen = {type(word) for path in OURS for word in words(body_of(path))}
    doors = {type(word) for path in EXAMPLES for word in words(body_of(path))}
    assert doors == {kind for kind in OpenEnum.__subclasses__() if kind.__module__.startswith("order_events.")}
    assert {kind.__name__ for kind in doors - seen} == {"PartnerAnswer", "RejectionReason"}
