"""What the other services say of one small order, as they would say it."""

from typing import Any

from order_events import AllocationDecided, OrderChanged, OrderPlaced, ShipmentUpdated

MONEY = {"amount": 18000, "currency": "KRW"}
CANCELLATION = {"at": "2026-11-23T10:00:00Z", "reason": "customer", "actor": "mina"}


def an_order(order_id: str, **more: Any) -> dict[str, Any]:
    """Two mugs of Mina's."""
    return {
        "source": "web", "source_id": f"G-{order_id}", "updated_at": "2026-11-23T00:20:00Z",
        "placed_at": "2026-11-23T00:20:00Z", "shop": "seoul-craft", "locale": "ko-KR", "currency": "KRW",
        "payment": {"status": "paid"}, "customer": {"name": "김민아", "email": "mina@example.test"},
        "destination": {"country_code": "KR"}, "ship_to": {"name": "김민아", "city": "서울"}, "holds": [],
        "wishes": {"gift_message": "생일 <축하>해!"}, "shipping": {"price": {"amount": 3000, "currency": "KRW"}},
        "cancellation": None, "order_id": order_id, "name": "#1001", "lines": [
            {"line_id": "1", "sku": "MUG", "title": "파란 머그컵", "quantity": 2, "cancelled": 0, "price": MONEY},
        ], **more,
    }  # fmt: skip


def placed(order_id: str, **more: Any) -> OrderPlaced:
    return OrderPlaced.model_validate(an_order(order_id, **more))


def cancelled(order_id: str, **more: Any) -> OrderChanged:
    order = an_order(order_id, cancellation=CANCELLATION, **more)
    return OrderChanged.model_validate({"order": order, "changes": ["cancelled"], "reason": None, "actor": "mina"})


def edited(order_id: str, *fields: str, **more: Any) -> OrderChanged:
    """The order as it is after an edit of these places in it."""
    said = {"order": an_order(order_id, **more), "changes": ["edited"], "fields": fields}
    return OrderChanged.model_validate({**said, "reason": None, "actor": "mina"})


def line(**more: Any) -> dict[str, Any]:
    """The line of the two mugs."""
    return {"line_id": "1", "sku": "MUG", "title": "파란 머그컵", "quantity": 2, "cancelled": 0, "price": MONEY, **more}


def held(reason: str, owner: str = "order-intake") -> dict[str, Any]:
    return {"hold_id": f"{reason}.1", "reason": reason, "owner": owner}


def decided(
    order_id: str, allocated: int = 2, revision: int = 1, order_version: int = 1, asked: int = 0
) -> AllocationDecided:
    """A decision over the two mugs: what is not allocated is backordered until the first of December."""
    unit = {"line_id": "1", "sku": "MUG", "location_id": None, "reason": None, "expected_at": None}
    units = [{**unit, "quantity": allocated, "outcome": "allocated", "location_id": "hub"}] if allocated else []
    if allocated < 2:
        late = {"outcome": "backordered", "reason": "out_of_stock", "expected_at": "2026-12-01T00:00:00Z"}
        units.append({**unit, **late, "quantity": 2 - allocated})
    reasons = {"location_ids": [], "km": [], "cost": [], "excluded": [], "exact": True, "gap": 0, "policy": "x"}
    asks = [{"location_id": "hub", "line_id": "1", "sku": "MUG", "quantity": asked}] if asked else []
    return AllocationDecided.model_validate({
        "order_id": order_id, "order_version": order_version, "revision": revision, "outcome": "allocated",
        "units": units, "asked": asks, "places": [], "cost": MONEY, "reasons": reasons,
    })  # fmt: skip


def shipment(order_id: str, *packages: int, released: int = 0, answered: int = 0, **more: Any) -> dict[str, Any]:
    """The shipment of the two mugs; each package by how many mugs are in it."""
    contents = [[{"line_id": "1", "sku": "MUG", "quantity": mugs}] for mugs in packages]
    line = {"line_id": "1", "sku": "MUG", "ordered": 2, "shipped": sum(packages), "released": released}
    return {
        "shipment_id": f"{order_id}-F1", "name": "#1001-F1", "order_id": order_id, "order_version": 1, "revision": 1,
        "location_id": "hub", "fulfilled_by": "manual", "partner_id": None, "status": "open",
        "request_status": "unsubmitted", "reason": None, "ship_to": None, "service": "standard", "instructions": {},
        "wishes": {}, "fulfil_by": None, "lines": [{**line, "answered": answered, "difference": 0, "reason": None}],
        "packages": [
            {"package_id": f"P{n}", "parcel_id": f"P{n}", "lines": lines, "carrier": "CJ Logistics", "number": f"60{n}",
             "url": f"https://track.example.test/60{n}", "milestones": []} for n, lines in enumerate(contents, 1)
        ], **more,
    }  # fmt: skip


def updated(order_id: str, *packages: int, **more: Any) -> ShipmentUpdated:
    return ShipmentUpdated.model_validate(shipment(order_id, *packages, **more))
