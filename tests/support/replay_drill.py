"""What the drills of replays share: a pipeline with its console, orders through it, and the operator's commands."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from baesong.api import load_stock
from baesong.crash.feed import checkouts
from baesong.demo.run import Wish, clear, outsiders, until_done
from baesong.demo.watch import Watch
from baesong.feed.evidence import FEEDER, EvidenceList, evidence_folder
from baesong.feed.feeder import Feeder
from baesong.feed.generated import ORDERS
from baesong.feed.sendings import Sending
from baesong.feed.world import write_stock
from baesong.instance import InstanceSpec
from baesong.partner.parts import outside_folder
from baesong.platform_only import Platform
from baesong.running import Instance, running
from baesong.services import WITH_CONSOLE
from baesong.verify import verify, view_of

COMMAND = str(Path(sys.executable).with_name("baesong"))


def orders_of(seed: int, count: int) -> list[Sending]:
    """So many orders and what belongs to them: changes, cancels, repeats and wrong ones; all through Kafka."""
    return list(checkouts(seed, count, by_http=False))


@dataclass
class Drill:
    """A pipeline that runs, and who operates it; `commands` counts what they had to type."""

    instance: Instance
    commands: int = 0
    took_s: float = 0.0

    async def command(self, *words: str, fails: bool = False) -> str:
        """Run a command as an operator does; its output."""
        began = time.monotonic()
        state = str(self.instance.connection.state)
        done = await asyncio.to_thread(
            subprocess.run,
            [COMMAND, *words, "--state", state],
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        self.commands += 1
        self.took_s += time.monotonic() - began
        assert fails or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    async def told(self, *words: str) -> dict[str, Any]:
        """The same, as JSON."""
        return dict(json.loads(await self.command(*words, "--json")))

    async def feed(self, records: Sequence[Sending], rate: float) -> None:
        evidence = EvidenceList(evidence_folder(self.instance.connection.state) / FEEDER)
        await Feeder(self.instance.connection, evidence, rate).feed(records)
        evidence.close()

    async def settled(self, watch: Watch) -> None:
        await until_done(watch)

    async def books_balance(self) -> None:
        report = await verify(view_of(self.instance.connection), 300)
        assert not report.waits
        breaks = {one.rule.name: one.breaks[:3] for one in report.outcomes if one.breaks}
        assert not breaks, breaks

    async def value(self, service: str, sql: str) -> Any:
        conn = await asyncpg.connect(self.instance.connection.dsns[service])
        try:
            return await conn.fetchval(sql)
        finally:
            await conn.close()


@asynccontextmanager
async def drilled(platform: Platform, orders: int, **spec: Any) -> AsyncIterator[Drill]:
    """An instance with a console on the Kafka and PostgreSQL of this run, stocked, with its people outside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAESONG_TEST_KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap)
        patch.setenv("BAESONG_TEST_DATABASE_URL", platform.admin_dsn)
        async with running(InstanceSpec(services=WITH_CONSOLE, **spec)) as instance:
            connection = instance.connection
            clear(connection.state)
            stock = write_stock(outside_folder(connection.state) / "world", -(-orders // ORDERS))
            await load_stock(connection, stock, lambda *_: None)
            parts = outsiders(connection, Wish(), stock)
            for part in parts:
                instance.supervisor.add(part)
            await instance.supervisor.start([part.name for part in parts])
            yield Drill(instance)


async def until(holds: Callable[[], Any], timeout_s: float = 120) -> Any:
    """Wait until something holds."""
    async with asyncio.timeout(timeout_s):
        while not (value := await holds()):
            await asyncio.sleep(0.2)
    return value
