"""How far back an event may lie to be known as read or not read. Pure."""

from datetime import datetime, timedelta

from order_events import time_of

# Five days less than the inboxes keep, so that an id is passed by long before its row is gone.
HORIZON = timedelta(days=40)


def passes_the_inbox_by(event_id: str, now: datetime) -> bool:
    """Whether an event of ours is from before the inbox (a snapshot, an archive): its thing's version decides alone."""
    return now - time_of(event_id) > HORIZON


def is_too_old(recorded_at: datetime, now: datetime) -> bool:
    """Whether an outside record lies so far back that nobody can say if it was read: it is refused, and told so."""
    return now - recorded_at > HORIZON
