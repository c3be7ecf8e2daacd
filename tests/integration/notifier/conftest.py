"""The notifier as a running service with a mail server of somebody else's, and its database alone, migrated."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.integration.notifier.post_office import PostOffice, open_post_office

from baesong.platform_only import Platform
from notifier.app import build
from notifier.settings import Settings
from order_events import Body
from replayed import KEY
from running_services import eventually, read_all, running, said, send, topics
from service_runtime.migrations import migrate

TOPICS = (
    "order.placed", "order.changed", "allocation.decided", "shipment.updated", "customer.notified",
    "notifier.effects",
)  # fmt: skip


@dataclass
class Notifier:
    """A running notifier: what it hears, serves, sends and says."""

    platform: Platform
    prefix: str
    db: "asyncpg.Pool[asyncpg.Record]"
    http: httpx.AsyncClient
    office: PostOffice

    async def hears(self, *events: tuple[Body, int]) -> None:
        """Events of the other services, with their versions."""
        await send(
            self.platform, self.prefix, [said(body, version, f"cause-{uuid4().hex}") for body, version in events]
        )

    async def messages(self, order_id: str) -> list[dict[str, Any]]:
        """The messages of an order as the service shows them."""
        messages: list[dict[str, Any]] = (await self.http.get(f"/orders/{order_id}")).json()["messages"]
        return messages

    async def until_told(self, order_id: str, *wanted: tuple[str, str]) -> list[dict[str, Any]]:
        """The messages of an order, once they are exactly these (fact, status)."""

        async def there() -> list[dict[str, Any]] | None:
            found = await self.messages(order_id)
            return found if sorted((m["fact"], m["status"]) for m in found) == sorted(wanted) else None

        return list(await eventually(there))

    async def notices(self, order_id: str) -> list[dict[str, Any]]:
        """What was said of the messages of an order, with the version of each."""
        records = [
            r for r in await read_all(self.platform, f"{self.prefix}customer.notified") if r.key == order_id.encode()
        ]
        return [{**json.loads(r.value), "version": int(dict(r.headers)["x-aggregate-version"])} for r in records]

    async def until_said(self, order_id: str, count: int) -> list[dict[str, Any]]:
        """The notices of an order, once there are this many."""

        async def there() -> list[dict[str, Any]] | None:
            found = await self.notices(order_id)
            return found if len(found) >= count else None

        return list(await eventually(there))

    def mails_to(self, name: str) -> list[Any]:
        """The mails the server took for somebody."""
        return [mail for mail in self.office.taken if mail["To"] == f"{name}@example.test"]


def settings(platform: Platform, dsn: str, prefix: str, **more: Any) -> Settings:
    return Settings(
        database_url=dsn, api_key="key", KAFKA_BOOTSTRAP_SERVERS=platform.bootstrap, BAESONG_TOPIC_PREFIX=prefix,
        BAESONG_INSTANCE_MARK="test", BAESONG_REPLAY_KEY=KEY.decode(), **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
async def notifier(platform: Platform) -> AsyncIterator[Notifier]:
    """One notifier for the tests of a module; each test uses an order and a recipient of its own."""
    prefix = f"n{uuid4().hex[:8]}-"
    dsn = await platform.database(f"notifier_{prefix[:-1]}")
    await topics(platform, prefix, TOPICS)
    async with open_post_office() as office:
        service = build(settings(platform, dsn, prefix, SMTP_URL=office.smtp_url, SMTP_FIND_URL=office.find_url))
        app = service.app()
        async with running(service) as app.state.running, asyncpg.create_pool(dsn, min_size=1, max_size=2) as db:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            headers = {"Authorization": "Bearer key"}
            async with httpx.AsyncClient(transport=transport, base_url="http://notifier", headers=headers) as client:
                yield Notifier(platform, prefix, db, client, office)


@pytest.fixture(scope="module")
async def migrated(platform: Platform) -> str:
    """The address of a database with the notifier's tables, and nothing running on it."""
    dsn = await platform.database(f"notifier_{uuid4().hex[:8]}")
    await migrate(dsn, "notifier")
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
