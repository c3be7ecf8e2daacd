"""Orders by HTTP while PostgreSQL or Kafka is away: nothing is lost, and nobody is told what is not so."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.integration.intake.conftest import Intake, opened
from tests.unit.intake.checkouts import checkout

from baesong.platform_only import running_platform
from running_services import eventually
from sizes import size

PER_S = 200
SECONDS = size(4, 300)


@pytest.fixture
async def intake() -> AsyncIterator[Intake]:
    """On a platform of its own: these tests stop it."""
    async with running_platform() as platform, opened(platform) as intake:
        yield intake


class Checkouts:
    """Orders that are posted at a pace, and how each was answered."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.answers: dict[str, httpx.Response] = {}
        self.waits: list[float] = []

    async def come(self, seconds: float) -> None:
        """So many a second, whether the ones before were answered or not."""
        begun = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number in range(int(PER_S * seconds)):
                await asyncio.sleep(max(0.0, begun + number / PER_S - time.monotonic()))
                tasks.create_task(self._post(f"a{uuid4().hex}"))

    async def _post(self, source_id: str) -> None:
        begun = time.monotonic()
        self.answers[source_id] = await self.intake.post(checkout(source_id=source_id))
        self.waits.append(time.monotonic() - begun)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(one.status_code for one in self.answers.values())

    @property
    def accepted(self) -> set[str]:
        """The orders that the sender may forget."""
        return {str(one.json()["order_id"]) for one in self.answers.values() if one.status_code == 201}


async def said(intake: Intake) -> dict[str, set[bytes]]:
    """Of each order on `order.placed`, the ids it was said under."""
    found: dict[str, set[bytes]] = {}
    for record in await intake.said("order.placed"):
        found.setdefault(record.key.decode(), set()).add(dict(record.headers)["ce_id"])
    return found


async def nothing_pending(intake: Intake) -> bool:
    with suppress(OSError, asyncpg.PostgresError):  # the database is on its way up
        return not await intake.db.fetchval("SELECT EXISTS (SELECT FROM outbox_pending)")
    return False


@pytest.mark.timeout(900)
async def test_while_kafka_is_away_orders_are_accepted_at_once_and_said_when_it_is_back(intake: Intake):
    orders = Checkouts(intake)
    await orders.come(0.5)
    await intake.platform.kill("kafka", stay_down=True)
    await orders.come(SECONDS)
    assert orders.statuses == {201: len(orders.answers)}
    assert max(orders.waits) < 5
    assert sorted(orders.waits)[len(orders.waits) * 9 // 10] < 1
    await intake.platform.start("kafka")
    await eventually(lambda: nothing_pending(intake), 120)
    found = await said(intake)
    assert orders.accepted <= found.keys()
    assert all(len(ids) == 1 for ids in found.values())
    again = await intake.post(checkout(source_id=next(iter(orders.answers))))
    assert (again.status_code, again.json()["repeated"]) == (200, True)


@pytest.mark.timeout(900)
async def test_while_the_database_is_away_the_answer_is_503_and_what_was_accepted_is_there(intake: Intake):
    orders = Checkouts(intake)
    coming = asyncio.create_task(orders.come(2 + SECONDS))
    await asyncio.sleep(1)
    await intake.platform.kill("postgres", stay_down=True)
    await asyncio.sleep(SECONDS)
    await intake.platform.start("postgres")
    await coming
    assert orders.statuses.keys() == {201, 503}
    away = [one for one in orders.answers.values() if one.status_code == 503]
    assert all(int(one.headers["retry-after"]) > 0 for one in away)
    assert all("order_id" not in one.json() for one in away)
    await eventually(lambda: nothing_pending(intake), 60)
    found = await said(intake)
    assert orders.accepted <= found.keys()
    held = await intake.db.fetch("SELECT order_id FROM orders")
    assert orders.accepted <= {row["order_id"] for row in held}
    assert all(len(ids) == 1 for ids in found.values())
