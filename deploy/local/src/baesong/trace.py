"""One order traced through the services' logs: what each read of it, and what it said because of that. Pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Step(NamedTuple):
    """A service read an event of the order, or said one because of it; `cause` is the id of what made it speak."""

    at: str
    service: str
    act: str
    topic: str
    event_id: str
    cause: str | None


def steps_of(order_id: str, lines: Iterable[str]) -> list[Step]:
    """The steps of an order in these log lines, in time; lines that are no batch are passed over."""
    return sorted((step for batch in _batches(lines) for step in _of_batch(order_id, batch)), key=lambda step: step.at)


def _batches(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if '"batch"' not in line:
            continue
        try:
            batch = json.loads(line)
        except ValueError:
            continue
        if isinstance(batch, dict) and batch.get("event") == "batch":
            yield batch


def _of_batch(order_id: str, batch: dict[str, Any]) -> Iterator[Step]:
    at, service = batch["timestamp"], batch["service"]
    read = [(topic, event_id) for order, topic, event_id in batch["read"] if order == order_id]
    yield from (Step(at, service, "read", topic, event_id, None) for topic, event_id in read)
    causes = {event_id for _, event_id in read}
    for cause, topic, event_id in batch["said"]:
        if cause in causes:
            yield Step(at, service, "said", topic, event_id, cause)
