"""Database or broker away: nothing is parked, nothing is lost, nothing doubles, and the service goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import asyncpg
import psutil
import pytest

from baesong.platform_only import Platform, running_platform
from running_services import eventually, running, settings, topics
from service_runtime import postgres
from toy_service import Toy, ask


@pytest.fixture(scope="module")
async def fragile() -> AsyncIterator[Platform]:
    """A platform of its own: these tests kill it."""
    async with running_platform() as platform:
        yield platform


@pytest.fixture
async def alone(fragile: Platform) -> AsyncIterator[Toy]:
    prefix = f"t{uuid4().hex[:8]}-"
    dsn = await fragile.database(f"toy_{prefix[:-1]}")
    await topics(fragile, prefix, ["toy.asked", "toy.told", "toy.outside"])
    db = await asyncpg.connect(dsn)
    yield Toy(fragile, prefix, settings(fragile, dsn, prefix), db)
    if not db.is_closed():
        await db.close()


async def reconnected(toy: Toy) -> Toy:
    return Toy(toy.platform, toy.prefix, toy.settings, await asyncpg.connect(toy.settings.database_url))


async def test_the_database_goes_and_comes_back(alone: Toy) -> None:
    async with running(alone.service()) as it:
        await alone.send(ask("a", 1))
        await eventually(lambda: alone.counts_are({"a": [1]}))
        await alone.platform.kill("postgres", stay_down=True)
        await alone.send(ask("a", 2), ask("b", 1))
        await eventually(it.waits_for)
        await alone.platform.start("postgres")
        toy = await reconnected(alone)
        await eventually(lambda: toy.counts_are({"a": [1, 2], "b": [1]}), 40)
        assert await toy.holds("SELECT NOT EXISTS (SELECT FROM parked) AND NOT EXISTS (SELECT FROM blocked)")
    await toy.db.close()
    assert len({dict(record.headers)["ce_id"] for record in await toy.told()}) == 3


@contextmanager
def frozen(platform: Platform, part: str) -> Iterator[None]:
    """A part that is there and does not answer."""
    child = platform.supervisor.part(part).child
    assert child is not None
    root = psutil.Process(child.pid)
    processes = [root, *root.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.resume()


async def test_a_database_that_hangs_is_waited_out_and_nobody_is_stuck(
    alone: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_S", 1.0)
    monkeypatch.setattr(postgres, "CONNECT_S", 1.0)
    short = settings(alone.platform, alone.settings.database_url, alone.prefix, BAESONG_STUCK_AFTER_S=2.5)
    async with running(replace(alone, settings=short).service()) as it:
        await alone.send(ask("a", 1))
        await eventually(lambda: alone.counts_are({"a": [1]}))
        with frozen(alone.platform, "postgres"):
            await alone.send(ask("a", 2))
            await eventually(lambda: "its infrastructure: batch of toy" in it.waits_for())
            await asyncio.sleep(5)
            assert it.stuck() == []
        await eventually(lambda: alone.counts_are({"a": [1, 2]}), 40)
        assert await alone.holds("SELECT NOT EXISTS (SELECT FROM parked) AND NOT EXISTS (SELECT FROM blocked)")
    assert len({dict(record.headers)["ce_id"] for record in await alone.told()}) == 2


async def test_a_broker_that_is_away_makes_a_service_with_nothing_to_do_unready_and_not_stuck(alone: Toy) -> None:
    short = settings(alone.platform, alone.settings.database_url, alone.prefix, BAESONG_STUCK_AFTER_S=2.0)
    async with running(replace(alone, settings=short).service()) as it:
        await alone.platform.kill("kafka", stay_down=True)
        await eventually(lambda: "its infrastructure: look" in it.waits_for())
        await asyncio.sleep(3)
        assert it.stuck() == []
        await alone.platform.start("kafka")
        await eventually(lambda: not it.waits_for(), 40)


async def test_the_broker_is_killed_and_comes_back(alone: Toy) -> None:
    async with running(alone.service()):
        await alone.send(ask("a", 1))
        await eventually(lambda: alone.counts_are({"a": [1]}))
        await alone.platform.kill("kafka", stay_down=True)
        await alone.platform.start("kafka")
        await alone.send(ask("a", 2))
        await eventually(lambda: alone.counts_are({"a": [1, 2]}), 60)
    assert len({dict(record.headers)["ce_id"] for record in await alone.told()}) == 2
