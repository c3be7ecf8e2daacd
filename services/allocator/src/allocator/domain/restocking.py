"""What stood on the shelves, from the moves that are known and from what was announced of the stock. Pure.

Moves do not say in which order they were made, and need not: only what left after it had been given back took what
happened to be there. How much that was, the announcements say: what left on hand beyond all that is known to have left.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from allocator.domain.stock import Bucket, Entry, Level, Move, MoveReason, Shelf
from order_events import Cause

Caused = tuple[Move, Cause]
Spot = tuple[str, str]  # a SKU's key and a location


class Announced(NamedTuple):
    """A level as it was announced, at one version.

    `known`: what moved it had been read by the service's group, so that it is rebuilt; else it will be read again.
    """

    version: int
    on_hand: int
    counted: bool
    known: bool
    cause: Cause


class Gone(NamedTuple):
    """What the announcements of a level say: its counts, and the units that are known to have left.

    `whole`: none of them is missing.
    """

    counts: Sequence[Caused] = ()
    units: int = 0
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A level that all that is known does not explain: something that moved it was not announced."""

    level: Level


def gone(level: Level, announced: Iterable[Announced]) -> Gone:
    """On hand changes by a count or by what leaves, and an announcement is one or the other."""
    counts, units, whole = [], 0, True
    on_hand, version = level.on_hand, level.version
    for one in sorted(announced, key=attrgetter("version")):
        more, whole = one.on_hand - on_hand, whole and one.version == version + 1
        if one.counted and more:
            counts.append((_count(level, one, more), one.cause))
        elif one.known:
            units -= more
        on_hand, version = one.on_hand, one.version
    return Gone(counts, units, whole)


def _count(level: Level, announced: Announced, more: int) -> Move:
    source, target = (None, Bucket.AVAILABLE) if more > 0 else (Bucket.AVAILABLE, None)
    key = f"{level.sku_key} {level.location_id} counted, announced as {announced.version}"
    reason = MoveReason.CYCLE_COUNT_AVAILABLE
    return Move(key, level.sku_key, level.location_id, source, target, abs(more), reason, announced.cause.id)


def restocked(shelf: Shelf, moves: Iterable[Caused], announced: Mapping[Spot, Gone]) -> list[Unexplained]:
    """Carry out moves whose order is not known, those that must be whole together; the levels they do not explain."""
    counts = [counted for one in announced.values() for counted in one.counts]
    after_release: dict[Spot, list[Caused]] = {}
    left: dict[Spot, int] = {}
    for move, cause in [*moves, *counts]:
        spot = move.sku_key, move.location_id
        if move.as_far_as_there:
            after_release.setdefault(spot, []).append((move, cause))
        else:
            _carry_out(shelf, move, move.quantity, cause)
            left[spot] = left.get(spot, 0) + (move.quantity if move.reason is MoveReason.ORDER_FULFILLED else 0)
    beyond = {spot: announced.get(spot, Gone()).units - left.get(spot, 0) for spot in after_release}
    unclear = {spot for spot, one in announced.items() if not one.whole and (one.counts or spot in beyond)}
    unclear |= {spot for spot, late in after_release.items() if not _leave(shelf, late, beyond[spot])}
    return [
        Unexplained(level) for level in _all(shelf) if (level.sku_key, level.location_id) in unclear or _below(level)
    ]


def _leave(shelf: Shelf, late: Sequence[Caused], units: int) -> bool:
    """So many units were there when these left; whether that can be."""
    for move, cause in late:
        moved = max(0, min(move.quantity, units))
        _carry_out(shelf, move, moved, cause)
        units -= moved
    return units == 0


def _carry_out(shelf: Shelf, move: Move, units: int, cause: Cause) -> None:
    """Whatever is there by now; what is below nothing in the end is not explained."""
    level = shelf.at(move.sku_key)[move.location_id]
    for bucket, more in ((move.source, -units), (move.target, units)):
        if bucket:
            setattr(level, bucket, getattr(level, bucket) + more)
    shelf.entries.append(Entry(level.sku, move, units, move.quantity - units, cause))


def _all(shelf: Shelf) -> Iterable[Level]:
    return (level for by_location in shelf.levels.values() for level in by_location.values())


def _below(level: Level) -> bool:
    return any(getattr(level, bucket) < 0 for bucket in Bucket)
