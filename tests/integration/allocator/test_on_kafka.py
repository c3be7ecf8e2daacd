"""A running allocator on real Kafka and real PostgreSQL."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.integration.allocator.conftest import Allocator
from tests.integration.allocator.rows import location

from order_events import (
    AllocationDecided,
    Customer,
    Destination,
    FulfilledBy,
    Instructions,
    OrderChanged,
    OrderLine,
    OrderPlaced,
    Payment,
    PaymentStatus,
    RequestStatus,
    ShipmentLine,
    ShipmentStatus,
    ShipmentUpdated,
    UnitOutcome,
    Wishes,
)
from running_services import eventually, said

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def order(order_id: str, sku: str, units: int, cancelled: int = 0) -> OrderPlaced:
    return OrderPlaced(
        source="web", source_id=order_id, updated_at=NOW, placed_at=NOW, shop="s", currency="KRW", order_id=order_id,
        payment=Payment(status=PaymentStatus.PAID), customer=Customer(), destination=Destination(country_code="KR"),
        name="#1", holds=(), cancellation=None,
        lines=(OrderLine(line_id="1", sku=sku, title="t", quantity=units, price={"amount": 1, "currency": "KRW"}, cancelled=cancelled),),
    )  # fmt: skip


def changed(order: OrderPlaced) -> OrderChanged:
    return OrderChanged(order=order, changes=(), reason=None, actor="test")


def shipment(order_id: str, sku: str, at: str, *, ordered: int, shipped: int = 0, released: int = 0, answered: int = 0):
    line = ShipmentLine(
        line_id="1", sku=sku, ordered=ordered, shipped=shipped, released=released, answered=answered, difference=0,
        reason=None,
    )  # fmt: skip
    return ShipmentUpdated(
        shipment_id=f"{order_id}-F1", name="#1-F1", order_id=order_id, order_version=1, revision=1, location_id=at,
        fulfilled_by=FulfilledBy.MANUAL, partner_id=None, status=ShipmentStatus.OPEN,
        request_status=RequestStatus.UNSUBMITTED, reason=None, lines=(line,), packages=(), ship_to=None,
        service="standard", instructions=Instructions(), wishes=Wishes(), fulfil_by=None,
    )  # fmt: skip


async def stocked(allocator: Allocator, units: int) -> tuple[str, str]:
    """A SKU and an order of this test alone, with so many units at A."""
    sku, order_id = f"SKU-{uuid4().hex[:8]}", uuid4().hex[:24]
    await allocator.http.put("/locations", json={"locations": [location("A"), location("B")]})
    body = {"skus": [{"sku": sku}], "levels": [{"sku": sku, "location_id": "A", "on_hand": units}]}
    assert (await allocator.http.put("/stock", json=body)).status_code == 200
    return sku, order_id


def decision(record: dict[str, Any]) -> AllocationDecided:
    return AllocationDecided.model_validate_json(record["value"])


def outcomes(record: dict[str, Any]) -> list[tuple[int, UnitOutcome, str | None]]:
    return [(unit.quantity, unit.outcome, unit.location_id) for unit in decision(record).units]


async def on_hand(allocator: Allocator, sku: str) -> tuple[int, int, int]:
    [level] = (await allocator.http.get(f"/stock/{sku}")).json()["levels"]
    return level["on_hand"], level["available"], level["committed"]


async def test_an_order_placed_is_decided_and_its_stock_said(allocator: Allocator):
    sku, order_id = await stocked(allocator, 3)
    await allocator.hear(said(order(order_id, sku, 2), 1, f"{order_id}-1"))
    [record] = await allocator.decisions(order_id, 1)
    assert (record["version"], outcomes(record)) == (1, [(2, UnitOutcome.ALLOCATED, "A")])
    assert [one["version"] for one in await allocator.said("inventory.changed", sku)] == [1, 2]
    held = (await allocator.http.get(f"/orders/{order_id}")).json()
    assert (held["revision"], held["outcome"], held["waiting_for"]) == (1, "allocated", [])


async def test_a_redelivered_order_reserves_once(allocator: Allocator):
    sku, order_id = await stocked(allocator, 3)
    record = said(order(order_id, sku, 1), 1, f"{order_id}-1")
    await allocator.hear(record, record)
    await allocator.decisions(order_id, 1)
    await allocator.hear(record, said(changed(order(order_id, sku, 1)), 2, f"{order_id}-2"))
    decided = await allocator.decisions(order_id, 2)
    assert [one["version"] for one in decided] == [1, 2]
    assert await on_hand(allocator, sku) == (3, 2, 1)


async def test_a_cancel_is_asked_released_and_said(allocator: Allocator):
    sku, order_id = await stocked(allocator, 3)
    await allocator.hear(said(order(order_id, sku, 2), 1, f"{order_id}-1"))
    await allocator.hear(said(changed(order(order_id, sku, 2, cancelled=2)), 2, f"{order_id}-2"))
    *_, asking = await allocator.decisions(order_id, 2)
    assert [one.quantity for one in decision(asking).asked] == [2]
    await allocator.hear(said(shipment(order_id, sku, "A", ordered=2, released=2, answered=2), 2, f"{order_id}-s2"))
    *_, answered = await allocator.decisions(order_id, 3)
    assert outcomes(answered) == [(2, UnitOutcome.CANCELLED, None)]
    assert await on_hand(allocator, sku) == (3, 3, 0)


async def test_dispatched_units_leave_the_house(allocator: Allocator):
    sku, order_id = await stocked(allocator, 3)
    await allocator.hear(said(order(order_id, sku, 2), 1, f"{order_id}-1"))
    await allocator.decisions(order_id, 1)
    await allocator.hear(said(shipment(order_id, sku, "A", ordered=2, shipped=2), 4, f"{order_id}-s4"))

    async def left() -> bool:
        return await on_hand(allocator, sku) == (1, 1, 0)

    await eventually(left)
    held = (await allocator.http.get(f"/orders/{order_id}")).json()
    assert held["shipments"][f"{order_id}-F1"]["lines"]["1"] == {"released": 0, "answered": 0, "shipped": 2, "over": 0}


async def test_stock_that_comes_goes_to_who_waits_longest(allocator: Allocator):
    sku, first = await stocked(allocator, 0)
    second = uuid4().hex[:24]
    later = order(second, sku, 1).model_copy(update={"placed_at": NOW.replace(hour=10)})
    await allocator.hear(said(later, 1, f"{second}-1"), said(order(first, sku, 1), 1, f"{first}-1"))
    await asyncio.gather(allocator.decisions(first, 1), allocator.decisions(second, 1))
    body = {"levels": [{"sku": sku, "location_id": "A", "on_hand": 1}]}
    answer = (await allocator.http.put("/stock", json=body)).json()
    assert (answer["decided"], answer["waiting"]) == (1, 1)
    *_, served = await allocator.decisions(first, 2)
    assert outcomes(served) == [(1, UnitOutcome.ALLOCATED, "A")]
    assert await on_hand(allocator, sku) == (1, 0, 1)


async def test_a_sku_that_nobody_knew_is_decided_again_when_it_comes(allocator: Allocator):
    _, order_id = await stocked(allocator, 0)
    sku = f"NEW-{uuid4().hex[:8]}"
    await allocator.hear(said(order(order_id, sku, 1), 1, f"{order_id}-1"))
    [unknown] = await allocator.decisions(order_id, 1)
    assert [unit.reason for unit in decision(unknown).units] == ["unknown_sku"]
    body = {"skus": [{"sku": sku}], "levels": [{"sku": sku, "location_id": "B", "on_hand": 1}]}
    assert (await allocator.http.put("/stock", json=body)).json()["decided"] == 1
    *_, served = await allocator.decisions(order_id, 2)
    assert outcomes(served) == [(1, UnitOutcome.ALLOCATED, "B")]
