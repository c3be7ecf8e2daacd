"""What was held of an order and what stood on the shelves, from what was said of them. Pure.

A decision that was announced is taken as it is, not made again; the stock it took, and the stock that shipments moved,
are booked under the reasons they had. Sums do not care in which order they were made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from allocator.domain.allocation import Held, Place, Priced, Share, Short, Unit, Weighed
from allocator.domain.money import PER_MINOR
from allocator.domain.network import Rates
from allocator.domain.order import Line, Order
from allocator.domain.shipments import Shipment, account, fold
from allocator.domain.stock import Bucket, Entry, Level, Move, MoveReason, Shelf
from order_events import AllocationDecided, Cause, UnitOutcome
from order_events.allocations import Place as SaidPlace


class Announced(NamedTuple):
    """A level as it was announced, at one version."""

    version: int
    on_hand: int
    counted: bool
    cause: Cause


class Rebuilt(NamedTuple):
    """What is held of an order again, and the stock that moved by what was not known of it."""

    held: Held
    moves: Sequence[Move]


@dataclass(frozen=True, slots=True)
class Overdrawn:
    """A level that would hold less than nothing: something that moved it was not announced."""

    level: Level


def rebuilt(
    held: Held, order: Order | None, decided: AllocationDecided | None, shipments: Iterable[Shipment], rates: Rates
) -> Rebuilt:
    """What is held of an order after what was decided of it and what had become of its shipments.

    Args:
        held: what the database knows.
        order: the version that the decision answers, if there is one the database does not know.
        decided: the newest decision announced, if the database does not know it.
        shipments: the newest state read of each.
        rates: the ones of now; of what a decision says, only the weight's part of the costs needs them.
    """
    moves: list[Move] = []
    unread = held.order is None and bool(held.shipments)
    held = replace(held, order=order or held.order)
    if decided and held.order:
        held, moves = _decided(held, held.order, decided, rates)
    if unread and held.order:
        held, moved = account(held)
        moves += moved
    for shipment in shipments:
        if folded := fold(held, shipment):
            held = folded.held
            moves += folded.moves
    return Rebuilt(held, moves)


def _decided(held: Held, order: Order, said: AllocationDecided, rates: Rates) -> tuple[Held, list[Move]]:
    lines = {line.line_id: line for line in order.lines}
    asked = {(one.location_id, one.line_id): one.quantity for one in said.asked}
    places = {one.location_id: _place(held, one, asked, lines, rates) for one in said.places}
    moves = [move for at in said.places for move in _given(held, order, at, lines)]
    after = replace(
        held,
        decided=said.order_version,
        revision=said.revision,
        places=places,
        declined=_declined(said),
        units=tuple(Unit(u.line_id, u.quantity, u.outcome, u.location_id, u.reason) for u in said.units),
        priced=held.priced if held.priced.currency else Priced(rates.currency, rates.per_kg),
        weighed=_weighed(said),
    )
    return after, moves


def _place(
    held: Held, said: SaidPlace, asked: Mapping[tuple[str, str], int], lines: Mapping[str, Line], rates: Rates
) -> Place:
    at = said.location_id
    shares = {one.line_id: Share(one.assigned, asked.get((at, one.line_id), 0)) for one in said.lines}
    if at in held.places:
        return Place(held.places[at].fixed, shares)
    grams = sum(one.quantity * lines[one.line_id].weight_g for one in said.lines if one.line_id in lines)
    return Place(max(0, said.cost.amount * PER_MINOR - rates.of_weight(grams)), shares)


def _given(held: Held, order: Order, said: SaidPlace, lines: Mapping[str, Line]) -> Iterable[Move]:
    """The stock that was committed to what the place was given since."""
    known = held.places.get(said.location_id, Place(0, {})).shares
    for one in said.lines:
        more = one.assigned - known.get(one.line_id, Share(0, 0)).assigned
        line = lines.get(one.line_id)
        if more > 0 and line and order.takes_stock(line):
            key = f"{order.order_id} {one.line_id} {said.location_id} assigned {one.assigned}"
            yield Move(
                key, line.sku_key, said.location_id, Bucket.AVAILABLE, Bucket.COMMITTED, more,
                MoveReason.RESERVATION_CREATED, order.order_id,
            )  # fmt: skip


def _declined(said: AllocationDecided) -> Mapping[str, tuple[Short, ...]]:
    declined: dict[str, tuple[Short, ...]] = {}
    for one in said.units:
        if one.outcome is UnitOutcome.DECLINED:
            declined[one.line_id] = (*declined.get(one.line_id, ()), Short(one.quantity, one.reason or ""))
    return declined


def _weighed(said: AllocationDecided) -> Weighed:
    reasons = said.reasons
    return Weighed(
        reasons.location_ids, reasons.km, reasons.cost, reasons.excluded, reasons.exact, reasons.gap * PER_MINOR
    )


def counts_of(level: Level, announced: Iterable[Announced]) -> list[tuple[Move, Cause]]:
    """What was counted since: on hand changes by a count or by what leaves, and an announcement is one or the other."""
    moves, on_hand = [], level.on_hand
    for one in sorted(announced, key=attrgetter("version")):
        more = one.on_hand - on_hand
        if one.counted and more:
            source, target = (None, Bucket.AVAILABLE) if more > 0 else (Bucket.AVAILABLE, None)
            key = f"{level.sku_key} {level.location_id} counted, announced as {one.version}"
            reason = MoveReason.CYCLE_COUNT_AVAILABLE
            move = Move(key, level.sku_key, level.location_id, source, target, abs(more), reason, one.cause.id)
            moves.append((move, one.cause))
        on_hand = one.on_hand
    return moves


def booked(shelf: Shelf, moves: Iterable[tuple[Move, Cause]]) -> list[Overdrawn]:
    """Carry out moves whose order is not known: those that must be whole first, together; those that took what was
    there last. The levels that would then hold less than nothing.
    """
    late = []
    for move, cause in moves:
        level = shelf.at(move.sku_key).get(move.location_id)
        if move.as_far_as_there or level is None:
            late.append((move, cause))
            continue
        for bucket, units in ((move.source, -move.quantity), (move.target, move.quantity)):
            if bucket:
                setattr(level, bucket, getattr(level, bucket) + units)
        shelf.entries.append(Entry(level.sku, move, move.quantity, 0, cause))
    for move, cause in late:
        shelf.book([move], cause)
    levels = [level for by_location in shelf.levels.values() for level in by_location.values()]
    return [Overdrawn(level) for level in levels if min(getattr(level, bucket) for bucket in Bucket) < 0]
