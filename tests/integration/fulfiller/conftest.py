"""The fulfiller as a running service, and its database alone, migrated."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from baesong.platform_only import Platform
from fulfiller.app import build
from fulfiller.settings import Settings
from order_events import AllocationDecided, OrderChanged, OrderPlaced
from running_services import eventually, read_all, running, said, send, topics
from service_runtime.migrations import migrate

TOPICS = (
    "order.placed", "order.changed", "allocation.decided", "shipment.created", "shipment.updated",
    "partner.swift.inbound", "partner.swift.shipments", "partner.rival.inbound", "partner.rival.shipments",
)  # fmt: skip
ORDER = {
    "source": "web", "source_id": "G-1", "updated_at": "2026-11-23T00:20:00Z", "placed_at": "2026-11-23T00:20:00Z",
    "shop": "seoul-craft", "currency": "KRW", "payment": {"status": "paid"}, "customer": {"name": "김민아"},
    "destination": {"country_code": "KR"}, "ship_to": {"name": "김민아", "city": "서울"}, "holds": [],
    "cancellation": None, "lines": [{
        "line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "cancelled": 0,
        "price": {"amount": 1, "currency": "KRW"},
    }],
}  # fmt: skip
MONEY = {"amount": 0, "currency": "KRW"}


def placed(order_id: str, **more: Any) -> OrderPlaced:
    return OrderPlaced.model_validate({**ORDER, "order_id": order_id, "name": "#1001", **more})


def changed(order_id: str, **more: Any) -> OrderChanged:
    order = {**ORDER, "order_id": order_id, "name": "#1001", **more}
    return OrderChanged.model_validate({"order": order, "changes": ["held"], "reason": None, "actor": "shop"})


def decided(order_id: str, *places: dict[str, Any], revision: int = 1, order_version: int = 1, **asked: int):
    """A decision over places; `asked` is per location what is asked back of line 1."""
    asks = [{"location_id": place, "line_id": "1", "sku": "MUG", "quantity": units} for place, units in asked.items()]
    reasons = {"location_ids": [], "km": [], "cost": [], "excluded": [], "exact": True, "gap": 0, "policy": "x"}
    return AllocationDecided.model_validate(
        {
            "order_id": order_id, "order_version": order_version, "revision": revision, "outcome": "allocated",
            "units": [], "asked": asks, "places": places, "cost": MONEY, "reasons": reasons,
        }
    )  # fmt: skip


def place(location_id: str, units: int, partner_id: str | None = None) -> dict[str, Any]:
    line = {"line_id": "1", "sku": "MUG", "quantity": units, "assigned": units}
    by = "partner" if partner_id else "manual"
    more = {"partner_id": partner_id, "lines": [line], "cost": MONEY, "ship_by": None, "deliver_by": None}
    return {"location_id": location_id, "fulfilled_by": by, **more}


def a_message(shipment_id: str, kind: str, message_id: str | None = None, **more: Any) -> bytes:
    known = {"message_id": message_id or f"{shipment_id}-{kind}", "shipment_id": shipment_id, "kind": kind}
    return json.dumps({**known, "happened_at": "2026-11-23T10:00:00Z", **more}).encode()


def a_package(shipment_id: str, units: int, package_id: str = "P1", **more: Any) -> bytes:
    lines = [{"line_id": "1", "sku": "MUG", "quantity": units}]
    named = {"message_id": f"{shipment_id}-{package_id}", "package_id": package_id, "lines": lines}
    return a_message(shipment_id, "dispatched", **{**named, **more})


@dataclass
class Fulfiller:
    """A running fulfiller: what it hears, serves and says."""

    platform: Platform
    prefix: str
    db: "asyncpg.Pool[asyncpg.Record]"
    http: httpx.AsyncClient
    sent: int = field(default=0)

    async def hears(self, *events: tuple[Any, int]) -> None:
        """Events of the other services, with their versions."""
        records = [said(body, version, f"cause-{uuid4().hex}") for body, version in events]
        await send(self.platform, self.prefix, records)

    async def partner_says(self, *bodies: bytes, partner: str = "swift") -> None:
        records = []
        for body in bodies:
            self.sent += 1
            records.append((f"partner.{partner}.inbound", b"k", body, [("ce_id", f"r{self.sent}".encode())]))
        await send(self.platform, self.prefix, records)

    async def order(self, order_id: str) -> list[dict[str, Any]]:
        """The shipments of an order as the service shows them."""
        response = await self.http.get(f"/orders/{order_id}")
        return response.json()["shipments"] if response.status_code == 200 else []

    async def until(self, order_id: str, **wanted: Any) -> dict[str, Any]:
        """The first shipment of an order, once it looks like this."""

        async def there() -> dict[str, Any] | None:
            shipments = await self.order(order_id)
            return next((one for one in shipments if wanted.items() <= one.items()), None)

        return await eventually(there)

    async def said(self, topic: str, order_id: str) -> list[dict[str, Any]]:
        """What was said of an order on a topic, with versions, sorted by them."""
        found = [one for one in await read_all(self.platform, self.prefix + topic) if one.key == order_id.encode()]
        bodies = [{**json.loads(one.value), "version": _version(one)} for one in found]
        return sorted(bodies, key=lambda body: (body["shipment_id"], body["version"]))

    async def until_said(self, topic: str, order_id: str, count: int) -> list[dict[str, Any]]:
        async def all_said() -> list[dict[str, Any]] | None:
            found = await self.said(topic, order_id)
            return found if len(found) >= count else None

        return await eventually(all_said)


def _version(record: Any) -> int:
    return int(dict(record.headers)["x-aggregate-version"])


@pytest.fixture(scope="module")
async def fulfiller(platform: Platform) -> AsyncIterator[Fulfiller]:
    """One fulfiller for the tests of a module; each test uses an order of its own."""
    prefix = f"f{uuid4().hex[:8]}-"
    dsn = await platform.database(f"fulfiller_{prefix[:-1]}")
    await topics(platform, prefix, TOPICS)
    service = build(
        Settings(
            database_url=dsn,
            api_key="key",
            KAFKA_BOOTSTRAP_SERVERS=platform.bootstrap,
            BAESONG_TOPIC_PREFIX=prefix,
            BAESONG_INSTANCE_MARK="test",
        )
    )
    app = service.app()
    async with running(service) as app.state.running, asyncpg.create_pool(dsn, min_size=1, max_size=2) as db:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"Authorization": "Bearer key"}
        async with httpx.AsyncClient(transport=transport, base_url="http://fulfiller", headers=headers) as client:
            yield Fulfiller(platform, prefix, db, client)


@pytest.fixture(scope="module")
async def migrated(platform: Platform) -> str:
    """The address of a database with the fulfiller's tables, and nothing running on it."""
    dsn = await platform.database(f"fulfiller_{uuid4().hex[:8]}")
    await migrate(dsn, "fulfiller")
    return dsn


@pytest.fixture
async def conn(migrated: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A transaction that is rolled back at the end."""
    conn = await asyncpg.connect(migrated)
    transaction = conn.transaction()
    await transaction.start()
    yield conn
    await transaction.rollback()
    await conn.close()
