"""A service killed while it replays: each item ends once, in one result, and what it says is said."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from baesong.ports import free_ports
from replayed import KEY, order, originals
from running_services import eventually, said
from service_runtime.migrations import migrate
from sizes import PROVE
from toy import Asked
from toy_service import Toy, ask

SUPPORT = Path(__file__).parents[2] / "support"
ALL = ("after_poll", "after_inbox", "before_commit", "after_commit", "blocked_after_commit", "before_offsets")
POINTS = ALL if PROVE else ALL[3:4]  # each takes half a minute, most of it a killed member's session
NAMES = "abcdefgh"
TOO_LARGE = 10**12


@asynccontextmanager
async def process(toy: Toy, failpoint: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ, "PYTHONPATH": str(SUPPORT), "DATABASE_URL": toy.settings.database_url, "API_KEY": "key",
        "HTTP_PORT": str(free_ports(1)[0]), "KAFKA_BOOTSTRAP_SERVERS": toy.platform.bootstrap,
        "BAESONG_TOPIC_PREFIX": toy.prefix, "BAESONG_FAILPOINTS": str(failpoint), "BAESONG_REPLAY_KEY": KEY.decode(),
    }  # fmt: skip
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "replayed_toy", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.terminate()
        await started.wait()


@pytest.mark.parametrize("point", POINTS)
async def test_each_item_ends_once(point: str, toy: Toy, tmp_path: Path) -> None:
    failpoint = tmp_path / "failpoint"
    await migrate(toy.settings.database_url, "toy")
    async with process(toy, failpoint):
        await toy.send(*[ask(name, 1) for name in NAMES])
        await eventually(lambda: toy.counts_are({name: [1] for name in NAMES}), 120)
        await toy.send(*[said(Asked(order_id=name, n=TOO_LARGE), 2, f"bug {name}") for name in "ab"])
        await toy.send(*[said(Asked(order_id=name, n=2, failures=2), 2, f"failing {name}") for name in "cd"])
        await eventually(lambda: toy.holds("SELECT count(*) = 4 FROM blocked_event"), 120)
    lost = [dict(one.headers)["ce_id"].decode() for one in await originals(toy) if one.key in (b"e", b"f")]
    await toy.db.execute("DELETE FROM inbox WHERE id = ANY($1::uuid[])", lost)
    await toy.db.execute("DELETE FROM counted WHERE order_id = ANY('{e,f}')")
    failpoint.write_text(f"{point} {1 if point == 'after_commit' else 2}")  # both lost ones may be of one batch
    async with process(toy, failpoint) as killed:
        await order(toy, await originals(toy))
        assert await asyncio.wait_for(killed.wait(), 120) == -signal.SIGKILL
    async with process(toy, failpoint):
        await eventually(lambda: toy.holds("SELECT count(*) = 12 FROM replay_result WHERE outcome <> 'due'"), 120)
        await eventually(lambda: said_of(toy, {"e", "f"}), 120)
    outcomes = Counter([row["outcome"] for row in await toy.db.fetch("SELECT outcome FROM replay_result")])
    assert outcomes["parked_again"] == 2
    assert outcomes["handled"] + outcomes["waiting"] + outcomes["done"] == 10
    assert outcomes["done"] >= 6
    counts = await toy.counts()
    assert {name: counts[name][:1] for name in NAMES} == {name: [1] for name in NAMES}
    assert all(len(said_) == len(set(said_)) for said_ in counts.values())
    assert await toy.holds("SELECT bool_and(times = 2) FROM parked")


async def said_of(toy: Toy, names: set[str]) -> bool:
    """Whether what the lost asks make due was said (it was said in their first life too, under the same ids)."""
    ids = {dict(one.headers)["ce_id"] for one in await toy.told() if (one.key or b"").decode() in names}
    return len(ids) == len(names)
