"""A decision parked before the fulfiller's database was put back: a retry turns it into shipments, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.integration.fulfiller.conftest import TOPICS, Fulfiller, decided, place, placed

from baesong.platform_only import Platform
from fulfiller import handlers
from fulfiller.app import build
from fulfiller.settings import Settings
from put_back import copied, put_back
from running_services import eventually, running, topics
from service_runtime import Service
from service_runtime.service import recover


class Bug:
    """While it is there, nothing becomes of a decision."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.there = True
        self._advance = handlers.advance
        patch.setattr(handlers, "advance", self)

    def __call__(self, *held):
        if self.there:
            raise ValueError("a bug")
        return self._advance(*held)


@asynccontextmanager
async def served(service: Service, platform: Platform, prefix: str, dsn: str) -> AsyncIterator[Fulfiller]:
    app = service.app()
    async with running(service) as app.state.running, asyncpg.create_pool(dsn, min_size=1, max_size=2) as db:
        transport, headers = httpx.ASGITransport(app, raise_app_exceptions=False), {"Authorization": "Bearer key"}
        async with httpx.AsyncClient(transport=transport, base_url="http://fulfiller", headers=headers) as client:
            yield Fulfiller(platform, prefix, db, client)


async def parked(fulfiller: Fulfiller) -> int:
    async def one() -> int | None:
        there = (await fulfiller.http.get("/parked")).json()["parked"]
        return there[0]["parked_id"] if there else None

    return int(await eventually(one))


async def test_a_decision_that_was_parked_becomes_a_shipment_by_a_retry(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = f"f{uuid4().hex[:8]}-"
    dsn = await platform.database(f"fulfiller_{prefix[:-1]}")
    await topics(platform, prefix, TOPICS)
    service = build(
        Settings(
            database_url=dsn, api_key="key", KAFKA_BOOTSTRAP_SERVERS=platform.bootstrap, BAESONG_TOPIC_PREFIX=prefix,
            BAESONG_INSTANCE_MARK="test",
        )
    )  # fmt: skip
    bug = Bug(monkeypatch)
    async with served(service, platform, prefix, dsn):
        pass
    copy = await copied(platform.admin_dsn, dsn)
    async with served(service, platform, prefix, dsn) as fulfiller:
        await fulfiller.hears((placed("p1"), 1), (decided("p1", place("hub", 3, "swift")), 1))
        await parked(fulfiller)
    await put_back(platform.admin_dsn, dsn, copy)
    assert (await recover(service))["rewound"] == 2
    async with served(service, platform, prefix, dsn) as fulfiller:
        number = await parked(fulfiller)  # it is read again, and the bug is still there
        assert await fulfiller.order("p1") == []
        bug.there = False
        retried = await fulfiller.http.post(f"/parked/{number}/retry", json={"actor": "kim"})
        assert retried.status_code == 200, retried.text
        [created] = await fulfiller.until_said("shipment.created", "p1", 1)
        assert (created["shipment_id"], created["request_status"]) == ("p1-F1", "submitted")
        [work] = await fulfiller.until_said("partner.swift.shipments", "p1", 1)
        assert work["kind"] == "requested"
