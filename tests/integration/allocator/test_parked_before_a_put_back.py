"""A shipment event parked before the allocator's database was put back: its stock is rebuilt, and a retry decides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.integration.allocator.conftest import TOPICS, Allocator
from tests.integration.allocator.test_on_kafka import changed, on_hand, order, outcomes, shipment, stocked

from allocator import handlers
from allocator.app import build
from allocator.settings import Settings
from baesong.platform_only import Platform
from order_events import UnitOutcome
from put_back import copied, put_back
from running_services import eventually, running, said, topics
from service_runtime import Service
from service_runtime.service import recover


class Bug:
    """While it is there, every shipment raises."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.there = True
        self._settle = handlers.settle
        patch.setattr(handlers, "settle", self)

    def __call__(self, facts, *rest):
        if self.there and any(fact.shipment for fact in facts):
            raise ValueError("a bug")
        return self._settle(facts, *rest)


@asynccontextmanager
async def served(service: Service, platform: Platform, prefix: str, dsn: str) -> AsyncIterator[Allocator]:
    app = service.app()
    async with running(service) as app.state.running, asyncpg.create_pool(dsn, min_size=1, max_size=2) as db:
        transport, headers = httpx.ASGITransport(app, raise_app_exceptions=False), {"Authorization": "Bearer key"}
        async with httpx.AsyncClient(transport=transport, base_url="http://allocator", headers=headers) as client:
            yield Allocator(platform, prefix, db, client)


async def parked(allocator: Allocator) -> int:
    async def one() -> int | None:
        there = (await allocator.http.get("/parked")).json()["parked"]
        return there[0]["parked_id"] if there else None

    return int(await eventually(one))


async def test_what_was_parked_is_folded_by_recovery_and_decided_by_a_retry(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"a{uuid4().hex[:8]}-"
    dsn = await platform.database(f"allocator_{prefix[:-1]}")
    await topics(platform, prefix, TOPICS)
    service = build(
        Settings(
            database_url=dsn, api_key="key", KAFKA_BOOTSTRAP_SERVERS=platform.bootstrap, BAESONG_TOPIC_PREFIX=prefix,
            BAESONG_INSTANCE_MARK="test",
        )
    )  # fmt: skip
    bug = Bug(monkeypatch)
    async with served(service, platform, prefix, dsn) as allocator:
        sku, order_id = await stocked(allocator, 3)
        await allocator.hear(said(order(order_id, sku, 2), 1, f"{order_id}-1"))
        await allocator.hear(said(changed(order(order_id, sku, 2, cancelled=2)), 2, f"{order_id}-2"))
        await allocator.decisions(order_id, 2)
    copy = await copied(platform.admin_dsn, dsn)
    async with served(service, platform, prefix, dsn) as allocator:
        answer = shipment(order_id, sku, "A", ordered=2, released=2, answered=2)
        await allocator.hear(said(answer, 2, f"{order_id}-s2"))
        await parked(allocator)
    await put_back(platform.admin_dsn, dsn, copy)
    assert (await recover(service))["rewound"] == 1
    async with served(service, platform, prefix, dsn) as allocator:
        assert await on_hand(allocator, sku) == (3, 3, 0)
        number = await parked(allocator)  # it is read again, and the bug is still there
        assert len(await allocator.decisions(order_id, 2)) == 2
        bug.there = False
        retried = await allocator.http.post(f"/parked/{number}/retry", json={"actor": "kim"})
        assert retried.status_code == 200, retried.text
        *_, decided = await allocator.decisions(order_id, 3)
        assert outcomes(decided) == [(2, UnitOutcome.CANCELLED, None)]
        assert await on_hand(allocator, sku) == (3, 3, 0)
        ledger = await allocator.db.fetch("SELECT reason, quantity FROM ledger WHERE sku = $1 ORDER BY at", sku)
        assert [row["reason"] for row in ledger].count("reservation_deleted") == 1
        assert (await allocator.http.get(f"/orders/{order_id}")).json()["revision"] == 3
