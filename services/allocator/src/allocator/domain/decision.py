"""What becomes of every unit of an order: the sums of docs/architecture/exchange.md, and nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from allocator.domain.allocation import (
    Held,
    Place,
    Share,
    Short,
    Spot,
    Unit,
    firm_of,
    live_of,
    spots_of,
    units_from_nowhere,
    units_of,
)
from allocator.domain.network import Network
from allocator.domain.order import Line, Order
from allocator.domain.placing import Given, Placed, Want, place
from allocator.domain.shortage import Shorts, ruled
from allocator.domain.stock import Bucket, Move, MoveReason, Shelf

Asks = Mapping[tuple[str, str], int]  # (location, line): units


class Decision(NamedTuple):
    """What is held now, the stock that moves by it, and whether it is to be said: as `held.revision`."""

    held: Held
    moves: Sequence[Move]
    said: bool


class _Need(NamedTuple):
    """A line: its spots, what was given up of it before, and the units that want a place."""

    line: Line
    spots: Sequence[Spot]
    given_up: tuple[Short, ...]
    to_place: int


class _Outcome(NamedTuple):
    given: Sequence[Given]
    backordered: Shorts
    declined: Shorts
    placed: Placed | None


def decide(held: Held, shelf: Shelf, network: Network) -> Decision:
    """Decide an order anew against what is held of it and what is there.

    Args:
        held: its order must have been read.
        shelf: the stock of all its SKUs at all locations; read, not changed.
        network: the places and the rates.
    """
    order = held.order
    assert order is not None
    is_new = order.version > held.decided
    spots = spots_of(held)
    asks = _asks(order, spots) if is_new and spots else {}
    needs = [_need(line, spots.get(line.line_id, ()), asks, held) for line in order.lines if order.takes_stock(line)]
    outcome = _outcome(held, order, needs, shelf, network)
    units = _units(order, needs, outcome)
    if not (is_new or asks or outcome.given or units != held.units):
        return Decision(held, (), said=False)
    after = _after(held, order, asks, outcome, units)
    return Decision(after, _reserved(after, outcome.given), said=True)


def _asks(order: Order, spots: Mapping[str, Sequence[Spot]]) -> dict[tuple[str, str], int]:
    """The units to ask back, per (location, line): what is live, not asked back yet, and no longer wanted."""
    asks: dict[tuple[str, str], int] = {}
    for line in order.lines:
        at = spots.get(line.line_id, ())
        too_many = firm_of(at) - line.wanted
        if too_many > 0:
            asks |= {(location_id, line.line_id): units for location_id, units in _spread(too_many, at)}
    return asks


def _spread(units: int, spots: Sequence[Spot]) -> list[tuple[str, int]]:
    """Unshipped units first, from the places with fewest, so that a place is emptied; then units that have left."""
    asked: dict[str, int] = {}
    unshipped = {spot.location_id: max(0, spot.live - spot.shipped - spot.pending) for spot in spots}
    firm = {spot.location_id: spot.live - spot.pending for spot in spots}
    for limits in (unshipped, firm):
        for location_id in sorted(limits, key=lambda at: (limits[at], at)):
            taken = min(units, limits[location_id] - asked.get(location_id, 0))
            if taken > 0:
                asked[location_id] = asked.get(location_id, 0) + taken
                units -= taken
    return list(asked.items())


def _need(line: Line, spots: Sequence[Spot], asks: Asks, held: Held) -> _Need:
    """Units without a place: never more than is wanted beyond the firm ones, nor than was ordered beyond the live."""
    if not spots:
        room = line.wanted
    else:
        asked = sum([asks.get((spot.location_id, line.line_id), 0) for spot in spots])
        room = max(0, min(line.wanted - firm_of(spots) + asked, line.quantity - line.elsewhere - live_of(spots)))
    given_up = _up_to(held.declined.get(line.line_id, ()), room)
    return _Need(line, spots, given_up, room - sum([one.units for one in given_up]))


def _up_to(shorts: Iterable[Short], units: int) -> tuple[Short, ...]:
    kept = []
    for one in shorts:
        taken = min(one.units, units)
        if taken:
            kept.append(Short(taken, one.reason))
            units -= taken
    return tuple(kept)


def _outcome(held: Held, order: Order, needs: Sequence[_Need], shelf: Shelf, network: Network) -> _Outcome:
    wants = [Want(need.line, need.to_place) for need in needs if need.to_place]
    if not wants:
        return _Outcome((), {}, {}, None)
    if order.waits:
        return _Outcome((), {line.line_id: (Short(units, "awaiting_payment"),) for line, units in wants}, {}, None)
    if held.hops_left:
        placed = place(order, wants, held.excluded, shelf, network)
        given, short = placed.given, placed.short
    else:
        placed, given = None, ()
        short = {want.line.line_id: Short(want.units, "no_location_left") for want in wants}
    return _Outcome(*ruled(order.policy, wants, given, short), placed)


def _units(order: Order, needs: Sequence[_Need], outcome: _Outcome) -> tuple[Unit, ...]:
    live = {need.line.line_id: {spot.location_id: spot.live for spot in need.spots} for need in needs}
    for line, location_id, given in outcome.given:
        at = live[line.line_id]
        at[location_id] = at.get(location_id, 0) + given
    by_line = {need.line.line_id: need for need in needs}
    units: list[Unit] = []
    for line in order.lines:
        need = by_line.get(line.line_id)
        if need:
            units += _of_need(need, live[line.line_id], outcome)
        else:
            units += units_from_nowhere(line, "test_order" if order.test else "no_shipping")
    return tuple(units)


def _of_need(need: _Need, live: Mapping[str, int], outcome: _Outcome) -> list[Unit]:
    line_id = need.line.line_id
    declined = (*need.given_up, *outcome.declined.get(line_id, ()))
    return units_of(need.line, sorted(live.items()), outcome.backordered.get(line_id, ()), declined)


def _after(held: Held, order: Order, asks: Asks, outcome: _Outcome, units: tuple[Unit, ...]) -> Held:
    placed = outcome.placed
    tells = placed if placed and (outcome.given or not held.weighed.location_ids) else None
    return Held(
        order_id=held.order_id,
        order=order,
        decided=order.version,
        revision=held.revision + 1,
        places=_places(held, asks, outcome),
        shipments=held.shipments,
        excluded=held.excluded,
        declined=_declined(held, outcome.declined),
        units=units,
        priced=tells.priced if tells else held.priced,
        weighed=tells.weighed if tells else held.weighed,
    )


def _places(held: Held, asks: Asks, outcome: _Outcome) -> Mapping[str, Place]:
    if not asks and not outcome.given:
        return held.places
    places = dict(held.places)
    for (location_id, line_id), units in asks.items():
        place = places[location_id]
        places[location_id] = Place(place.fixed, _with(place.shares, line_id, Share(0, units)))
    for line, location_id, units in outcome.given:
        assert outcome.placed is not None
        shares = places[location_id].shares if location_id in places else {}
        fixed = outcome.placed.fixed[location_id]
        places[location_id] = Place(fixed, _with(shares, line.line_id, Share(units, 0)))
    return places


def _with(shares: Mapping[str, Share], line_id: str, more: Share) -> dict[str, Share]:
    so_far = shares.get(line_id)
    share = Share(so_far.assigned + more.assigned, so_far.asked + more.asked) if so_far else more
    return {**shares, line_id: share}


def _declined(held: Held, more: Shorts) -> Mapping[str, tuple[Short, ...]]:
    """What was given up stays given up."""
    if not more:
        return held.declined
    return {
        **held.declined,
        **{line_id: (*held.declined.get(line_id, ()), *shorts) for line_id, shorts in more.items()},
    }


def _reserved(after: Held, given: Sequence[Given]) -> list[Move]:
    """The stock that is committed."""
    available, committed, reason = Bucket.AVAILABLE, Bucket.COMMITTED, MoveReason.RESERVATION_CREATED
    return [
        Move(
            _key(after, one), one.line.sku_key, one.location_id, available, committed, one.units, reason, after.order_id
        )
        for one in given
    ]


def _key(after: Held, given: Given) -> str:
    """Counts what the place was ever given of the line, so that it is taken once."""
    line_id = given.line.line_id
    assigned = after.places[given.location_id].shares[line_id].assigned
    return f"{after.order_id} {line_id} {given.location_id} assigned {assigned}"
