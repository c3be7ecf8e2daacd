"""The envelope: what is written is read back, and what is wrong is said."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_events import Cause, EffectRecorded, EnvelopeError, Event, read_envelope, read_headers

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
BODY = EffectRecorded.model_validate(
    {"effect_key": "k", "kind": "mail", "state": "intent", "provider_reference": None, "attempts": 0, "at": NOON}
)
EVENT = Event(BODY, version=3, cause=Cause("019a", NOON))
HEADERS = EVENT.headers("notifier", NOON)
REQUIRED = (
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_time",
    "ce_subject",
    "x-causation-id",
    "x-aggregate-version",
    "x-schema",
)

Pairs = list[tuple[str, bytes | None]]


def with_header(name: str, value: bytes | None) -> Pairs:
    return [*((key, said) for key, said in HEADERS if key != name), (name, value)]


def test_what_is_written_is_read_back() -> None:
    envelope = read_envelope(EVENT.headers("notifier", NOON, "00-4bf9-00f0-01"))
    assert envelope.id == EVENT.id
    assert (envelope.type, envelope.schema) == ("effects", "effects/1")
    assert (envelope.source, envelope.subject) == ("/baesong/notifier", "effect/k")
    assert (envelope.time, envelope.version, envelope.causation_id) == (NOON, 3, "019a")
    assert envelope.traceparent == "00-4bf9-00f0-01"
    assert read_envelope(HEADERS).traceparent is None


def test_the_headers_are_cloudevents_in_kafka_s_binary_mode() -> None:
    written = dict(HEADERS)
    assert written["ce_specversion"] == b"1.0"
    assert written["content-type"] == b"application/json"
    assert written["ce_time"] == b"2026-11-23T12:00:00.123456Z"
    assert UUID(written["ce_id"].decode()).version == 8


def test_the_same_work_has_the_same_id_at_another_time_in_another_process() -> None:
    again = Event(BODY.model_copy(update={"attempts": 9}), version=3, cause=Cause("019a", NOON))
    assert again.id == EVENT.id
    assert dict(again.headers("notifier", NOON + timedelta(days=1)))["ce_id"] == dict(HEADERS)["ce_id"]


def test_an_event_goes_to_the_topic_of_its_type_unless_it_names_another() -> None:
    assert EVENT.destination == "effects"
    assert Event(BODY, 3, EVENT.cause, topic="notifier.effects").destination == "notifier.effects"


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=255),
    st.integers(1, 2**31 - 1),
)
def test_any_subject_survives_the_headers(key: str, version: int) -> None:
    event = Event(BODY.model_copy(update={"effect_key": key}), version, EVENT.cause)
    envelope = read_envelope(event.headers("notifier", NOON))
    assert (envelope.subject, envelope.version) == (f"effect/{key}", version)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(EnvelopeError, match=f"header {name} is missing"):
        read_envelope([(key, value) for key, value in HEADERS if key != name])


@pytest.mark.parametrize("name", REQUIRED)
def test_a_header_without_a_value_is_missing(name: str) -> None:
    with pytest.raises(EnvelopeError, match=f"header {name} is missing"):
        read_envelope(with_header(name, None))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b"not-a-uuid"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-11-23T12:00:00"),
        ("ce_time", b"0001-01-01T00:00:00+23:59"),
        ("ce_time", b"9999-12-31T23:59:59-23:59"),
        ("x-aggregate-version", b"one"),
        ("x-aggregate-version", b"0"),
        ("x-aggregate-version", b"-1"),
        ("x-aggregate-version", b"2147483648"),
        ("x-aggregate-version", b"9" * 10_000),
    ],
)
def test_a_header_with_a_wrong_value_is_an_error_of_the_envelope(name: str, value: bytes) -> None:
    with pytest.raises(EnvelopeError, match="wrong value"):
        read_envelope(with_header(name, value))


@pytest.mark.parametrize("value", [b"\xff", b"\xed\xa0\x80", b"\x00", b"a\x00b"])
def test_a_header_that_postgresql_cannot_hold_is_an_error_of_the_envelope(value: bytes) -> None:
    with pytest.raises(EnvelopeError):
        read_headers([*HEADERS, ("x-anything", value)])


def test_the_last_header_of_a_name_counts() -> None:
    assert read_headers([("a", b"1"), ("a", b"2")]) == {"a": "2"}


def test_a_time_with_another_offset_is_read_in_utc() -> None:
    said = NOON.astimezone(timezone(timedelta(hours=9))).isoformat().encode()
    assert read_envelope(with_header("ce_time", said)).time.isoformat() == NOON.isoformat()


@given(st.lists(st.tuples(st.sampled_from([*REQUIRED, "x"]), st.binary() | st.none())))
def test_whatever_headers_come_they_are_read_or_an_error_of_the_envelope(headers: Pairs) -> None:
    try:
        read_envelope([*HEADERS, *headers])
    except EnvelopeError:
        return
