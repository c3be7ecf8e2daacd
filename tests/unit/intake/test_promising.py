"""What a customer is promised: by the checkout, else by the shop's days in the shop's own time zone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_events import Promise, ShortagePolicy
from order_intake.domain.promising import promised, shortage_of
from order_intake.domain.shops import Calendar, Shop

NOTHING = Promise()
# Clocks that change at night, at midnight, before midnight (Nuuk, Cairo), by half an hour, and never.
ZONES = (
    "Asia/Seoul", "Europe/Berlin", "America/New_York", "America/Havana", "America/Nuuk", "Africa/Cairo",
    "Australia/Lord_Howe", "America/Santiago", "Pacific/Chatham", "UTC",
)  # fmt: skip
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(730)]

calendars = st.builds(
    Calendar,
    handling_days=st.integers(0, 10),
    cut_off=st.times().map(lambda time: time.strftime("%H:%M")),
    closed_weekdays=st.sets(st.integers(0, 6), max_size=6).map(lambda days: tuple(sorted(days))),
    closed_dates=st.sets(st.sampled_from(DAYS), max_size=20).map(lambda days: tuple(sorted(map(str, days)))),
    deliver_days=st.dictionaries(st.sampled_from(["standard", "*"]), st.integers(0, 30)),
)
shops = st.builds(Shop, shop=st.just("s"), time_zone=st.sampled_from(ZONES), calendar=calendars)
START = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(), timedelta(days=700)).map(lambda since: START + since)
maybe = st.none() | moments
said = st.builds(Promise, ship_by=maybe, deliver_by=maybe)


def shop(zone: str = "Asia/Seoul", **calendar: Any) -> Shop:
    return Shop("s", time_zone=zone, calendar=Calendar(**calendar))


def ships(text: str, zone: str = "Asia/Seoul", **calendar: Any) -> str:
    """The local day on which an order leaves at the latest that was placed at this local time."""
    placed_at = datetime.fromisoformat(text)
    if placed_at.tzinfo is None:
        placed_at = placed_at.replace(tzinfo=ZoneInfo(zone))
    ship_by = promised(placed_at.astimezone(UTC), shop(zone, **calendar), "standard", NOTHING).ship_by
    assert ship_by is not None
    return ship_by.astimezone(ZoneInfo(zone)).isoformat()


@given(shops, moments)
def test_an_order_never_is_to_leave_before_it_was_placed(shop: Shop, placed_at: datetime):
    promise = promised(placed_at, shop, "standard", NOTHING)
    assert promise.ship_by is not None
    assert promise.ship_by >= placed_at
    assert promise.deliver_by is None or promise.deliver_by >= promise.ship_by


@given(shops, moments)
def test_an_order_never_is_to_leave_on_a_closed_day(shop: Shop, placed_at: datetime):
    ship_by = promised(placed_at, shop, "standard", NOTHING).ship_by
    assert ship_by is not None
    day = ship_by.astimezone(ZoneInfo(shop.time_zone)).date()
    assert day.weekday() not in shop.calendar.closed_weekdays
    assert day.isoformat() not in shop.calendar.closed_dates


@given(shops, moments, st.timedeltas(timedelta(), timedelta(days=3)))
def test_a_later_order_is_never_promised_more(shop: Shop, placed_at: datetime, later: timedelta):
    first, second = (promised(at, shop, "standard", NOTHING) for at in (placed_at, placed_at + later))
    assert first.ship_by is not None
    assert second.ship_by is not None
    assert first.ship_by <= second.ship_by
    assert first.deliver_by is None or (second.deliver_by and first.deliver_by <= second.deliver_by)


@given(shops, moments, said)
def test_what_the_checkout_said_is_what_is_promised(shop: Shop, placed_at: datetime, said: Promise):
    promise = promised(placed_at, shop, "standard", said)
    assert said.ship_by in (None, promise.ship_by)
    assert said.deliver_by in (None, promise.deliver_by)
    if said.ship_by is None and promise.ship_by and promise.deliver_by:
        assert promise.ship_by <= promise.deliver_by


@given(shops)
def test_at_the_end_of_time_nothing_is_promised_that_cannot_be_stored(shop: Shop):
    assert promised(datetime(2199, 12, 31, 23, tzinfo=UTC), shop, "standard", NOTHING) == NOTHING


def test_what_comes_by_the_cut_off_counts_from_today_and_what_comes_later_from_tomorrow():
    assert ships("2026-11-24T14:00:00") == "2026-11-25T23:59:59+09:00"  # a Tuesday
    assert ships("2026-11-24T14:00:01") == "2026-11-26T23:59:59+09:00"
    assert ships("2026-11-24T14:00:00", handling_days=0) == "2026-11-24T23:59:59+09:00"


def test_closed_days_and_dates_are_stepped_over():
    assert ships("2026-11-27T15:00:00") == "2026-12-01T23:59:59+09:00"  # Friday, late: from Monday
    assert ships("2026-11-28T10:00:00", handling_days=0) == "2026-11-30T23:59:59+09:00"
    assert ships("2026-12-24T10:00:00", closed_dates=("2026-12-25", "2026-12-28")) == "2026-12-29T23:59:59+09:00"


def test_the_days_are_the_shops_own_wherever_the_order_comes_from():
    assert ships("2026-11-24T05:30:00+00:00") == ships("2026-11-24T14:30:00") == "2026-11-26T23:59:59+09:00"
    assert ships("2026-11-24T05:30:00+00:00", "Europe/Berlin") == "2026-11-25T23:59:59+01:00"


def test_a_day_ends_with_its_own_clocks():
    """Berlin puts its clocks back on 25 October 2026, and forward on 28 March 2027."""
    everyday = {"handling_days": 0, "closed_weekdays": ()}
    assert ships("2026-10-24T20:00:00", "Europe/Berlin", **everyday) == "2026-10-25T23:59:59+01:00"
    assert ships("2026-10-25T14:00:00", "Europe/Berlin", **everyday) == "2026-10-25T23:59:59+01:00"
    assert ships("2027-03-28T14:00:00", "Europe/Berlin", **everyday) == "2027-03-28T23:59:59+02:00"


def test_an_hour_that_comes_twice_has_one_cut_off():
    """Who orders when it is half past two for the second time is later than who did when it was for the first."""
    berlin = {"handling_days": 0, "closed_weekdays": (), "cut_off": "02:30"}
    assert ships("2026-10-25T00:30:00+00:00", "Europe/Berlin", **berlin) == "2026-10-25T23:59:59+01:00"
    assert ships("2026-10-25T00:45:00+00:00", "Europe/Berlin", **berlin) == "2026-10-26T23:59:59+01:00"
    assert ships("2026-10-25T01:15:00+00:00", "Europe/Berlin", **berlin) == "2026-10-26T23:59:59+01:00"


def test_a_cut_off_in_an_hour_that_does_not_come_is_after_it():
    berlin = {"handling_days": 0, "closed_weekdays": (), "cut_off": "02:30"}
    assert ships("2027-03-28T03:30:00", "Europe/Berlin", **berlin) == "2027-03-28T23:59:59+02:00"
    assert ships("2027-03-28T03:30:01", "Europe/Berlin", **berlin) == "2027-03-29T23:59:59+02:00"


def test_a_cut_off_in_a_last_hour_that_does_not_come_is_the_end_of_its_day():
    """Nuuk puts its clocks forward at 23:00 of Saturday 28 March 2026: it is Sunday at once."""
    nuuk = {"handling_days": 0, "closed_weekdays": (), "cut_off": "23:30"}
    assert ships("2026-03-28T22:59:59", "America/Nuuk", **nuuk) == "2026-03-28T22:59:59-02:00"
    assert ships("2026-03-29T00:10:00", "America/Nuuk", **nuuk) == "2026-03-29T23:59:59-01:00"


@pytest.mark.parametrize(
    ("service", "day"), [("express", "2026-11-26"), ("Express ", "2026-11-26"), ("slow", "2026-11-30")]
)
def test_what_takes_a_service_is_counted_from_the_day_it_leaves(service: str, day: str):
    seoul = shop(deliver_days={"express": 1, "*": 5})
    promise = promised(datetime(2026, 11, 24, 3, tzinfo=UTC), seoul, service, NOTHING)
    assert promise.deliver_by is not None
    assert promise.deliver_by.astimezone(ZoneInfo("Asia/Seoul")).isoformat() == f"{day}T23:59:59+09:00"


def test_where_the_shop_says_no_days_no_day_is_promised():
    assert promised(datetime(2026, 11, 24, tzinfo=UTC), shop(), "standard", NOTHING).deliver_by is None


def test_arrival_counts_from_the_day_the_checkout_said():
    leaves = Promise(ship_by=datetime(2026, 12, 1, 9, tzinfo=UTC))
    promise = promised(datetime(2026, 11, 24, tzinfo=UTC), shop(deliver_days={"*": 2}), "standard", leaves)
    assert promise == Promise(ship_by=leaves.ship_by, deliver_by=datetime(2026, 12, 3, 14, 59, 59, tzinfo=UTC))


def test_no_day_of_ours_is_later_than_the_arrival_the_checkout_said():
    tight = Promise(deliver_by=datetime(2026, 11, 24, 20, tzinfo=UTC))
    assert promised(datetime(2026, 11, 24, 6, tzinfo=UTC), shop(handling_days=5), "standard", tight) == tight


def test_what_is_done_when_units_are_missing_is_said_by_the_order_else_its_channel_else_the_shop():
    policies = {"pos": ShortagePolicy.ALL_OR_NOTHING, "*": ShortagePolicy.CANCEL_MISSING}
    told = Shop("s", shortage=policies)
    assert shortage_of(ShortagePolicy.HOLD_UNTIL_COMPLETE, "pos", told) is ShortagePolicy.HOLD_UNTIL_COMPLETE
    assert shortage_of(None, "pos", told) is ShortagePolicy.ALL_OR_NOTHING
    assert shortage_of(None, "web", told) is ShortagePolicy.CANCEL_MISSING
    assert shortage_of(None, None, told) is ShortagePolicy.CANCEL_MISSING
    assert shortage_of(None, "web", Shop("s")) is ShortagePolicy.SHIP_AVAILABLE
