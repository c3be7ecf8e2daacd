"""How values of the domain stand in rows: documents are JSON text, read back by the types of the domain."""

from collections.abc import Iterable, Iterator
from typing import Any

import asyncpg
from msgspec.json import Decoder, Encoder

from fulfiller.domain.held import Decision, LineHold, Order, Site
from fulfiller.domain.shipment import Delivery, Line, Milestone, Package, PackageLine, Shipment
from order_events import FulfilledBy, RequestStatus, ShipmentStatus
from service_runtime import joined

LINES = Decoder(tuple[Line, ...])
PACKAGE_LINES = Decoder(tuple[PackageLine, ...])
MILESTONES = Decoder(tuple[Milestone, ...])
SITES = Decoder(tuple[Site, ...])
LINE_HOLDS = Decoder(tuple[LineHold, ...])
_DELIVERY = ("service", "fulfil_by", "instructions", "ship_to", "wishes")
_STATE = (
    "order_id", "shipment_id", "status", "request_status", "reason", "lines", "open_units", "order_version", "revision",
    "version", "said",
)  # fmt: skip
ORDER = ("order_id", "version", "name", "hold", *_DELIVERY, "line_holds")
DECISION = ("order_id", "revision", "order_version", "sites")
SHIPMENT = (*_STATE, "name", "location_id", "fulfilled_by", "partner_id", *_DELIVERY)
PACKAGE = ("shipment_id", "package_id", "n", "lines", "carrier", "number", "url", "milestones")
MESSAGE = ("shipment_id", "message_id", "body_hash")
_REASON = _STATE.index("reason")
_written = Encoder().encode


def json_text(value: Any) -> str:
    """A value of the domain as JSON text, for a json column."""
    return _written(value).decode()


def _delivery_columns(delivery: Delivery) -> tuple[Any, ...]:
    return delivery.service, delivery.fulfil_by, delivery.instructions, delivery.ship_to, delivery.wishes


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(row["ship_to"], row["service"], row["instructions"], row["wishes"], row["fulfil_by"])


def order_row(order: Order) -> tuple[Any, ...]:
    """An order as the columns `ORDER`."""
    line_holds = json_text(order.line_holds) if order.line_holds else None
    return (order.order_id, order.version, order.name, order.hold, *_delivery_columns(order.delivery), line_holds)


def order_of(row: asyncpg.Record) -> Order:
    """An order as it was kept."""
    line_holds = LINE_HOLDS.decode(row["line_holds"]) if row["line_holds"] else ()
    return Order(row["order_id"], row["version"], row["name"], row["hold"], _delivery(row), line_holds)


def decision_row(one: Decision) -> tuple[Any, ...]:
    """A decision as the columns `DECISION`."""
    return one.order_id, one.revision, one.order_version, json_text(one.sites)


def decision_of(row: asyncpg.Record) -> Decision:
    """A decision as it was kept."""
    sites = SITES.decode(row["sites"])
    return Decision(row["order_id"], row["revision"], row["order_version"], sites)


def state_columns(shipments: Iterable[Shipment]) -> list[Any]:
    """How far shipments are, as `save_shipments` takes it."""
    columns = zip(*map(_state_row, shipments), strict=True)
    return [list(column) if n == _REASON else joined([str(one) for one in column]) for n, column in enumerate(columns)]


def _state_row(one: Shipment) -> tuple[Any, ...]:
    state = (one.status, one.request_status, one.reason, json_text(one.lines), one.open_units)
    return (one.order_id, one.shipment_id, *state, one.order_version, one.revision, one.version, one.said)


def shipment_row(one: Shipment) -> tuple[Any, ...]:
    """A shipment as the columns `SHIPMENT`."""
    who = (one.name, one.location_id, one.fulfilled_by, one.partner_id)
    return (*_state_row(one), *who, *_delivery_columns(one.delivery))


def delivery_row(one: Shipment) -> tuple[Any, ...]:
    """Where a shipment goes, as `save_deliveries` takes it."""
    return (one.order_id, one.shipment_id, *_delivery_columns(one.delivery))


def shipment_of(row: asyncpg.Record) -> Shipment:
    """A shipment as it was saved, still without its packages."""
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
        lines=LINES.decode(row["lines"]),
        packages=(),
        delivery=_delivery(row),
        order_version=row["order_version"],
        revision=row["revision"],
        version=row["version"],
        said=row["said"],
    )


def package_of(row: asyncpg.Record) -> Package:
    """A package as it was saved."""
    lines, milestones = PACKAGE_LINES.decode(row["lines"]), MILESTONES.decode(row["milestones"])
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
