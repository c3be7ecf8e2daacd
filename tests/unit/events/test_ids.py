"""Ids are the same however often the work is done again, and different for different things."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from tests.unit.events.documents import MOMENTS

from order_events import event_id, order_id_of, order_of_shipment, shipment_id_of, time_of
from order_events.types import Id

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def test_the_same_work_makes_the_same_event() -> None:
    ids = {event_id("cause", NOON, "order.placed", "order/1", 1) for _ in range(3)}
    assert len(ids) == 1


def test_an_id_is_what_it_was_in_the_first_release() -> None:
    """A change here would make every event that is said again a new one."""
    assert event_id("cause", NOON, "order.placed", "order/1", 1) == "01a20846-fe7b-8f59-8cc2-9efd98722888"
    assert order_id_of("seoul-craft", "web", "G-20411") == "hxv7acsuwtprcaklq3k6uka5"


def test_another_cause_type_thing_or_version_is_another_event() -> None:
    same = ("cause", NOON, "order.placed", "order/1", 1)
    others = [
        ("another", NOON, "order.placed", "order/1", 1),
        ("cause", NOON, "order.changed", "order/1", 1),
        ("cause", NOON, "order.placed", "order/2", 1),
        ("cause", NOON, "order.placed", "order/1", 2),
        ("cause", NOON + timedelta(milliseconds=1), "order.placed", "order/1", 1),
    ]
    assert len({event_id(*said) for said in (same, *others)}) == 1 + len(others)


@given(st.text(), MOMENTS, st.text(), st.integers(1, 2**31 - 1))
def test_an_id_is_a_uuid_of_version_8_and_the_variant_of_rfc_9562(
    cause: str, at: datetime, subject: str, version: int
) -> None:
    text = event_id(
        cause.encode("utf-8", "replace").decode(),
        at,
        "order.placed",
        subject.encode("utf-8", "replace").decode(),
        version,
    )
    id_ = UUID(text)
    assert str(id_) == text
    assert id_.version == 8
    assert id_.variant == RFC_4122
    assert id_.int >> 76 & 0xF == 8
    assert id_.int >> 62 & 0b11 == 0b10


@given(MOMENTS)
def test_the_time_in_front_is_the_cause_s_to_the_millisecond(at: datetime) -> None:
    id_ = event_id("cause", at, "order.placed", "order/1", 1)
    assert time_of(id_) == at - timedelta(microseconds=at.microsecond % 1000)


@given(MOMENTS, st.integers(1, 10**9))
def test_a_later_cause_makes_a_later_id(at: datetime, later: int) -> None:
    first, second = (event_id("cause", moment, "t", "s", 1) for moment in (at, at + timedelta(milliseconds=later)))
    assert first < second


def test_the_offset_of_a_time_does_not_change_the_id() -> None:
    in_seoul = NOON.astimezone(timezone(timedelta(hours=9)))
    assert event_id("cause", NOON, "t", "s", 1) == event_id("cause", in_seoul, "t", "s", 1)


IDS = st.from_regex(r"^[!-~]{1,128}\Z")


@given(IDS, IDS, IDS)
def test_an_order_id_is_24_characters_and_the_same_for_the_same_order(shop: str, source: str, source_id: str) -> None:
    made = order_id_of(shop, source, source_id)
    assert made == order_id_of(shop, source, source_id)
    assert len(made) == 24
    assert TypeAdapter(Id).validate_python(made) == made


def test_parts_of_an_order_id_do_not_run_into_each_other() -> None:
    assert (
        len(
            {
                order_id_of("a", "b", "c"),
                order_id_of("ab", "", "c"),
                order_id_of("a", "bc", ""),
                order_id_of("", "ab", "c"),
            }
        )
        == 4
    )


def test_an_order_id_exists_for_any_text_a_hostile_checkout_may_hold() -> None:
    assert len(order_id_of("\ud800", "\x00", "배송" * 10_000)) == 24


def test_a_shipment_s_id_tells_its_order() -> None:
    assert shipment_id_of("abc", 2) == "abc-F2"
    assert order_of_shipment("abc-F2") == "abc"
    assert order_of_shipment(shipment_id_of("x-F1-F", 12)) == "x-F1-F"
    assert order_of_shipment("not ours") == "not ours"
