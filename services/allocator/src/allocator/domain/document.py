"""What is held of an order as a JSON document and back; rows are arrays, in the order of their fields."""

from typing import Any

from allocator.domain.allocation import Folded, Held, Place, Priced, Share, Short, Sums, Unit, Weighed
from allocator.domain.order import Line, Order
from order_events import ShortagePolicy, UnitOutcome

Document = dict[str, Any]
_POLICIES = {policy.value: policy for policy in ShortagePolicy}
_OUTCOMES = {outcome.value: outcome for outcome in UnitOutcome}


def document_of(held: Held) -> Document:
    """The document; its values are tuples, mappings, enums and plain values."""
    return {
        "order": held.order,
        "decided": held.decided,
        "revision": held.revision,
        "places": held.places,
        "shipments": held.shipments,
        "excluded": held.excluded,
        "declined": held.declined,
        "units": held.units,
        "priced": held.priced,
        "weighed": held.weighed,
    }


def held_from(order_id: str, document: Document) -> Held:
    """What the document says is held of an order."""
    return Held(
        order_id,
        _order(document["order"]),
        document["decided"],
        document["revision"],
        {location_id: Place(fixed, _shares(shares)) for location_id, (fixed, shares) in document["places"].items()},
        {shipment_id: _folded(*row) for shipment_id, row in document["shipments"].items()},
        tuple(document["excluded"]),
        {line_id: tuple([Short(*one) for one in shorts]) for line_id, shorts in document["declined"].items()},
        tuple([_unit(*row) for row in document["units"]]),
        Priced(*document["priced"]),
        _weighed(*document["weighed"]),
    )


def _order(row: list[Any] | None) -> Order | None:
    if row is None:
        return None
    lines = tuple([Line(*line) for line in row[-1]])
    return Order._make([*row[:3], _POLICIES[row[3]], *row[4:-1], lines])


def _shares(shares: dict[str, list[int]]) -> dict[str, Share]:
    return {line_id: Share(*share) for line_id, share in shares.items()}


def _folded(location_id: str, version: int, lines: dict[str, list[int]]) -> Folded:
    return Folded(location_id, version, {line_id: Sums(*sums) for line_id, sums in lines.items()})


def _unit(line_id: str, units: int, outcome: str, location_id: str | None, reason: str | None) -> Unit:
    return Unit(line_id, units, _OUTCOMES[outcome], location_id, reason)


def _weighed(*columns: Any) -> Weighed:
    location_ids, km, cost, excluded, exact, gap = columns
    return Weighed(tuple(location_ids), tuple(km), tuple(cost), tuple(excluded), exact, gap)
