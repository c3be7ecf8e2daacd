"""Who may let a job go that runs again what is done: a second person, or one alone who has waited. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

ALONE_AFTER = timedelta(minutes=10)
SLOWER = 10
MOST_ALONE = 10  # a second: slow enough to be seen and stopped
NOBODY_S = "this key is no approver's: CONSOLE_APPROVERS says who they are"


@dataclass(frozen=True, slots=True)
class Approved:
    """A second person has."""

    by: str


@dataclass(frozen=True, slots=True)
class Alone:
    """Nobody answered: it may go, slowly, and that it does is written down."""

    by: str


@dataclass(frozen=True, slots=True)
class NotApproved:
    """It may not; says what is missing."""

    why: str


def approval(
    known: str | None, ordered_by: str, asked_at: datetime, now: datetime, *, alone: bool
) -> Approved | Alone | NotApproved:
    """Whether a job may go on the word of who shows a key; what people call themselves counts for nothing.

    Args:
        known: the approver whose key was shown; None without a key, or with one that nobody has.
        ordered_by: the approver whose key the job was ordered with.
        asked_at: since when a second person is asked.
        now: the time.
        alone: whether who ordered it wants to go alone.
    """
    if known is None:
        return NotApproved(NOBODY_S)
    if known != ordered_by:
        return Approved(known)
    if not alone:
        return NotApproved(f"{known} ordered it: the second person is another one; alone after ten minutes, slowly")
    waits = asked_at + ALONE_AFTER - now
    if waits > timedelta():
        minutes = -(-waits // timedelta(minutes=1))
        return NotApproved(f"a second person is asked, for {minutes} min more; then you may alone, slowly")
    return Alone(known)


def slowed(rate: int) -> int:
    """The rate of who goes alone: a tenth, and ten a second at most."""
    return max(1, min(rate // SLOWER, MOST_ALONE))
