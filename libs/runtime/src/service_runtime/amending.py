"""A parked record mended by an operator: a new event whose cause is the parked one. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from order_events import event_id, time_of
from service_runtime.decoding import Routes
from service_runtime.reading import Record


class AmendmentError(ValueError):
    """A change names what is not there; the message says which path and where it ends."""


def changed(value: bytes | None, changes: Mapping[str, Any]) -> bytes:
    """A JSON document with some places set, each named by a path such as `lines.0.quantity`.

    Raises:
        AmendmentError: the value is not JSON, or a path leads through what is not there.
    """
    try:
        document = orjson.loads(value or b"")
    except orjson.JSONDecodeError as error:
        raise AmendmentError("the value is not JSON: give a whole new one") from error
    for path, wanted in changes.items():
        _set(document, path, path.split("."), wanted)
    return orjson.dumps(document)


def _set(inside: Any, path: str, parts: Sequence[str], wanted: Any) -> None:
    for part in parts[:-1]:
        inside = _inside(inside, path, part)
    last = parts[-1]
    if isinstance(inside, dict):
        inside[last] = wanted
    elif isinstance(inside, list) and last.isdigit() and int(last) < len(inside):
        inside[int(last)] = wanted
    else:
        raise AmendmentError(f"{path}: there is no {last} to set")


def _inside(inside: Any, path: str, part: str) -> Any:
    if isinstance(inside, dict) and part in inside:
        return inside[part]
    if isinstance(inside, list) and part.isdigit() and int(part) < len(inside):
        return inside[int(part)]
    raise AmendmentError(f"{path}: there is no {part}")


def amended(record: Record, value: bytes, cause: str, headers: Mapping[str, str], routes: Routes) -> Record:
    """The record with another value, and an id of its own that is the same for the same amendment.

    Args:
        record: what is parked.
        value: its value from now on.
        cause: the parked event's id, or the place of a record that has none.
        headers: to be set or replaced, for records whose headers are what is wrong.
        routes: tell an outside topic from our own.
    """
    digest = sha256(
        b"\n".join([cause.encode(), value, *(f"{k}={v}".encode() for k, v in sorted(headers.items()))])
    ).hexdigest()[:16]
    named = {name: text for name, text in record.headers if name not in headers}
    named |= {name: text.encode() for name, text in headers.items()}
    named["x-causation-id"] = cause.encode()
    if routes.outside_of(record.place.topic):
        named["ce_id"] = f"amended-{digest}".encode()
    else:
        named["ce_id"] = _own_id(f"{cause}/amended/{digest}", record, named).encode()
    return record._replace(value=value, headers=tuple(named.items()))


def _own_id(cause: str, record: Record, headers: Mapping[str, bytes]) -> str:
    kind, subject = (headers.get(name, b"").decode(errors="replace") for name in ("ce_type", "ce_subject"))
    version = headers.get("x-aggregate-version", b"1")
    return str(event_id(cause, _time(record, headers), kind, subject, int(version) if version.isdigit() else 1))


def _time(record: Record, headers: Mapping[str, bytes]) -> datetime:
    try:
        return time_of(headers["ce_id"].decode())
    except (KeyError, ValueError):
        return datetime.fromtimestamp(record.timestamp / 1000, tz=UTC)
