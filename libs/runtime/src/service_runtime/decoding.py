"""From records to events, one by one: what cannot be read is poison and leaves its neighbours alone. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import sha256
from typing import Any

from msgspec import Raw
from msgspec.json import Decoder
from pydantic import ValidationError

from order_events import Body, Cause, EnvelopeError, begun, read_envelope, read_headers, read_traceparent, time_of
from service_runtime.reading import REPLAYS, Handler, Model, Received, Record, Selector
from service_runtime.work import Timer

DOOR_BYTES = 1024 * 1024  # the largest record an outside topic may carry
_ID = re.compile(r"[!-~]{1,128}\Z")
_raw = Decoder(Raw).decode  # walks over a value and makes nothing of it: a quarter of the cost of reading it
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as JSON writes it: after an odd number of backslashes


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that cannot be read, and why."""

    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Route:
    """How events of one type of ours are read, and by whom."""

    handler: Handler
    newest: int
    read: Callable[[bytes], Any]
    selector: Selector | None

    @classmethod
    def of(cls, model: Model, handler: Handler) -> "Route":
        """The route of one model of a handler."""
        read = model.model_validate_json if issubclass(model, Body) else _read_by(Decoder(model))
        return cls(handler, model.schema_version, read, handler.selector)


def _read_by(decoder: "Decoder[Any]") -> Callable[[bytes], Any]:
    """No text of ours holds NUL, which PostgreSQL cannot keep; pydantic's models look at each text."""
    decode = decoder.decode

    def read(value: bytes) -> Any:
        if b"\\u0000" in value and _NUL.search(value):
            raise ValueError("a text holds the character NUL")
        return decode(value)

    return read


@dataclass(frozen=True)
class Routes:
    """Which handler reads what."""

    own: Mapping[str, Route]
    outside: Sequence[Handler]
    timers: Mapping[str, Handler]
    _known: dict[str, Handler | None] = field(default_factory=dict, repr=False)  # by topic; a service reads few

    @classmethod
    def of(cls, handlers: Sequence[Handler]) -> "Routes":
        """The routes of a service's handlers; two handlers of one type are a mistake."""
        own = {kind: Route.of(model, handler) for handler in handlers for kind, model in handler.models.items()}
        if len(own) != sum(len(handler.models) for handler in handlers):
            raise ValueError("two handlers consume the same event type")
        timers = {handler.timer: handler for handler in handlers if handler.timer}
        return cls(own, [handler for handler in handlers if handler.outside], timers)

    def outside_of(self, topic: str) -> Handler | None:
        """The handler of an outside topic, or None where the topic is ours."""
        if topic not in self._known:
            live = topic.removesuffix(REPLAYS)
            matching = (h for h in self.outside if any(fnmatchcase(live, pattern) for pattern in h.topics))
            self._known[topic] = next(matching, None)
        return self._known[topic]

    def handler_of(self, event: Received[Any]) -> Handler:
        """The handler of an event that was decoded by these routes, or of a timer."""
        if isinstance(event.body, Timer):
            return self.timers[event.type]
        return self.outside_of(event.topic) or self.own[event.type].handler


class SchemaIsNewerError(Exception):
    """An event of ours has a version this release cannot read: infrastructure, until a newer release runs."""


def decode(record: Record, routes: Routes) -> Received[Any] | Poison | None:
    """One record as an event; None when it is of a type nobody here consumes, or its handler's selector passes it over.

    Raises:
        SchemaIsNewerError: the schema version is newer than this reader.
    """
    outside = routes.outside_of(record.place.topic)
    try:
        return _decode_outside(record, outside) if outside else _decode_own(record, routes)
    except EnvelopeError as error:
        return Poison(record, str(error))
    except ValidationError as error:
        return Poison(record, f"not the schema: {error.errors(include_url=False, include_input=False)[:3]}")
    except (ValueError, RecursionError) as error:
        return Poison(record, str(error))


def _decode_own(record: Record, routes: Routes) -> Received[Any] | None:
    envelope = read_envelope(record.headers)
    route = routes.own.get(envelope.type)
    if route is None:
        return None
    _refuse_newer(envelope.schema, route.newest)
    body = route.read(record.value or b"")
    if route.selector and not route.selector(body):
        return None
    order_id = _own_key(record)
    id_, kind, _, at, subject, version, _, _, traceparent = envelope
    cause = Cause(id_, time_of(id_), read_traceparent(traceparent) or begun(order_id))
    return Received(id_, kind, subject, version, at, order_id, body, cause, record)


def _own_key(record: Record) -> str:
    key = (record.key or b"").decode()
    if "\x00" in key:
        raise EnvelopeError("the key holds the character NUL")
    return key


def _storable(key: str) -> str:
    """An outside record's order, or its hash where somebody wrote what no id can be."""
    return key if _ID.match(key) else sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _refuse_newer(schema: str, newest: int) -> None:
    if _version_of(schema) > newest:
        raise SchemaIsNewerError(f"{schema} is newer than {newest}, the newest this release reads")


@lru_cache(maxsize=256)
def _version_of(schema: str) -> int:
    version = schema.rpartition("/")[2]
    if not version.isdigit():
        raise EnvelopeError(f"header x-schema has no version: {schema}")
    return int(version)


def _decode_outside(record: Record, handler: Handler) -> Received[bytes]:
    value = record.value or b""
    if len(value) > DOOR_BYTES:
        raise ValueError(f"larger than {DOOR_BYTES} bytes")
    headers = read_headers(record.headers)
    ce_id = headers.get("ce_id", "")
    if not _ID.match(ce_id):
        raise EnvelopeError("header ce_id is missing or not 1 to 128 printable characters")
    _seen_to_be_json(value)
    at = datetime.fromtimestamp(record.timestamp / 1000, tz=UTC)
    assert handler.key is not None
    order_id, topic = _storable(handler.key(value, headers)), record.place.live_topic
    traceparent = read_traceparent(headers.get("traceparent")) or begun(order_id)
    return Received(
        id=f"{topic}/{ce_id}",
        type=headers.get("ce_type", topic),
        subject=headers.get("ce_subject", ""),
        version=0,
        time=at,
        order_id=order_id,
        body=value,
        cause=Cause(f"{topic}/{ce_id}", at, traceparent),
        record=record,
    )


def _seen_to_be_json(value: bytes) -> None:
    """Whether it is JSON is all that is asked; its handler reads it, and says what is wrong with it."""
    value.decode()
    _raw(value)


def distinct(event: Received[bytes], body_hash: bytes) -> Received[bytes]:
    """An outside event whose id another body used before: told apart by its hash, and marked as a conflict."""
    own_id = f"{event.id}#{body_hash.hex()[:16]}"
    cause = Cause(own_id, event.cause.time, event.cause.traceparent)
    return Received(
        id=own_id,
        type=event.type,
        subject=event.subject,
        version=event.version,
        time=event.time,
        order_id=event.order_id,
        body=event.body,
        cause=cause,
        record=event.record,
        conflict=True,
    )


def hash_of(event: Received[bytes]) -> bytes:
    """The hash by which two bodies under one outside id are told apart."""
    return sha256(event.body).digest()[:16]
