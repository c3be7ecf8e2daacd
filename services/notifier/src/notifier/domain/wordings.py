"""Which of its wordings a message takes. Pure."""

from collections.abc import Collection

DEPARTURES = ("all", "some", "last", "rest_cancelled", "rest_late")


def departure(sent_before: bool, rest: Collection[str]) -> str:
    """The wording of *shipped*: everything / part, more follows / the last items / part, the rest cancelled or late.

    Args:
        sent_before: whether units of the order left in packages the customer already knows of.
        rest: what is said of the units that are neither in those packages nor in these.
    """
    if "follows" in rest or "stopping" in rest:
        return "some"
    if "late" in rest:
        return "rest_late"
    if rest:
        return "rest_cancelled"
    return "last" if sent_before else "all"


def shortage(said: Collection[str]) -> str:
    """The wording of *delayed*: some items, or all that is still to come."""
    return "some" if "now" in said else "all"


def give_up(said: frozenset[str], *, any_left: bool) -> str:
    """The wording of *cancelled* where we gave up: the whole order only if nothing left and nothing will."""
    return "declined_some" if any_left or not said <= {"declined", "cancelled"} else "declined_all"


def edited(*, lines: bool, address: bool) -> str:
    """The wording of *order changed*: what is sent, where to, or both."""
    if lines and address:
        return "both"
    return "address" if address else "lines"


def cancel(said: Collection[str], *, expired: bool) -> str:
    """The wording of *cancelled*: all was stopped (because it was not paid in time), some of it, or nothing."""
    if "kept" not in said:
        return "expired" if expired else "all"
    return "some" if "cancelled" in said else "none"
