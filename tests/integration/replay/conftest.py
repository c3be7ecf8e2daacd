"""A toy that knows the runner's key, and its API."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from baesong.platform_only import Platform
from replayed import KEY
from running_services import running, settings, topics
from toy_service import Toy

Served = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
async def toy(platform: Platform) -> AsyncIterator[Toy]:
    prefix = f"t{uuid4().hex[:8]}-"
    dsn = await platform.database(f"toy_{prefix[:-1]}")
    await topics(platform, prefix, ["toy.asked", "toy.told", "toy.outside", "toy.effects"])
    db = await asyncpg.connect(dsn)
    yield Toy(platform, prefix, settings(platform, dsn, prefix, BAESONG_REPLAY_KEY=KEY.decode()), db)
    await db.close()


@pytest.fixture
def served(toy: Toy) -> Served:
    @asynccontextmanager
    async def serve(**parts: Any) -> AsyncIterator[httpx.AsyncClient]:
        service = toy.service(**parts)
        async with running(service) as it:
            app = service.app()
            app.state.running = it
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://toy") as client:
                client.headers["Authorization"] = "Bearer key"
                yield client

    return serve
