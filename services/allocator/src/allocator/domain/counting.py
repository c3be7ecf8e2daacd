"""A count of what lies at a location: which stock moves by it, and which counts are refused."""

from collections.abc import Sequence
from typing import NamedTuple

from allocator.domain.stock import Bucket, Move, MoveReason, Shelf
from order_events import Cause


class Count(NamedTuple):
    """What somebody counted on hand of a SKU at a location; `field` is where the request says so."""

    field: str
    sku_key: str
    location_id: str
    on_hand: int


class Refused(NamedTuple):
    """A count that cannot be, by field and rule, in words."""

    field: str
    rule: str
    message: str


class Counted(NamedTuple):
    """The moves that make the stock what was counted, and the counts that are refused."""

    moves: Sequence[Move]
    refused: Sequence[Refused]


def counted(counts: Sequence[Count], shelf: Shelf, locations: frozenset[str], cause: Cause) -> Counted:
    """Make `available` what is left of the count beside the other buckets; a count below them is refused."""
    moves, refused = [], []
    for count in counts:
        verdict = _verdict(count, shelf, locations, cause)
        if isinstance(verdict, Refused):
            refused.append(verdict)
        elif verdict:
            moves.append(verdict)
    return Counted(moves, refused)


def _verdict(count: Count, shelf: Shelf, locations: frozenset[str], cause: Cause) -> Move | Refused | None:
    if count.sku_key not in shelf.known:
        return Refused(f"{count.field}.sku", "unknown_sku", f"{count.sku_key} is not known: name it in skus")
    if count.location_id not in locations:
        return Refused(f"{count.field}.location_id", "unknown_location", f"{count.location_id} is not known")
    level = shelf.at(count.sku_key)[count.location_id]
    if count.on_hand < level.unavailable:
        message = f"{count.on_hand} is less than the {level.unavailable} units that are committed or set aside there"
        return Refused(f"{count.field}.on_hand", "below_committed", message)
    return _move(count, count.on_hand - level.on_hand, cause)


def _move(count: Count, more: int, cause: Cause) -> Move | None:
    """Units found come from outside the house, units lost go there."""
    if not more:
        return None
    source, target = (None, Bucket.AVAILABLE) if more > 0 else (Bucket.AVAILABLE, None)
    key = f"{cause.id} {count.location_id} counted {count.sku_key}"
    reason = MoveReason.CYCLE_COUNT_AVAILABLE
    return Move(key, count.sku_key, count.location_id, source, target, abs(more), reason, cause.id)
