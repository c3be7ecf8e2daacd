"""What is said of a decision and of stock: the bodies of allocation.decided and inventory.changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from allocator.domain.allocation import Held, Place, Unit, spots_of
from allocator.domain.money import minor_units, minor_units_at_least
from allocator.domain.network import Network, Rates
from allocator.domain.order import Line, Order
from allocator.domain.placing import POLICY
from allocator.domain.settling import Settled
from allocator.domain.stock import Level, Shelf
from order_events import AllocationDecided, DecisionOutcome, Event, FulfilledBy, InventoryChanged, UnitOutcome

JsonObject = dict[str, Any]


def allocation_decided(held: Held, network: Network) -> AllocationDecided:
    """The decision as it stands, whole; validated in one call, because objects one by one cost ten times as much."""
    order = held.order
    assert order is not None
    places = _places(held, order, network)
    currency = held.priced.currency or order.currency
    return AllocationDecided.model_validate(
        {
            "order_id": held.order_id,
            "order_version": held.decided,
            "revision": held.revision,
            "outcome": outcome_of(held.units),
            "units": _units(held, order),
            "asked": _asked(held, order),
            "places": places,
            "cost": {"amount": sum([place["cost"]["amount"] for place in places]), "currency": currency},
            "reasons": _reasons(held),
        }
    )


def outcome_of(units: Iterable[Unit]) -> DecisionOutcome:
    """What becomes of the order as a whole."""
    there = {unit.outcome for unit in units}
    lacking = there & {UnitOutcome.BACKORDERED, UnitOutcome.DECLINED}
    if UnitOutcome.ALLOCATED in there:
        return DecisionOutcome.PARTIALLY_ALLOCATED if lacking else DecisionOutcome.ALLOCATED
    if UnitOutcome.BACKORDERED in there:
        return DecisionOutcome.BACKORDERED
    return DecisionOutcome.DECLINED if lacking else DecisionOutcome.CANCELLED


def _units(held: Held, order: Order) -> tuple[JsonObject, ...]:
    skus = {line.line_id: line.sku for line in order.lines}
    return tuple(
        [
            {
                "line_id": unit.line_id,
                "sku": skus[unit.line_id],
                "quantity": unit.units,
                "outcome": unit.outcome,
                "location_id": unit.location_id,
                "reason": unit.reason,
                "expected_at": None,
            }
            for unit in held.units
        ]
    )


def _asked(held: Held, order: Order) -> tuple[JsonObject, ...]:
    skus = {line.line_id: line.sku for line in order.lines}
    return tuple(
        [
            {"location_id": location_id, "line_id": line_id, "sku": skus[line_id], "quantity": share.asked}
            for location_id, place in sorted(held.places.items())
            for line_id, share in place.shares.items()
            if share.asked
        ]
    )


def _places(held: Held, order: Order, network: Network) -> tuple[JsonObject, ...]:
    """Places once used stay listed; one that has nothing left to do costs nothing."""
    lines = {line.line_id: line for line in order.lines}
    live = {(spot.location_id, line_id): spot.live for line_id, spots in spots_of(held).items() for spot in spots}
    currency = held.priced.currency or order.currency
    said = []
    for location_id, place in sorted(held.places.items()):
        by_line = {line_id: live[location_id, line_id] for line_id in place.shares}
        location = network.locations.get(location_id)
        said.append(
            {
                "location_id": location_id,
                "fulfilled_by": location.fulfilled_by if location else FulfilledBy.OTHER,
                "partner_id": location.partner_id if location else None,
                "lines": tuple([_place_line(lines[line_id], by_line[line_id], place) for line_id in place.shares]),
                "cost": {"amount": _cost(held, place, by_line, lines), "currency": currency},
                "ship_by": order.ship_by,
                "deliver_by": order.deliver_by,
            }
        )
    return tuple(said)


def _place_line(line: Line, live: int, place: Place) -> JsonObject:
    assigned = place.shares[line.line_id].assigned
    return {"line_id": line.line_id, "sku": line.sku, "quantity": live, "assigned": assigned}


def _cost(held: Held, place: Place, live: Mapping[str, int], lines: Mapping[str, Line]) -> int:
    """The parcel, the distance and the weight of what a place still has, in minor units."""
    if not any(live.values()):
        return 0
    grams = sum([units * lines[line_id].weight_g for line_id, units in live.items()])
    return minor_units(place.fixed + Rates(per_kg=held.priced.per_kg).of_weight(grams))


def _reasons(held: Held) -> JsonObject:
    weighed = held.weighed
    return {
        "location_ids": weighed.location_ids,
        "km": weighed.km,
        "cost": weighed.cost,
        "excluded": weighed.excluded,
        "exact": weighed.exact,
        "gap": minor_units_at_least(weighed.gap),
        "policy": POLICY,
    }


def inventory_changed(level: Level, reason: str, at: datetime) -> InventoryChanged:
    """How the stock of a SKU at a location stands now."""
    return InventoryChanged(
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
