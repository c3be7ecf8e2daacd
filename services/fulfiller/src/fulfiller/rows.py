"""How values of the domain stand in rows: documents are JSON text, read back by the types of the domain."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

import asyncpg
from pydantic import TypeAdapter

from fulfiller.domain.held import Decision, Order, Site
from fulfiller.domain.shipment import Delivery, Line, Milestone, Package, PackageLine, Shipment
from order_events import FulfilledBy, Instructions, RequestStatus, ShipmentStatus, ShipTo, Value, Wishes
from service_runtime import json_of

LINES = TypeAdapter(tuple[Line, ...])
PACKAGE_LINES = TypeAdapter(tuple[PackageLine, ...])
MILESTONES = TypeAdapter(tuple[Milestone, ...])
SITES = TypeAdapter(tuple[Site, ...])
SHORT = 1000  # characters: at most 4 MB are kept
V = TypeVar("V", bound=Value)


def json_text(value: Any) -> str:
    """A value as JSON text, for a json column."""
    return json_of(value).decode()


def _delivery_columns(delivery: Delivery) -> tuple[Any, ...]:
    ship_to = json_text(delivery.ship_to) if delivery.ship_to else None
    return (delivery.service, delivery.fulfil_by, json_text(delivery.instructions), ship_to, json_text(delivery.wishes))


def _delivery(row: asyncpg.Record) -> Delivery:
    ship_to = _read(ShipTo, row["ship_to"]) if row["ship_to"] else None
    instructions, wishes = _read(Instructions, row["instructions"]), _read(Wishes, row["wishes"])
    return Delivery(ship_to, row["service"], instructions, wishes, row["fulfil_by"])


def _read(model: type[V], text: str) -> V:
    """A value from its JSON. An order's shipments repeat it, and so do their next versions: short ones are kept."""
    return _read_once(model, text) if len(text) <= SHORT else model.model_validate_json(text)


@lru_cache(maxsize=4000)
def _read_once(model: type[V], text: str) -> V:
    return model.model_validate_json(text)


def order_row(order: Order) -> tuple[Any, ...]:
    """An order as `keep_orders` takes it."""
    return (order.order_id, order.version, order.name, order.hold, *_delivery_columns(order.delivery))


def order_of(row: asyncpg.Record) -> Order:
    """An order as it was kept."""
    return Order(row["order_id"], row["version"], row["name"], row["hold"], _delivery(row))


def decision_of(row: asyncpg.Record) -> Decision:
    """A decision as it was kept."""
    sites = SITES.validate_json(row["sites"])
    return Decision(row["order_id"], row["revision"], row["order_version"], sites)


def state_row(one: Shipment) -> tuple[Any, ...]:
    """How far a shipment is, as `save_shipments` takes it."""
    state = (one.status, one.request_status, one.reason, json_text(one.lines), one.open_units)
    return (one.shipment_id, *state, one.order_version, one.revision, one.version, one.said)


def shipment_row(one: Shipment) -> tuple[Any, ...]:
    """A new shipment, as `add_shipments` takes it."""
    who = (one.order_id, one.name, one.location_id, one.fulfilled_by, one.partner_id)
    return (*state_row(one), *who, *_delivery_columns(one.delivery))


def delivery_row(one: Shipment) -> tuple[Any, ...]:
    """Where a shipment goes, as `save_deliveries` takes it."""
    return (one.shipment_id, *_delivery_columns(one.delivery))


def shipment_of(row: asyncpg.Record, packages: tuple[Package, ...]) -> Shipment:
    """A shipment as it was saved."""
    return Shipment(
        shipment_id=row["shipment_id"],
        name=row["name"],
        order_id=row["order_id"],
        location_id=row["location_id"],
        fulfilled_by=FulfilledBy(row["fulfilled_by"]),
        partner_id=row["partner_id"],
        status=ShipmentStatus(row["status"]),
        request_status=RequestStatus(row["request_status"]),
        reason=row["reason"],
        lines=LINES.validate_json(row["lines"]),
        packages=packages,
        delivery=_delivery(row),
        order_version=row["order_version"],
        revision=row["revision"],
        version=row["version"],
        said=row["said"],
    )


def package_of(row: asyncpg.Record) -> Package:
    """A package as it was saved."""
    lines, milestones = PACKAGE_LINES.validate_json(row["lines"]), MILESTONES.validate_json(row["milestones"])
    return Package(row["package_id"], lines, row["carrier"], row["number"], row["url"], milestones)


def package_rows(had: Iterable[Shipment], changed: Iterable[Shipment]) -> Iterator[tuple[Any, ...]]:
    """The packages that are new or to which something happened, as `save_packages` takes them."""
    before = {one.shipment_id: set(one.packages) for one in had}
    for shipment in changed:
        for n, one in enumerate(shipment.packages):
            if one not in before.get(shipment.shipment_id, ()):
                tracking = (one.carrier, one.number, one.url)
                yield (
                    shipment.shipment_id,
                    one.package_id,
                    n,
                    json_text(one.lines),
                    *tracking,
                    json_text(one.milestones),
                )
