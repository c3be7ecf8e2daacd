"""Many orders through one instance: what each process holds in memory at the beginning and at the end."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

from baesong.bench.checking import Count, counted
from baesong.bench.cpu import memory
from baesong.bench.drain import Backlog, Ground, Meter, Spent
from baesong.bench.figures import rounded
from baesong.bench.lag import Lag, lag_of
from baesong.bench.machine import settings
from baesong.bench.pairs import conditions
from baesong.bench.pipeline import SPEC, ground_of, stocked
from baesong.bench.result import Result
from baesong.bench.sending import preload
from baesong.bench.showing import Show
from baesong.running import running

PORTION = 5_000
MOST_WAITING = 20_000  # checkouts: enough that nobody waits for the feed
SAMPLE_EVERY_S = 2.0
LOOK_EVERY_S = 0.5
EDGE = 0.1  # the first and the last tenth are compared


@dataclass
class Memory:
    """Samples: how many orders were sent by then, and megabytes by process."""

    samples: list[tuple[int, Mapping[str, float]]] = field(default_factory=list)

    def growth(self, orders: int) -> dict[str, dict[str, float]]:
        """Give per process the mean of the first and of the last tenth, and how much that grew, in percent."""
        first = [held for sent, held in self.samples if sent <= orders * EDGE] or [self.samples[0][1]]
        last = [held for sent, held in self.samples if sent >= orders * (1 - EDGE)] or [self.samples[-1][1]]
        return {name: _grown(_mean(first, name), _mean(last, name)) for name in sorted(self.samples[-1][1])}


def _mean(samples: Sequence[Mapping[str, float]], name: str) -> float:
    return mean(held.get(name, 0.0) for held in samples)


def _grown(first: float, last: float) -> dict[str, float]:
    percent = (last / first - 1) * 100 if first else 0.0
    return {"first_mb": round(first, 1), "last_mb": round(last, 1), "growth_percent": round(percent, 1)}


async def run_soak(backlog: Backlog, show: Show) -> Result:
    """Feed all orders, never more at once than keeps everybody busy, and sample the memory of each process.

    Raises:
        BaesongError: an order is missing or a shipment is doubled.
    """
    held = Memory()
    async with running(SPEC, show.say) as instance:
        fed = backlog.warm_up + backlog.orders
        await stocked(instance.connection, backlog.catalogue, fed, show)
        ground = ground_of(instance, SPEC)
        async with lag_of(instance.bootstrap, ground.reads) as lag:
            sent = await _portion(ground, backlog, 0, backlog.warm_up)
            await lag.until_read(lambda _: None, (ground.first[0], ground.topic))
            meter = Meter(ground)
            sent |= await _fed(ground, lag, backlog, held, show)
            spent = meter.until(await lag.until_read(lambda _: None, (ground.first[0], ground.topic)))
        count, under = await counted(instance.connection, sent, show), await settings(instance.admin_dsn)
    return _result(backlog, held, spent, count, under)


async def _portion(ground: Ground, backlog: Backlog, first: int, orders: int) -> set[str]:
    checkouts = backlog.catalogue.checkouts(backlog.run, first, orders)
    return set(await preload(ground.instance.bootstrap, ground.topic, checkouts, lambda _: None))


async def _fed(ground: Ground, lag: Lag, backlog: Backlog, held: Memory, show: Show) -> set[str]:
    sent: set[str] = set()
    tell, watched, sampled_at = show.steps("sent", backlog.orders), (ground.first[0], ground.topic), 0.0
    while len(sent) < backlog.orders or (await lag.now())[watched]:
        waiting = (await lag.now())[watched]
        if time.monotonic() - sampled_at > SAMPLE_EVERY_S:
            held.samples.append((len(sent) - waiting, memory(ground.pids(ground.counted), ground.postmaster())))
            sampled_at = time.monotonic()
        if waiting < MOST_WAITING - PORTION and len(sent) < backlog.orders:
            portion = min(PORTION, backlog.orders - len(sent))
            sent |= await _portion(ground, backlog, backlog.warm_up + len(sent), portion)
        tell(len(sent) - waiting)
        await asyncio.sleep(LOOK_EVERY_S)
    return sent


def _result(backlog: Backlog, held: Memory, spent: Spent, count: Count, under: Mapping[str, Any]) -> Result:
    growth = held.growth(backlog.orders)
    return Result(
        "soak",
        orders=backlog.orders,
        orders_per_s=backlog.orders / spent.wall,
        cpu_us_per_order=spent.total / backlog.orders * 1e6,
        more={
            "memory": growth,
            "most_growth_percent": max(each["growth_percent"] for each in growth.values()),
            "seconds": rounded(spent.wall),
            "samples": len(held.samples),
            "orders_without_a_place": count.waiting(),
            "cpu_us_by_process": {name: round(us, 1) for name, us in spent.us_per(backlog.orders).items()},
            "cores_busy_with_others": rounded(spent.others / spent.wall, 2),
            **conditions(backlog),
            "settings": under,
        },
    )
