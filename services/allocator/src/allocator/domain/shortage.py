"""What the shortage policy of an order makes of units that are not there."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from allocator.domain.allocation import Short
from allocator.domain.placing import Given, Want
from order_events import ShortagePolicy

Shorts = Mapping[str, tuple[Short, ...]]


class Ruled(NamedTuple):
    """The units that are placed after all, and per line what waits and what is given up for good."""

    given: Sequence[Given]
    backordered: Shorts
    declined: Shorts


def ruled(policy: ShortagePolicy, wants: Sequence[Want], given: Sequence[Given], short: Mapping[str, Short]) -> Ruled:
    """Apply a shortage policy to what was wanted, what could be given and what is short, per line."""
    if not short:
        return Ruled(given, {}, {})
    only_missing = {line_id: (one,) for line_id, one in short.items()}
    match policy:
        case ShortagePolicy.CANCEL_MISSING:
            return Ruled(given, {}, only_missing)
        case ShortagePolicy.HOLD_UNTIL_COMPLETE:
            return Ruled((), _everything(policy, wants, short), {})
        case ShortagePolicy.ALL_OR_NOTHING:
            return Ruled((), {}, _everything(policy, wants, short))
        case _:
            return Ruled(given, only_missing, {})


def _everything(reason: str, wants: Sequence[Want], short: Mapping[str, Short]) -> Shorts:
    """What is missing with its own reason; what was there only because of the rest."""
    return {line.line_id: _parts(units, short.get(line.line_id), str(reason)) for line, units in wants}


def _parts(units: int, missing: Short | None, reason: str) -> tuple[Short, ...]:
    if missing is None:
        return (Short(units, reason),)
    rest = units - missing.units
    return (missing, Short(rest, reason)) if rest else (missing,)
