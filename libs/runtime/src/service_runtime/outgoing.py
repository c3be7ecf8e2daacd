"""From events to outbox rows. Pure."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from order_events import Event, begun, said_in, span_of
from service_runtime.encoding import json_of
from service_runtime.ports import Outgoing, Parked
from service_runtime.replay.ticket import SUFFIX

LARGEST_EVENT = 3_500_000  # bytes; our topics carry 4 MiB
LARGEST_COPY = 64_000  # bytes of a record larger than that
CHECK_SAID = os.environ.get("BAESONG_CHECK_SAID") == "1"  # in tests: `trusted` bodies are validated after all


class EventTooLargeError(Exception):
    """An event is larger than a topic carries: its decision must say less."""


@dataclass
class Speaker:
    """Numbers what a transaction says, per cause, and writes it as outbox rows."""

    service: str
    now: datetime
    numbers: dict[str, int] = field(default_factory=dict)
    spans: dict[str, str] = field(default_factory=dict)

    def rows(self, events: Iterable[Event]) -> list[Outgoing]:
        """The outbox rows of these events, in their order."""
        return [self._row(event) for event in events]

    def _row(self, event: Event) -> Outgoing:
        payload = event.payload or json_of(event.body)
        if CHECK_SAID:
            type(event.body).model_validate_json(payload, extra="forbid")
        if len(payload) > LARGEST_EVENT:
            raise EventTooLargeError(f"{event.body.subject}: {len(payload)} bytes")
        cause, id_ = event.cause.id, event.id
        n = self.numbers.get(cause, 0)
        self.numbers[cause] = n + 1
        headers = tuple(event.headers(self.service, self.now, self._traceparent(event), id_))
        return Outgoing(cause, n, id_, event.destination, event.body.key.encode(), headers, payload)

    def _traceparent(self, event: Event) -> str:
        cause = event.cause
        span = self.spans.get(cause.id) or self.spans.setdefault(cause.id, span_of(self.service, cause.id))
        return said_in(cause.traceparent or begun(event.body.key), span)


def dead_letters(parked: Sequence[Parked], group: str) -> list[Outgoing]:
    """Copies of parked records for `<topic>.dlq`; the parked row is the truth, this is for tools."""
    return [_dead_letter(one, group) for one in parked]


def _dead_letter(parked: Parked, group: str) -> Outgoing:
    record, place = parked.record, parked.record.place
    told = {
        "x-dlq-topic": place.topic,
        "x-dlq-partition": str(place.partition),
        "x-dlq-offset": str(place.offset),
        "x-dlq-timestamp": str(record.timestamp),
        "x-dlq-group": group,
        "x-dlq-error-class": parked.error_class,
        "x-dlq-error": parked.reason.partition("\n")[0][:512],  # a traceback may name what nobody else should read
    }
    headers = (*record.headers, *((name, value.encode()) for name, value in told.items()))
    cause = f"{place.topic}/{place.partition}/{place.offset}"
    if parked.event_id is not None:
        cause = f"parked {parked.event_id}"
    return Outgoing(
        cause, 0, "", f"{place.topic.removesuffix(SUFFIX)}.dlq", record.key, headers, _copied(record.value or b"")
    )


def _copied(value: bytes) -> bytes:
    """A copy that a topic carries: of a larger one its beginning; the whole is in the parked row."""
    return value if len(value) <= LARGEST_EVENT else value[:LARGEST_COPY]
