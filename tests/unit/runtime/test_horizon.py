"""How far back an event may lie to be known as read or not."""

from datetime import UTC, datetime, timedelta

from order_events.ids import event_id
from service_runtime.horizon import HORIZON, is_too_old, passes_the_inbox_by
from service_runtime.retention import KEEP

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=1)


def id_of(time: datetime) -> str:
    return str(event_id("a cause", time, "order.placed", "order/1", 1))


def test_an_event_older_than_forty_days_by_its_id_passes_the_inbox_by() -> None:
    assert passes_the_inbox_by(id_of(NOW - timedelta(days=40) - A_MOMENT), NOW)
    assert not passes_the_inbox_by(id_of(NOW - timedelta(days=40)), NOW)
    assert not passes_the_inbox_by(id_of(NOW), NOW)


def test_an_event_of_tomorrow_is_not_old() -> None:
    assert not passes_the_inbox_by(id_of(NOW + timedelta(days=1)), NOW)


def test_an_outside_record_older_than_forty_days_by_the_broker_s_clock_is_too_old() -> None:
    assert is_too_old(NOW - timedelta(days=40) - A_MOMENT, NOW)
    assert not is_too_old(NOW - timedelta(days=40), NOW)


def test_the_inboxes_remember_longer_than_anything_is_asked_of_them() -> None:
    assert min(KEEP.inbox, KEEP.inbox_outside) >= HORIZON + timedelta(days=1)


def test_the_sight_of_a_cause_is_still_known_when_what_it_caused_is_dropped() -> None:
    """A week of the outbox goes whole, up to six days late; only the inbox tells whether it is published."""
    assert min(KEEP.inbox, KEEP.inbox_outside) > KEEP.outbox + timedelta(days=7)
