"""The envelope of an event: CloudEvents 1.0 in Kafka binary mode."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from order_events.ids import event_id
from order_events.types import MAX_COUNT, YEARS, Body

Headers = Sequence[tuple[str, bytes | None]]
CONTENT_TYPE = b"application/json"
_is_as_written = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


class EnvelopeError(ValueError):
    """The headers of a record are not those of an event; says which and why."""


class Cause(NamedTuple):
    """What made an event necessary: the id of a record, request or timer, its time in UTC, and the trace it is in."""

    id: str
    time: datetime
    traceparent: str | None = None


class Envelope(NamedTuple):
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


class Event(NamedTuple):
    """Something to say: a body, the version of its thing, what caused it; `topic` only for partner topics.

    `payload` is the body as JSON, where its writer has it in hand.
    """

    body: Body
    version: int
    cause: Cause
    topic: str | None = None
    payload: bytes | None = None

    @property
    def type(self) -> str:
        """Such as `order.placed`."""
        return self.body.event_type

    @property
    def destination(self) -> str:
        """The topic it goes to, without an instance's prefix."""
        return self.topic or self.type

    @property
    def id(self) -> str:
        """The same for the same cause, thing and version; reckoned each time it is asked for."""
        return event_id(self.cause.id, self.cause.time, self.type, self.body.subject, self.version)

    def headers(self, source: str, now: datetime, traceparent: str | None = None) -> list[tuple[str, bytes]]:
        """The Kafka headers: `source` is the service that speaks, `now` the time of its transaction."""
        said_by_all = headers_of_all(self.type, self.body.schema_version, source, now)
        pairs = [*said_by_all, *headers_of_one(self.id, self.body.subject, self.cause.id, self.version)]
        return [*pairs, ("traceparent", traceparent.encode())] if traceparent else pairs


def headers_of_one(id_: str, subject: str, cause: str, version: int) -> tuple[tuple[str, bytes], ...]:
    """The headers that one event alone has."""
    return (
        ("ce_id", id_.encode()),
        ("ce_subject", subject.encode()),
        ("x-causation-id", cause.encode()),
        ("x-aggregate-version", b"%d" % version),
    )


@lru_cache(maxsize=64)  # one transaction says few types
def headers_of_all(event_type: str, schema_version: int, source: str, now: datetime) -> tuple[tuple[str, bytes], ...]:
    """The headers that all events of one type have in common which one transaction says."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", event_type.encode()),
        ("ce_source", f"/baesong/{source}".encode()),
        ("ce_time", now.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("x-schema", f"{event_type}/{schema_version}".encode()),
        ("content-type", CONTENT_TYPE),
    )


def read_headers(headers: Headers) -> dict[str, str]:
    """Headers as text; the last of a name counts, and one without a value (Kafka allows it) does not.

    Raises:
        EnvelopeError: a value is not UTF-8 or holds NUL.
    """
    return {name: value.decode() for name, value in _checked(headers).items()}


def read_envelope(headers: Headers) -> Envelope:
    """The envelope of one of our own events.

    Raises:
        EnvelopeError: a header is missing, or is not what it should be.
    """
    said = _checked(headers)
    traceparent = said.get("traceparent")
    try:
        return Envelope(
            _id(said["ce_id"].decode()),
            said["ce_type"].decode(),
            said["ce_source"].decode(),
            _time(said["ce_time"]),
            said["ce_subject"].decode(),
            _version(said["x-aggregate-version"]),
            said["x-causation-id"].decode(),
            said["x-schema"].decode(),
            traceparent.decode() if traceparent is not None else None,
        )
    except KeyError as error:
        raise EnvelopeError(f"header {error.args[0]} is missing") from error
    except ValueError as error:
        raise EnvelopeError(f"a header has a wrong value: {error}") from error


def _checked(headers: Headers) -> dict[str, bytes]:
    """Headers by name; the last of a name counts, and one without a value (Kafka allows it) does not."""
    said: dict[str, Any] = dict(headers)
    try:
        together = b"".join(said.values())  # looked at once, and each is decoded only where it is wanted
    except TypeError:
        said = {name: value for name, value in headers if value is not None}
        together = b"".join(said.values())
    if b"\x00" in together:
        raise EnvelopeError("a header holds the character NUL")
    if not together.isascii():
        _utf8(said.values())
    return said


def _utf8(values: Iterable[bytes]) -> None:
    try:
        b"\x00".join(values).decode()
    except UnicodeDecodeError as error:
        raise EnvelopeError("a header is not UTF-8") from error


def _id(text: str) -> str:
    return text if _is_as_written(text) else str(UUID(text))


@lru_cache(maxsize=1024)  # all that one transaction says has one time
def _time(written: bytes) -> datetime:
    text = written.decode()
    time = datetime.fromisoformat(text)
    if time.tzinfo is None or not YEARS[0] < time.year < YEARS[1]:
        raise ValueError(f"ce_time {text!r} needs an offset and a year between {YEARS[0]} and {YEARS[1]}")
    return time.astimezone(UTC)


@lru_cache(maxsize=1024)
def _version(written: bytes) -> int:
    text = written.decode()
    version = int(text)
    if not 1 <= version <= MAX_COUNT:
        raise ValueError(f"x-aggregate-version {text!r} must lie between 1 and {MAX_COUNT}")
    return version
