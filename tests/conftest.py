"""Fixtures for every test: one real Kafka and one real PostgreSQL per run, on free ports, gone at its end."""

import os
from collections.abc import AsyncIterator

import hypothesis
import pytest

os.environ["BAESONG_CHECK_SAID"] = "1"  # before anything of ours is imported: all that is said is validated

from baesong.platform_only import Platform, running_platform

hypothesis.settings.register_profile("baesong", deadline=None)  # how fast is for benchmarks: a test proves what
hypothesis.settings.load_profile("baesong")


@pytest.fixture(scope="session")
async def platform() -> AsyncIterator[Platform]:
    async with running_platform() as platform:
        yield platform
