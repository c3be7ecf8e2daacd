"""How far back an event may lie to be known as read or not."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from order_events.ids import event_id
from service_runtime.horizon import HORIZON, is_too_old, oldest_id
from service_runtime.retention import KEEP

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=1)


def id_of(time: datetime) -> str:
    return str(event_id("a cause", time, "order.placed", "order/1", 1))


def test_an_event_older_than_forty_days_by_its_id_passes_the_inbox_by() -> None:
    assert id_of(NOW - timedelta(days=40) - A_MOMENT) < oldest_id(NOW)
    assert not id_of(NOW - timedelta(days=40)) < oldest_id(NOW)
    assert not id_of(NOW) < oldest_id(NOW)


def test_an_event_of_tomorrow_is_not_old() -> None:
    assert not id_of(NOW + timedelta(days=1)) < oldest_id(NOW)


def test_an_outside_record_older_than_forty_days_by_the_broker_s_clock_is_too_old() -> None:
    assert is_too_old(NOW - timedelta(days=40) - A_MOMENT, NOW)
    assert not is_too_old(NOW - timedelta(days=40), NOW)


def test_the_inboxes_remember_longer_than_anything_is_asked_of_them() -> None:
    assert min(KEEP.inbox, KEEP.inbox_outside) >= HORIZON + timedelta(days=1)


def test_the_sight_of_a_cause_is_still_known_when_what_it_caused_is_dropped() -> None:
    """A batch that is not known as published is found by the place of a first sight, which only the inbox tells."""
    assert min(KEEP.inbox, KEEP.inbox_outside) > KEEP.outbox + timedelta(days=7)


@given(st.integers(400, 2_000_000), st.integers(-2_000_000, 2_000_000))
def test_ids_compare_as_texts_as_their_times_do(now_h: int, ago_h: int) -> None:
    now = datetime.fromtimestamp(3600 * (now_h + 2_000_000), tz=UTC)
    time = now - timedelta(hours=ago_h)
    assert (id_of(time) < oldest_id(now)) == (time < now - HORIZON)
