"""The envelope of an event: CloudEvents 1.0 in Kafka binary mode."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from order_events.ids import event_id
from order_events.types import MAX_COUNT, YEARS, Body

Headers = Sequence[tuple[str, bytes | None]]
CONTENT_TYPE = b"application/json"


class EnvelopeError(ValueError):
    """The headers of a record are not those of an event; says which and why."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What made an event necessary: the id of a record, request or timer, its time in UTC, and the trace it is in."""

    id: str
    time: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers of a record say of the event in it."""

    id: str
    type: str
    source: str
    time: datetime
    subject: str
    version: int
    causation_id: str
    schema: str
    traceparent: str | None = None


@dataclass(frozen=True)
class Event:
    """Something to say: a body, the version of its thing, what caused it; `topic` only for partner topics."""

    body: Body
    version: int
    cause: Cause
    topic: str | None = None

    @property
    def type(self) -> str:
        """Such as `order.placed`."""
        return self.body.event_type

    @property
    def destination(self) -> str:
        """The topic it goes to, without an instance's prefix."""
        return self.topic or self.type

    @cached_property
    def id(self) -> UUID:
        """The same for the same cause, thing and version."""
        return event_id(self.cause.id, self.cause.time, self.type, self.body.subject, self.version)

    @cached_property
    def payload(self) -> bytes:
        """The body as JSON, encoded once; who stores the same document need not encode it again."""
        return self.body.__pydantic_serializer__.to_json(self.body)

    def headers(self, source: str, now: datetime, traceparent: str | None = None) -> list[tuple[str, bytes]]:
        """The Kafka headers: `source` is the service that speaks, `now` the time of its transaction."""
        named = {
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": f"/baesong/{source}",
            "ce_time": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "ce_subject": self.body.subject,
            "x-causation-id": self.cause.id,
            "x-aggregate-version": str(self.version),
            "x-schema": f"{self.type}/{self.body.schema_version}",
        }
        pairs = [(name, value.encode()) for name, value in named.items()]
        pairs.append(("content-type", CONTENT_TYPE))
        return [*pairs, ("traceparent", traceparent.encode())] if traceparent else pairs


def read_headers(headers: Headers) -> dict[str, str]:
    """Headers as text; the last of a name counts, and one without a value (Kafka allows it) does not.

    Raises:
        EnvelopeError: a value is not UTF-8 or holds NUL.
    """
    try:
        read = {name: value.decode() for name, value in headers if value is not None}
    except UnicodeDecodeError as error:
        raise EnvelopeError("a header is not UTF-8") from error
    if any("\x00" in value for value in read.values()):
        raise EnvelopeError("a header holds the character NUL")
    return read


def read_envelope(headers: Headers) -> Envelope:
    """The envelope of one of our own events.

    Raises:
        EnvelopeError: a header is missing, or is not what it should be.
    """
    read = read_headers(headers)
    try:
        return Envelope(
            id=str(UUID(read["ce_id"])),
            type=read["ce_type"],
            source=read["ce_source"],
            time=_time(read["ce_time"]),
            subject=read["ce_subject"],
            version=_version(read["x-aggregate-version"]),
            causation_id=read["x-causation-id"],
            schema=read["x-schema"],
            traceparent=read.get("traceparent"),
        )
    except KeyError as error:
        raise EnvelopeError(f"header {error.args[0]} is missing") from error
    except ValueError as error:
        raise EnvelopeError(f"a header has a wrong value: {error}") from error


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or not YEARS[0] < time.year < YEARS[1]:
        raise ValueError(f"ce_time {text!r} needs an offset and a year between {YEARS[0]} and {YEARS[1]}")
    return time.astimezone(UTC)


def _version(text: str) -> int:
    version = int(text)
    if not 1 <= version <= MAX_COUNT:
        raise ValueError(f"x-aggregate-version {text!r} must lie between 1 and {MAX_COUNT}")
    return version
