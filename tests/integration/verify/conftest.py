"""One order's whole life on a real Kafka and real databases, put there by hand: no service runs."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.integration.verify.put_there import Scene, migrated, put_there

from baesong.platform_only import Platform


@pytest.fixture(scope="session")
async def databases(platform: Platform) -> dict[str, str]:
    """Databases with the services' tables, filled anew by each test."""
    return await migrated(platform)


@pytest.fixture
async def scene(platform: Platform, databases: dict[str, str], tmp_path: Path) -> AsyncIterator[Scene]:
    """Books that balance; a test may break them."""
    scene = await put_there(platform, databases, f"v{uuid4().hex[:8]}", tmp_path)
    yield scene
    await scene.close()
