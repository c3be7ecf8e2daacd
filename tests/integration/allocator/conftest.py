"""The allocator's database, migrated, and a running allocator with its door open."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from allocator.app import build
from allocator.settings import Settings
from baesong.platform_only import Platform
from running_services import eventually, read_all, running, send, topics
from service_runtime.migrations import migrate

TOPICS = ("order.placed", "order.changed", "shipment.updated", "allocation.decided", "inventory.changed")  # fmt: skip


@dataclass
class Allocator:
    """A running allocator: its topics, its database, its door."""

    platform: Platform
    prefix: str
    db: "asyncpg.Pool[asyncpg.Record]"
    http: httpx.AsyncClient

    async def hear(self, *records: Any) -> None:
        await send(self.platform, self.prefix, records)

    async def said(self, topic: str, key: str) -> list[dict[str, Any]]:
        """What was said of one key, as (version, body), in the order of the log."""
        records = [r for r in await read_all(self.platform, self.prefix + topic) if r.key == key.encode()]
        return [{"version": int(dict(r.headers)["x-aggregate-version"]), "value": r.value} for r in records]

    async def decisions(self, order_id: str, count: int) -> list[dict[str, Any]]:
        async def there() -> list[dict[str, Any]] | None:
            found = await self.said("allocation.decided", order_id)
            return found if len(found) >= count else None

        return list(await eventually(there))


@pytest.fixture(scope="module")
async def allocator(platform: Platform) -> AsyncIterator[Allocator]:
    """One allocator for the tests of a module; each test uses SKUs and orders of its own."""
    prefix = f"a{uuid4().hex[:8]}-"
    dsn = await platform.database(f"allocator_{prefix[:-1]}")
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
        async with httpx.AsyncClient(transport=transport, base_url="http://allocator", headers=headers) as client:
            yield Allocator(platform, prefix, db, client)


@pytest.fixture(scope="module")
async def migrated(platform: Platform) -> str:
    """The address of a database with the allocator's tables, and nothing running on it."""
    dsn = await platform.database(f"allocator_{uuid4().hex[:8]}")
    await migrate(dsn, "allocator")
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
