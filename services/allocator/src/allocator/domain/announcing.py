"""What is said of a decision and of stock: the bodies of allocation.decided and inventory.changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from allocator.domain.allocation import NOTHING, Held, Place, Share, Unit, live_at, sums_at
from allocator.domain.money import minor_units, minor_units_at_least
from allocator.domain.network import Network, of_weight
from allocator.domain.order import Line, Order
from allocator.domain.placing import POLICY
from allocator.domain.settling import Settled
from allocator.domain.stock import Level, Shelf
from order_events import (
    AllocationDecided,
    Asked,
    DecisionOutcome,
    Event,
    FulfilledBy,
    InventoryChanged,
    Money,
    PlaceLine,
    Reasons,
    UnitOutcome,
    Units,
    trusted,
)
from order_events import Place as SaidPlace

Lines = Mapping[str, Line]  # by id
LACKING = frozenset({UnitOutcome.BACKORDERED, UnitOutcome.DECLINED})


def allocation_decided(held: Held, network: Network) -> AllocationDecided:
    """The decision as it stands, whole."""
    order = held.order
    assert order is not None
    lines = {line.line_id: line for line in order.lines}
    currency = held.priced.currency or order.currency
    places = _places(held, order, lines, currency, network)
    return trusted(
        AllocationDecided,
        order_id=held.order_id,
        order_version=held.decided,
        revision=held.revision,
        outcome=outcome_of(held.units),
        units=tuple([_units(unit, lines) for unit in held.units]),
        asked=_asked(held, lines),
        places=places,
        cost=places[0].cost if len(places) == 1 else _money(sum([place.cost.amount for place in places]), currency),
        reasons=_reasons(held),
    )


def outcome_of(units: Iterable[Unit]) -> DecisionOutcome:
    """What becomes of the order as a whole."""
    there = {unit.outcome for unit in units}
    lacking = there & LACKING
    if UnitOutcome.ALLOCATED in there:
        return DecisionOutcome.PARTIALLY_ALLOCATED if lacking else DecisionOutcome.ALLOCATED
    if UnitOutcome.BACKORDERED in there:
        return DecisionOutcome.BACKORDERED
    return DecisionOutcome.DECLINED if lacking else DecisionOutcome.CANCELLED


def _units(unit: Unit, lines: Lines) -> Units:
    return trusted(
        Units,
        line_id=unit.line_id,
        sku=lines[unit.line_id].sku,
        quantity=unit.units,
        outcome=unit.outcome,
        location_id=unit.location_id,
        reason=unit.reason,
        expected_at=None,
    )


def _asked(held: Held, lines: Lines) -> tuple[Asked, ...]:
    return tuple(
        [
            trusted(Asked, location_id=location_id, line_id=line_id, sku=lines[line_id].sku, quantity=share.asked)
            for location_id, place in sorted(held.places.items())
            for line_id, share in place.shares.items()
            if share.asked
        ]
    )


def _places(held: Held, order: Order, lines: Lines, currency: str, network: Network) -> tuple[SaidPlace, ...]:
    """Places once used stay listed; one that has nothing left to do costs nothing."""
    totals = sums_at(held.shipments)
    said = []
    for location_id, place in sorted(held.places.items()):
        live = {id_: live_at(share, totals.get((location_id, id_), NOTHING)) for id_, share in place.shares.items()}
        location = network.locations.get(location_id)
        said.append(
            trusted(
                SaidPlace,
                location_id=location_id,
                fulfilled_by=location.fulfilled_by if location else FulfilledBy.OTHER,
                partner_id=location.partner_id if location else None,
                lines=tuple([_place_line(lines[id_], live[id_], share) for id_, share in place.shares.items()]),
                cost=_money(_cost(held, place, live, lines), currency),
                ship_by=_time(order.ship_by),
                deliver_by=_time(order.deliver_by),
            )
        )
    return tuple(said)


def _place_line(line: Line, live: int, share: Share) -> PlaceLine:
    return trusted(PlaceLine, line_id=line.line_id, sku=line.sku, quantity=live, assigned=share.assigned)


def _cost(held: Held, place: Place, live: Mapping[str, int], lines: Lines) -> int:
    """The parcel, the distance and the weight of what a place still has, in minor units."""
    if not any(live.values()):
        return 0
    grams = sum([units * lines[line_id].weight_g for line_id, units in live.items()])
    return minor_units(place.fixed + of_weight(held.priced.per_kg, grams))


def _money(amount: int, currency: str) -> Money:
    return trusted(Money, amount=amount, currency=currency)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _reasons(held: Held) -> Reasons:
    weighed = held.weighed
    return trusted(
        Reasons,
        location_ids=weighed.location_ids,
        km=weighed.km,
        cost=weighed.cost,
        excluded=weighed.excluded,
        exact=weighed.exact,
        gap=minor_units_at_least(weighed.gap),
        policy=POLICY,
    )


def inventory_changed(level: Level, reason: str, at: datetime) -> InventoryChanged:
    """How the stock of a SKU at a location stands now."""
    return trusted(
        InventoryChanged,
        sku=level.sku,
        location_id=level.location_id,
        on_hand=level.on_hand,
        available=level.available,
        committed=level.committed,
        reserved=level.reserved,
        damaged=level.damaged,
        safety_stock=level.safety_stock,
        quality_control=level.quality_control,
        incoming=level.incoming,
        reason=reason,
        at=at,
    )


def events_of(settled: Settled, shelf: Shelf, network: Network, at: datetime) -> list[Event]:
    """All that a batch says: each decision as its revision, each level once, caused by the first that changed it."""
    decided = [Event(allocation_decided(one.held, network), one.held.revision, one.cause) for one in settled.said]
    changed = [
        Event(inventory_changed(level, reason, at), level.version, cause)
        for level, reason, cause in shelf.touched.values()
    ]
    return [*decided, *changed]
