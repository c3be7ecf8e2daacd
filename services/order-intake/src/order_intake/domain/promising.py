"""What a customer is promised, and what is done when units are missing: from the order, else from the shop. Pure.

Days are the shop's own, in its time zone. A day ends a second before the next begins, whatever its clocks do that day.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from order_events import Promise, ShortagePolicy, trusted
from order_events.types import YEARS
from order_intake.domain.shops import Calendar, Shop, named

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
_UNSAYABLE_YEAR = YEARS[1]  # what is promised from here on may lie where no time can be stored


def promised(placed_at: datetime, shop: Shop, service: str, said: Promise) -> Promise:
    """By when an order is to leave and to arrive; what the checkout said itself is not touched.

    A `ship_by` of ours that would come after the `deliver_by` the checkout said is left out, and so is a `deliver_by`
    where the shop says no days for the service.

    Args:
        placed_at: when the customer ordered, with an offset.
        shop: its calendar and time zone.
        service: the shipping service that the customer chose.
        said: what the checkout promised; often nothing.
    """
    if (said.ship_by and said.deliver_by) or placed_at.year >= _UNSAYABLE_YEAR:
        return said
    zone = ZoneInfo(shop.time_zone)
    ships_on = said.ship_by.astimezone(zone).date() if said.ship_by else _ships_on(placed_at, shop.calendar, zone)
    ship_by = said.ship_by or _end_of(ships_on, zone)
    if said.deliver_by:
        return trusted(Promise, ship_by=None if ship_by > said.deliver_by else ship_by, deliver_by=said.deliver_by)
    days = named(shop.calendar.deliver_days, service)
    return trusted(Promise, ship_by=ship_by, deliver_by=None if days is None else _end_of(ships_on + days * DAY, zone))


def _ships_on(placed_at: datetime, calendar: Calendar, zone: ZoneInfo) -> date:
    """The first open day whose cut-off is not over yet, and then as many open days as handling takes."""
    day = placed_at.astimezone(zone).date() - DAY
    cut_off = time.fromisoformat(calendar.cut_off)
    while _cut_off_of(day, cut_off, zone) < placed_at:
        day += DAY
    day = _open_from(day, calendar)
    for _ in range(calendar.handling_days):
        day = _open_from(day + DAY, calendar)
    return day


def _open_from(day: date, calendar: Calendar) -> date:
    while day.weekday() in calendar.closed_weekdays or day.isoformat() in calendar.closed_dates:
        day += DAY
    return day


@lru_cache(maxsize=4096)  # the orders of a batch ask for the same few days
def _cut_off_of(day: date, cut_off: time, zone: ZoneInfo) -> datetime:
    """As a moment: clocks that are put back show an hour twice, and who orders later is never promised more."""
    return min(datetime.combine(day, cut_off, zone).astimezone(UTC), _end_of(day, zone))


@lru_cache(maxsize=4096)
def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + DAY, time(), zone).astimezone(UTC) - SECOND


def shortage_of(said: ShortagePolicy | None, channel: str | None, shop: Shop) -> ShortagePolicy:
    """What is done with units that are not there: by the order, else its channel, else the shop (`*`)."""
    return said or named(shop.shortage, channel) or ShortagePolicy.SHIP_AVAILABLE
