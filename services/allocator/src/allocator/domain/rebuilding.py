"""What was held of an order, from what was said of it and of its shipments. Pure.

A decision that was announced is taken as it is, not made again; the stock it took, and the stock that shipments moved,
move under the reasons they had. Sums do not care in which order they were made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from allocator.domain.allocation import Held, Place, Priced, Share, Short, Unit, Weighed
from allocator.domain.money import PER_MINOR
from allocator.domain.network import Rates
from allocator.domain.order import Line, Order
from allocator.domain.shipments import Shipment, account, fold
from allocator.domain.stock import Bucket, Move, MoveReason
from order_events import AllocationDecided, UnitOutcome
from order_events.allocations import Place as SaidPlace


class Ever(NamedTuple):
    """What decisions said that a later one need not say again, because the order was changed: it holds all the same."""

    excluded: frozenset[str] = frozenset()
    declined: Mapping[str, tuple[Short, ...]] = MappingProxyType({})

    def after(self, said: AllocationDecided) -> "Ever":
        """A place had given back more than it was asked for; units were given up."""
        unasked = {one.location_id for one in said.places if _gave_back_unasked(one, said)}
        return Ever(self.excluded | unasked, _most_given_up(self.declined, _declined(said)))


NOTHING_MORE = Ever()


class Rebuilt(NamedTuple):
    """What is held of an order again, and the stock that moved by what was not known of it."""

    held: Held
    moves: Sequence[Move]


def rebuilt(
    held: Held,
    order: Order | None,
    decided: AllocationDecided | None,
    shipments: Iterable[Shipment],
    rates: Rates,
    ever: Ever = NOTHING_MORE,
) -> Rebuilt:
    """What is held of an order after what was decided of it and what had become of its shipments.

    Args:
        held: what the database knows.
        order: the version that the decision answers, if there is one the database does not know.
        decided: the newest decision announced, if the database does not know it.
        shipments: the newest state read of each.
        rates: the ones of now; of what a decision says, only the weight's part of the costs needs them.
        ever: what all decisions said that the database does not know.
    """
    moves: list[Move] = []
    unread = held.order is None and bool(held.shipments)
    excluded = (*held.excluded, *sorted(ever.excluded.difference(held.excluded)))
    declined = _most_given_up(held.declined, ever.declined)
    held = replace(held, order=order or held.order, excluded=excluded, declined=declined)
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


def _gave_back_unasked(place: SaidPlace, said: AllocationDecided) -> bool:
    """Each decision says what a place was ever given and what it has, and so what it had given back by then."""
    asked = {one.line_id: one.quantity for one in said.asked if one.location_id == place.location_id}
    return any(one.assigned - one.quantity > asked.get(one.line_id, 0) for one in place.lines)


def _most_given_up(
    declined: Mapping[str, tuple[Short, ...]], more: Mapping[str, tuple[Short, ...]]
) -> Mapping[str, tuple[Short, ...]]:
    """More is given up only once all that was given up before stands there again; so of each line the most counts."""
    grown = {line_id: shorts for line_id, shorts in more.items() if _units(shorts) > _units(declined.get(line_id, ()))}
    return {**declined, **grown}


def _units(shorts: Iterable[Short]) -> int:
    return sum(one.units for one in shorts)


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
