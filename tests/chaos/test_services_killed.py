"""`baesong crash`, short: services killed at every point lose and double nothing; broken variants of them lose orders."""

import asyncio
from typing import Any

import pytest

from baesong.crash.plan import REACHED
from baesong.crash.result import Result
from baesong.crash.run import crash
from baesong.crash.targets.services import NaiveInbox, OffsetsFirst, Services
from baesong.crash.wish import Wish
from baesong.part import silent
from sizes import PROVE, size

# In CI each point once, in whichever service the seed says; in `make prove` what the table asks for.
KILLS = size(len({point for points in REACHED.values() for point in points}), 29)
SEEDS = (1, 2, 3) if PROVE else (1,)
RATE = size(60, 150)


async def told(target: Any, wish: Wish) -> Result:
    lines: list[str] = []
    result = await crash(target, wish, lines.append)
    assert len(lines) > wish.kills
    return result


@pytest.mark.timeout(size(300, 3600))
@pytest.mark.parametrize("seed", SEEDS)
async def test_services_killed_at_every_point_lose_and_double_nothing(seed: int) -> None:
    result = await told(Services, Wish(size(220, 15_000), KILLS, seed, RATE))
    assert not result.broken, result.figures()
    assert (result.hits, result.came.orders) == (KILLS, size(220, 15_000))


@pytest.mark.timeout(size(300, 3600))
async def test_broken_protocols_lose_orders_by_the_same_kills() -> None:
    wish = Wish(size(80, 2_000), size(4, 29), 1, RATE)
    naive, first = await asyncio.gather(crash(NaiveInbox, wish, silent), crash(OffsetsFirst, wish, silent))
    assert naive.came.lost, naive.figures()
    assert first.came.lost, first.figures()
    assert not naive.broken, naive.broken
    assert not first.broken, first.broken
