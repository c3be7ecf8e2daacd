"""How the state of a shipment changes what is held of its order, and which stock moves by it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from allocator.domain.allocation import NOTHING, Folded, Held, Place, Share, Sums, sums_at
from allocator.domain.order import Line
from allocator.domain.stock import Bucket, Move, MoveReason


class ShipmentLine(NamedTuple):
    """A shipment line as it was read."""

    line_id: str
    ordered: int
    shipped: int
    released: int
    answered: int


class Shipment(NamedTuple):
    """A shipment as it was read, at one version."""

    shipment_id: str
    version: int
    location_id: str
    lines: tuple[ShipmentLine, ...]


class Fold(NamedTuple):
    """What is held after a shipment was read, and the stock that moves by it."""

    held: Held
    moves: Sequence[Move]


def fold(held: Held, shipment: Shipment) -> Fold | None:
    """Hold the newest state of a shipment; None when it says nothing new.

    While the order itself was not read, the state is only stored: no stock moves. The very state that is held is read
    again only where a recovery took it over: no stock moves again, but what follows from it may not have been decided.
    """
    known = held.shipments.get(shipment.shipment_id)
    if known and known.version > shipment.version:
        return None
    before = known.lines if known else {}
    grown = {line.line_id: _grown(before.get(line.line_id, NOTHING), line) for line in shipment.lines}
    lines = {line_id: sums for line_id, sums in grown.items() if sums != NOTHING}
    if lines == before and not (known and known.version == shipment.version):
        return None
    return _folded(held, shipment.shipment_id, Folded(shipment.location_id, shipment.version, lines))


def account(held: Held) -> Fold:
    """Make up for shipments that were read before their order: their stock moves now."""
    moves: list[Move] = []
    stored = held.shipments
    held = replace(held, shipments={})
    for shipment_id in sorted(stored):
        held, moved = _folded(held, shipment_id, stored[shipment_id])
        moves += moved
    return Fold(held, moves)


def _grown(before: Sums, line: ShipmentLine) -> Sums:
    """Each sum only grows, whatever is read. What left beyond what was not released is `over`."""
    released = max(before.released, line.released)
    shipped = max(before.shipped, line.shipped)
    over = max(before.over, min(shipped, shipped + released - line.ordered))
    return Sums(released, max(before.answered, line.answered), shipped, over)


def _folded(held: Held, shipment_id: str, folded: Folded) -> Fold:
    moves = _moves(held, shipment_id, folded) if held.order else []
    shipments = {**held.shipments, shipment_id: folded}
    excluded = _excluded(held, shipments, folded.location_id)
    return Fold(replace(held, shipments=shipments, excluded=excluded), moves)


def _excluded(held: Held, shipments: Mapping[str, Folded], location_id: str) -> tuple[str, ...]:
    """A place that gave back more of a line than it was asked for is not asked again."""
    if location_id in held.excluded:
        return held.excluded
    place = held.places.get(location_id, Place(0, {}))
    unasked = any(
        sums.released > place.shares.get(line_id, Share(0, 0)).asked
        for (location, line_id), sums in sums_at(shipments).items()
        if location == location_id
    )
    return (*held.excluded, location_id) if unasked else held.excluded


def _moves(held: Held, shipment_id: str, folded: Folded) -> list[Move]:
    assert held.order is not None
    known = held.shipments.get(shipment_id)
    before = known.lines if known else {}
    totals = sums_at(held.shipments)
    moves: list[Move] = []
    for line in held.order.lines:
        if line.line_id in folded.lines and held.order.takes_stock(line):
            ours = _committed(held, folded.location_id, line, totals)
            old, new = before.get(line.line_id, NOTHING), folded.lines[line.line_id]
            moves += _of_line(line, shipment_id, folded.location_id, ours, old, new)
    return moves


def _committed(held: Held, location_id: str, line: Line, totals: dict[tuple[str, str], Sums]) -> int:
    """How many units are committed to this line there: given, not given back, not left."""
    place = held.places.get(location_id)
    share = place.shares.get(line.line_id) if place else None
    sums = totals.get((location_id, line.line_id), NOTHING)
    return max(0, share.assigned - sums.released - sums.shipped + sums.over) if share else 0


def _of_line(line: Line, shipment_id: str, location_id: str, ours: int, old: Sums, new: Sums) -> list[Move]:
    """Committed units become available again or leave; what left although it was given back takes what is available.

    Each is a function of the sums: one by one or the last version alone, the same units make the same moves.
    """
    left = new.shipped - old.shipped
    due = left - (new.over - old.over)
    uncommitted = min(ours, max(0, new.released - old.released + due))
    regular = min(uncommitted, max(0, due))
    about = f"{shipment_id} {line.line_id}"

    def move(key: str, source: Bucket, target: Bucket | None, units: int, reason: MoveReason) -> Move:
        over = source is Bucket.AVAILABLE
        return Move(f"{about} {key}", line.sku_key, location_id, source, target, units, reason, shipment_id, over)

    back, over = uncommitted - regular, left - regular
    moves = [
        move(f"released {new.released}", Bucket.COMMITTED, Bucket.AVAILABLE, back, MoveReason.RESERVATION_DELETED),
        move(f"shipped {new.shipped}", Bucket.COMMITTED, None, regular, MoveReason.ORDER_FULFILLED),
        move(f"over {new.shipped}", Bucket.AVAILABLE, None, over, MoveReason.ORDER_FULFILLED),
    ]
    return [one for one in moves if one.quantity]
