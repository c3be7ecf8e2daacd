"""How far back an event may lie to be known as read or not read. Pure."""

from datetime import datetime, timedelta

# Five days less than the inboxes keep, so that an id is passed by long before its row is gone.
HORIZON = timedelta(days=40)


def oldest_id(now: datetime) -> str:
    """What every id of the last 40 days is not below: an id of ours has its time in front, so texts compare as times.

    An event of ours below it is from before the inbox (a snapshot, an archive): its thing's version decides alone.
    """
    millis = f"{int((now - HORIZON).timestamp() * 1000):012x}"
    return f"{millis[:8]}-{millis[8:]}"


def is_too_old(recorded_at: datetime, now: datetime) -> bool:
    """Whether an outside record lies so far back that nobody can say if it was read: it is refused, and told so."""
    return now - recorded_at > HORIZON
