"""When something is tried again. Pure."""

from datetime import datetime, timedelta

# design: a passing business failure is tried again after these, then parked
RETRY_AFTER = (1, 5, 30, 120, 600, 1800, 7200, 21600)
BACK_OFF_FIRST, BACK_OFF_MOST = 0.1, 30.0


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When an event that failed `attempts` times is tried again; None when the schedule is used up."""
    return now + timedelta(seconds=RETRY_AFTER[attempts - 1]) if attempts <= len(RETRY_AFTER) else None


def back_off(failures: int, jitter: float) -> float:
    """Seconds to wait after the n-th infrastructure failure in a row, at most 30.

    `jitter` in 0..1 shortens it by up to half: a service that waited for ten minutes still goes on within 30 s of the
    return of what it waited for.
    """
    delay = min(BACK_OFF_MOST, BACK_OFF_FIRST * 2.0 ** min(failures - 1, 16))
    return float(delay * (0.9 - 0.4 * jitter))
