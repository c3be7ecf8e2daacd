"""A toy service of its own for each test."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from baesong.platform_only import Platform
from running_services import settings, topics
from toy_service import Toy


@pytest.fixture
async def toy(platform: Platform) -> AsyncIterator[Toy]:
    prefix = f"t{uuid4().hex[:8]}-"
    dsn = await platform.database(f"toy_{prefix[:-1]}")
    await topics(platform, prefix, ["toy.asked", "toy.told", "toy.outside", "toy.effects"])
    db = await asyncpg.connect(dsn)
    yield Toy(platform, prefix, settings(platform, dsn, prefix), db)
    await db.close()
