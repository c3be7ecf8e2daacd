"""A projection of many orders is rebuilt while it serves: no wrong answer in between, and how long it takes.

`make prove` does it with the 100,000 orders of the issue's table.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.integration.notifier.conftest import TOPICS, settings
from tests.integration.notifier.saying import decided, placed, updated

from baesong.platform_only import Platform
from notifier.app import build
from running_services import Raw, eventually, running, said, send, topics
from sizes import size

ORDERS = size(2000, 100_000)
AT_ONCE = 2000
ASKED_AT_ONCE = 4


@dataclass
class Notifier:
    """A running notifier that sends nothing, and its database."""

    platform: Platform
    prefix: str
    db: "asyncpg.Pool[asyncpg.Record]"
    http: httpx.AsyncClient


pytestmark = pytest.mark.timeout(size(300, 3600))


@pytest.fixture
async def notifier(platform: Platform) -> AsyncIterator[Notifier]:
    prefix = f"r{uuid4().hex[:8]}-"
    dsn = await platform.database(f"notifier_{prefix[:-1]}")
    await topics(platform, prefix, TOPICS)
    service = build(settings(platform, dsn, prefix, mail="off"))
    app = service.app()
    async with running(service) as app.state.running, asyncpg.create_pool(dsn, min_size=1, max_size=2) as db:
        headers = {"Authorization": "Bearer key"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://notifier", headers=headers) as client:
            yield Notifier(platform, prefix, db, client)


def id_of(n: int) -> str:
    return f"big{n:06d}"


def events(first: int, last: int) -> Iterator[Raw]:
    """What others say of each order: placed, decided, one package left of every second one."""
    for n in range(first, last):
        yield said(placed(id_of(n)), 1, f"p{n}")
        yield said(decided(id_of(n)), 1, f"d{n}")
        if n % 2 == 0:
            yield said(updated(id_of(n), 2), 2, f"s{n}")


async def fill(notifier: Notifier) -> None:
    for first in range(0, ORDERS, AT_ONCE):
        await send(notifier.platform, notifier.prefix, list(events(first, min(first + AT_ONCE, ORDERS))))

    async def heard() -> bool:
        sql = "SELECT (SELECT count(*) FROM customer_order) + (SELECT count(*) FROM decision) + (SELECT count(*) FROM shipment)"
        return bool(await notifier.db.fetchval(sql) == 2 * ORDERS + (ORDERS + 1) // 2)

    await eventually(heard, timeout_s=600)


@asynccontextmanager
async def asking(notifier: Notifier, wrong: list[str], waits: list[float]) -> AsyncIterator[None]:
    """Ask for orders all the while: each must be answered, and as it is held."""
    chance = Random(7)

    async def ask() -> None:
        while True:
            id_ = id_of(chance.randrange(ORDERS))
            began = time.perf_counter()
            answer = await notifier.http.get(f"/orders/{id_}")
            waits.append(time.perf_counter() - began)
            row = await notifier.db.fetchrow("SELECT version, doc FROM customer_order WHERE order_id = $1", id_)
            if answer.status_code != 200 or row is None or (row["version"], "파란 머그컵" in row["doc"]) != (1, True):
                wrong.append(f"{id_}: {answer.status_code}, {row}")
            await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(ask()) for _ in range(ASKED_AT_ONCE)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def rebuilt(notifier: Notifier) -> dict[str, Any]:
    asked = {"replay_id": f"drill-{uuid4().hex}", "actor": "kim", "reason": "a bug wrote it wrongly"}
    assert (await notifier.http.post("/projections/order/rebuild", json=asked)).status_code == 202

    async def ended() -> dict[str, Any] | None:
        state = (await notifier.http.get("/projections/order")).json()
        return state if state["state"] != "running" else None

    return dict(await eventually(ended, timeout_s=900))


async def test_many_orders_are_rebuilt_while_they_are_asked_for(notifier: Notifier) -> None:
    await fill(notifier)
    told = "SELECT status, count(*) FROM message GROUP BY 1"
    before = Counter(dict(map(tuple, await notifier.db.fetch(told))))
    wrong: list[str] = []
    waits: list[float] = []
    async with asking(notifier, wrong, waits):
        state = await rebuilt(notifier)
    assert (state["state"], state["error"], wrong) == ("done", None, [])
    assert state["hash_before"] == state["hash_after"]
    assert Counter(dict(map(tuple, await notifier.db.fetch(told)))) == before
    waits.sort()
    figures = f"{state['records']} records in {state['seconds']:.1f} s; {len(waits)} answers, none wrong"
    print(f"{ORDERS} orders: {figures}, p99 {waits[len(waits) * 99 // 100] * 1000:.0f} ms")  # noqa: T201
