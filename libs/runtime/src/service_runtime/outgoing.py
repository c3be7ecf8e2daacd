"""From events to outbox rows. Pure."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec import Struct

from order_events import Cause, Event, begun, said_in, span_of
from order_events.envelope import headers_of_all, headers_of_one
from order_events.ids import event_id_at, front_of
from service_runtime.encoding import json_of
from service_runtime.ports import Outgoing, Parked
from service_runtime.replay.ticket import SUFFIX

LARGEST_EVENT = 3_500_000  # bytes; our topics carry 4 MiB
LARGEST_COPY = 64_000  # bytes of a record larger than that
CHECK_SAID = os.environ.get("BAESONG_CHECK_SAID") == "1"  # in tests: `trusted` bodies are validated after all


class EventTooLargeError(Exception):
    """An event is larger than a topic carries: its decision must say less."""


class Voice(Struct, gc=False):
    """How a service speaks because of one cause: the front of its ids, its span, and how often it has spoken."""

    front: str
    span: str
    said: int = 0


@dataclass
class Speaker:
    """Numbers what a transaction says, per cause, and writes it as outbox rows."""

    service: str
    now: datetime
    voices: dict[str, Voice] = field(default_factory=dict)

    def rows(self, events: Iterable[Event]) -> list[Outgoing]:
        """The outbox rows of these events, in their order."""
        return [self._row(event) for event in events]

    def _row(self, event: Event) -> Outgoing:
        body, version, cause, topic, payload = event
        payload = payload or json_of(body)
        if CHECK_SAID:
            type(body).model_validate_json(payload, extra="forbid")
        subject, key, kind = body.subject, body.key, body.event_type
        if len(payload) > LARGEST_EVENT:
            raise EventTooLargeError(f"{subject}: {len(payload)} bytes")
        voice = self._voice(cause)
        n, voice.said = voice.said, voice.said + 1
        id_ = event_id_at(voice.front, cause.id, kind, subject, version)
        headers = (
            *headers_of_all(kind, body.schema_version, self.service, self.now),
            *headers_of_one(id_, subject, cause.id, version),
            ("traceparent", said_in(cause.traceparent or begun(key), voice.span).encode()),
        )
        return Outgoing(cause.id, n, id_, topic or kind, key.encode(), headers, payload)

    def _voice(self, cause: Cause) -> Voice:
        voice = self.voices.get(cause.id)
        if voice is None:
            voice = self.voices[cause.id] = Voice(front_of(cause.time), span_of(self.service, cause.id))
        return voice


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
