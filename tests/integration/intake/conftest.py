"""Order-intake as a running service with both doors open, and its database alone, migrated."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from baesong.platform_only import Platform
from order_intake.app import build
from order_intake.settings import Settings
from running_services import eventually, read_all, running, send, topics
from service_runtime.migrations import migrate

TOPICS = ("checkout.completed", "checkout.answered", "order.placed", "order.changed", "shipment.updated")  # fmt: skip


@dataclass
class Intake:
    """The two doors of one order-intake, and what it said."""

    platform: Platform
    prefix: str
    db: "asyncpg.Pool[asyncpg.Record]"
    http: httpx.AsyncClient

    async def post(self, raw: bytes, **headers: str) -> httpx.Response:
        return await self.http.post("/orders", content=raw, headers=headers)

    async def put(self, *records: tuple[str, bytes]) -> None:
        """Checkouts by Kafka, as (record id, body)."""
        headers = [("ce_type", b"checkout.completed")]
        rows = [("checkout.completed", id_.encode(), raw, [("ce_id", id_.encode()), *headers]) for id_, raw in records]
        await send(self.platform, self.prefix, rows)

    async def said(self, topic: str) -> list[Any]:
        return await read_all(self.platform, self.prefix + topic)

    async def answers(self, *record_ids: str) -> list[dict[str, Any]]:
        """The answer to each of these records, once all are there."""

        async def answered() -> dict[str, Any] | None:
            found = {(body := json.loads(r.value))["record_id"]: body for r in await self.said("checkout.answered")}
            return found if set(record_ids) <= set(found) else None

        found = await eventually(answered)
        return [found[id_] for id_ in record_ids]

    async def order_events(self, order_id: str, count: int) -> list[dict[str, Any]]:
        """What was said of an order, in the order of its versions, once there are this many."""

        async def all_said() -> list[Any] | None:
            records = [*await self.said("order.placed"), *await self.said("order.changed")]
            its = [r for r in records if r.key == order_id.encode()]
            return its if len(its) >= count else None

        records = sorted(await eventually(all_said), key=_version)
        return [{"version": _version(r), "type": _header(r, "ce_type"), **json.loads(r.value)} for r in records]


def _version(record: Any) -> int:
    return int(_header(record, "x-aggregate-version"))


def _header(record: Any, name: str) -> str:
    return str(dict(record.headers)[name].decode())


@pytest.fixture(scope="module")
async def intake(platform: Platform) -> AsyncIterator[Intake]:
    """One order-intake for the tests of a module; each test uses source ids of its own."""
    async with opened(platform) as intake:
        yield intake


@asynccontextmanager
async def opened(platform: Platform) -> AsyncIterator[Intake]:
    """An order-intake with both doors open."""
    prefix = f"i{uuid4().hex[:8]}-"
    dsn = await platform.database(f"order_intake_{prefix[:-1]}")
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
        async with httpx.AsyncClient(transport=transport, base_url="http://intake", headers=headers) as client:
            yield Intake(platform, prefix, db, client)


@pytest.fixture(scope="module")
async def migrated(platform: Platform) -> str:
    """The address of a database with order-intake's tables, and nothing running on it."""
    dsn = await platform.database(f"order_intake_{uuid4().hex[:8]}")
    await migrate(dsn, "order_intake")
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
