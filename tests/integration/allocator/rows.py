"""Locations, stock and events for a database of the allocator's."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from msgspec import convert

from allocator import store
from allocator.handlers import lock_stock, on_orders_and_shipments
from allocator.reads import OrderPlacedRead, Read, ShipmentRead
from order_events import Cause, Event
from service_runtime import Batch, Connection, Place, Received, Record, Work

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RATES = {"currency": "KRW", "parcel": 3000, "per_kg": 500, "per_100km": 100}


def location(location_id: str, **more: Any) -> dict[str, Any]:
    about = {"name": location_id, "country_code": "KR", "postal_code": None, "latitude": None, "longitude": None}
    return {"location_id": location_id, **about, "kind": "manual", "partner_id": None, **more}


async def stocked(conn: Connection, levels: dict[str, dict[str, int]]) -> None:
    """Locations A and B with rates, and these units on hand, each with its ledger row."""
    await store.save_locations(conn, [location("A"), location("B", kind="partner", partner_id="swift")])
    await store.save_rates(conn, RATES)
    await store.save_skus(conn, [(sku.lower(), sku, 100, sku) for sku in levels])
    await store.add_levels(conn, [(sku.lower(), at) for sku, places in levels.items() for at in places])
    rows = [(sku, at, units) for sku, places in levels.items() for at, units in places.items() if units]
    for sku, at, units in rows:
        await conn.execute(
            "UPDATE stock SET available = $3, version = 1 WHERE sku_key = $1 AND location_id = $2",
            sku.lower(),
            at,
            units,
        )
        await conn.execute(
            "INSERT INTO ledger (key, sku, location_id, to_bucket, quantity, missing, reason, reference, event_id, at)"
            " VALUES ($1 || ' loaded ' || $2, $1, $2, 'available', $3, 0, 'cycle_count_available', '', '', now())",
            sku, at, units,
        )  # fmt: skip


def received(order_id: str, body: Any, version: int = 1) -> Received[Any]:
    id_, subject = str(uuid4()), f"{body.event_type.partition('.')[0]}/{order_id}"
    record = Record(Place(body.event_type, 0, 0), order_id.encode(), b"", (), 0)
    return Received(id_, body.event_type, subject, version, NOW, order_id, body, Cause(id_, NOW), record)


def placed(order_id: str, *lines: tuple[str, int], version: int = 1, **more: Any) -> Received[Any]:
    said = [{"line_id": str(n), "sku": sku, "quantity": units, "cancelled": 0} for n, (sku, units) in enumerate(lines)]
    body = {"order_id": order_id, "currency": "KRW", "placed_at": "2026-11-23T09:00:00Z", "destination": {}, **more}
    return received(order_id, convert({"lines": said, **body}, OrderPlacedRead), version)


def shipped(order_id: str, version: int, at: str, *sums: tuple[int, int, int, int]) -> Received[Any]:
    """Line n of shipment F1 as (ordered, shipped, released, answered)."""
    names = ("ordered", "shipped", "released", "answered")
    lines = [{"line_id": str(n), **dict(zip(names, one, strict=True))} for n, one in enumerate(sums)]
    body = {"shipment_id": f"{order_id}-F1", "order_id": order_id, "location_id": at, "lines": lines}
    return received(order_id, convert(body, ShipmentRead), version)


async def heard(conn: Connection, *events: Received[Read]) -> list[Event]:
    """Handle a batch as the runtime does: lock, decide, write; what was said."""
    work = Work(conn, NOW)
    await lock_stock(conn, events)
    await on_orders_and_shipments(Batch(tuple(events)), work)
    return work.events


async def buckets(conn: Connection, sku: str, at: str) -> tuple[int, int, int]:
    """On hand, available, committed."""
    row = await conn.fetchrow(
        "SELECT on_hand, available, committed FROM stock WHERE sku = $1 AND location_id = $2", sku, at
    )
    assert row is not None
    return tuple(row)
