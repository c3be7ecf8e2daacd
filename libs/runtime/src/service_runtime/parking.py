"""What a failed event does to its order: tried again by the schedule, or put aside. Pure."""

from dataclasses import dataclass
from datetime import datetime

from service_runtime.failures import Bug
from service_runtime.ports import Blocked, Parked, Waiting
from service_runtime.reading import Retry
from service_runtime.schedule import next_try

Failed = Retry | Bug


@dataclass(frozen=True, slots=True)
class Aside:
    """How the order is blocked now, and what is parked, if anything."""

    blocked: Blocked
    parked: Parked | None


def put_aside(event: Waiting, attempts: int, failed: Failed, now: datetime) -> Aside:
    """A bug is parked at once, a passing failure when its schedule is used up; either keeps the order blocked.

    Args:
        event: what failed.
        attempts: how often it was tried, this time included; at least 1.
        failed: why.
        now: the transaction's time.
    """
    due_at = next_try(attempts, now) if isinstance(failed, Retry) else None
    blocked = Blocked(event.order_id, attempts, due_at, _headline(failed))
    if due_at is not None:
        return Aside(blocked, None)
    error_class = "bug" if isinstance(failed, Bug) else "business"
    return Aside(blocked, Parked(event.record, error_class, failed.reason, event.event_id, event.order_id))


def _headline(failed: Failed) -> str:
    return failed.kind if isinstance(failed, Bug) else failed.reason
