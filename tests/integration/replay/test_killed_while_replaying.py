"""A service killed while it replays: each item ends once, in one result, and what it says is said."""

import asyncio
import signal
from collections import Counter
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from replayed import KEY, order, originals
from running_services import eventually, said
from service_runtime.migrations import migrate
from service_runtime.replay.ticket import Mode
from sizes import PROVE
from toy import Asked
from toy_process import process
from toy_service import Toy, ask

ALL = ("after_poll", "after_inbox", "before_commit", "after_commit", "blocked_after_commit", "before_offsets")
POINTS = ALL if PROVE else ALL[3:4]  # each takes half a minute, most of it a killed member's session
NAMES = "abcdefgh"
TOO_LARGE = 10**12


def replaying(toy: Toy, failpoint: Path) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
    return process(toy, failpoint, module="replayed_toy", BAESONG_REPLAY_KEY=KEY.decode())


@pytest.mark.parametrize("point", POINTS)
async def test_each_item_ends_once(point: str, toy: Toy, tmp_path: Path) -> None:
    failpoint = tmp_path / "failpoint"
    await migrate(toy.settings.database_url, "toy")
    async with replaying(toy, failpoint):
        await toy.send(*[ask(name, 1) for name in NAMES])
        await eventually(lambda: toy.counts_are({name: [1] for name in NAMES}), 120)
        await toy.send(*[said(Asked(order_id=name, n=TOO_LARGE), 2, f"bug {name}") for name in "ab"])
        await toy.send(*[said(Asked(order_id=name, n=2, failures=2), 2, f"failing {name}") for name in "cd"])
        await eventually(lambda: toy.holds("SELECT count(*) = 4 FROM blocked_event"), 120)
    lost = [dict(one.headers)["ce_id"].decode() for one in await originals(toy) if one.key in (b"e", b"f")]
    await toy.db.execute("DELETE FROM inbox WHERE id = ANY($1::uuid[])", lost)
    await toy.db.execute("DELETE FROM counted WHERE order_id = ANY('{e,f}')")
    failpoint.write_text(f"{point} {1 if point == 'after_commit' else 2}")  # both lost ones may be of one batch
    async with replaying(toy, failpoint) as killed:
        await order(toy, await originals(toy))
        assert await asyncio.wait_for(killed.wait(), 120) == -signal.SIGKILL
    async with replaying(toy, failpoint):
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


async def test_what_is_said_by_force_is_said_by_the_next_process(toy: Toy, tmp_path: Path) -> None:
    """Its event was first seen live, so no offset finds what it said: it is pending."""
    failpoint = tmp_path / "failpoint"
    await migrate(toy.settings.database_url, "toy")
    async with replaying(toy, failpoint):
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}), 120)
        await eventually(lambda: told_times(toy, 1), 120)
    failpoint.write_text("after_commit 1")
    async with replaying(toy, failpoint) as killed:
        await order(toy, await originals(toy), mode=Mode.FORCE)
        assert await asyncio.wait_for(killed.wait(), 120) == -signal.SIGKILL
    assert not await told_times(toy, 2)
    async with replaying(toy, failpoint):
        await eventually(lambda: told_times(toy, 2), 120)
    assert await toy.counts() == {"a": [1, 1]}
    assert await toy.db.fetchval("SELECT outcome FROM replay_result") == "handled"


async def told_times(toy: Toy, times: int) -> bool:
    return len({dict(one.headers)["ce_id"] for one in await toy.told()}) == times
