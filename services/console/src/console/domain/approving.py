"""Who may let a job go that runs again what is done: a second person, or one alone who has waited. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

ALONE_AFTER = timedelta(minutes=10)
SLOWER = 10


@dataclass(frozen=True, slots=True)
class Approved:
    """A second person has."""

    by: str


@dataclass(frozen=True, slots=True)
class Alone:
    """Nobody answered: it may go, slowly, and all are told."""

    by: str


@dataclass(frozen=True, slots=True)
class NotApproved:
    """It may not; says what is missing."""

    why: str


def approval(
    who: str, known: str | None, asked_by: tuple[str | None, ...], asked_at: datetime, now: datetime
) -> Approved | Alone | NotApproved:
    """Whether a job may go on this person's word.

    Args:
        who: as they call themselves.
        known: the approver whose key was shown; None without a key, or with one that nobody has.
        asked_by: who made the job, and who wants it applied.
        asked_at: when that was.
        now: the time.
    """
    if known is not None:
        if known in asked_by:
            return NotApproved(f"{known} ordered it: the second person is another one")
        return Approved(known)
    if who not in asked_by:
        return NotApproved("this key is no approver's: CONSOLE_APPROVERS says who they are")
    waits = asked_at + ALONE_AFTER - now
    if waits > timedelta():
        minutes = -(-waits // timedelta(minutes=1))
        return NotApproved(f"a second person is asked, for {minutes} min more; then you may alone, slowly, all told")
    return Alone(who)


def slowed(rate: int) -> int:
    """The rate of who goes alone."""
    return max(1, rate // SLOWER)
