"""Orders at a steady pace: how long each takes to its shipment, and what the machine does meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer

from baesong.bench.checking import counted
from baesong.bench.drain import Ground, Meter, Spent
from baesong.bench.figures import percentile, rounded
from baesong.bench.lag import Lag, lag_of
from baesong.bench.machine import settings
from baesong.bench.orders import Catalogue
from baesong.bench.pipeline import SPEC, ground_of, stocked
from baesong.bench.result import Result
from baesong.bench.sending import paced
from baesong.bench.showing import Show
from baesong.errors import BaesongError
from baesong.running import running

SHIPMENTS = "shipment.created"
CORES_PERCENT = 100.0


@dataclass(frozen=True)
class Pace:
    """Orders a second, for how long; the first seconds warm up and are not measured."""

    catalogue: Catalogue
    run: str
    per_s: float
    seconds: float
    warm_up_s: float

    @property
    def warm_orders(self) -> int:
        """Orders that are not measured."""
        return int(self.per_s * self.warm_up_s)

    @property
    def orders(self) -> int:
        """Orders that are measured."""
        return int(self.per_s * self.seconds)


@dataclass(frozen=True)
class Kept:
    """A pace that was kept.

    Args:
        waits_ms: per order measured, from when it was due to when its last shipment could be read.
        spoken_ms: the same, to the time that the shipment's producer wrote on it.
        spent: by everything from the first order measured to the last one sent.
        orders: how many that are.
        settings: what broker and PostgreSQL ran under.
    """

    waits_ms: Sequence[float]
    spoken_ms: Sequence[float]
    spent: Spent
    orders: int
    settings: Mapping[str, Any]

    def percent(self, seconds: float) -> float:
        """Give CPU seconds as percent of one core."""
        return seconds / self.spent.wall * CORES_PERCENT


class Arrivals:
    """When each order's last shipment could be read, and when it says it was sent; in seconds since 1970."""

    def __init__(self) -> None:
        self.read_at: dict[str, float] = {}
        self.said_at: dict[str, float] = {}

    def take(self, record: Any) -> None:
        """Note a shipment."""
        order_id = record.key.decode()
        self.read_at[order_id] = time.time()
        self.said_at[order_id] = record.timestamp / 1000

    @asynccontextmanager
    async def following(self, ground: Ground) -> AsyncIterator[None]:
        """Read shipments as they are acknowledged, in no group, for as long as the block lasts."""
        topic = ground.instance.connection.topic(SHIPMENTS)
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=ground.instance.bootstrap, group_id=None, auto_offset_reset="earliest"
        )
        async with consumer:
            task = asyncio.create_task(self._follow(consumer))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            self.take(record)


async def keep(pace: Pace, show: Show) -> Kept:
    """Keep a pace in a throwaway instance, and check by id that every order went through."""
    async with running(SPEC, show.say) as instance:
        await stocked(instance.connection, pace.catalogue, pace.warm_orders + pace.orders, show)
        ground, arrivals = ground_of(instance, SPEC), Arrivals()
        async with lag_of(instance.bootstrap, ground.reads) as lag, arrivals.following(ground):
            warm = await _feed(ground, pace, 0, pace.warm_orders, show.steps("warm-up", pace.warm_orders))
            meter = Meter(ground)
            due_at = await _feed(ground, pace, pace.warm_orders, pace.orders, show.steps("sent", pace.orders))
            spent = meter.until(time.perf_counter())
            await _finished(lag, ground, show)
            count = await counted(instance.connection, {*warm, *due_at}, show)
            shipped = {order_id for order_id in due_at if count.units_placed(order_id)}
            return _kept(due_at, arrivals, shipped, spent, await settings(instance.admin_dsn))


async def _feed(ground: Ground, pace: Pace, first: int, orders: int, tell: Any) -> dict[str, float]:
    checkouts = pace.catalogue.checkouts(pace.run, first, orders)
    return await paced(ground.instance.bootstrap, ground.topic, checkouts, pace.per_s, tell)


async def _finished(lag: Lag, ground: Ground, show: Show) -> None:
    show.say("waiting for the last")
    await lag.until_read(lambda _: None, (ground.first[0], ground.topic))


def _kept(
    due_at: Mapping[str, float], arrivals: Arrivals, shipped: set[str], spent: Spent, under: Mapping[str, Any]
) -> Kept:
    if missing := shipped - arrivals.read_at.keys():
        raise BaesongError(f"no figure: {len(missing)} orders with a place had no shipment to be read")
    waits = [(arrivals.read_at[order_id] - due_at[order_id]) * 1000 for order_id in shipped]
    spoken = [(arrivals.said_at[order_id] - due_at[order_id]) * 1000 for order_id in shipped]
    return Kept(waits, spoken, spent, len(due_at), under)


def rate_of(kept: Kept, pace: Pace) -> dict[str, Any]:
    """Give the figures of one pace."""
    return {
        "per_s": pace.per_s,
        "orders": kept.orders,
        "orders_per_s": rounded(kept.orders / kept.spent.wall),
        "p50_ms": rounded(percentile(kept.waits_ms, 0.5)),
        "p99_ms": rounded(percentile(kept.waits_ms, 0.99)),
        "spoken_p50_ms": rounded(percentile(kept.spoken_ms, 0.5)),
        "spoken_p99_ms": rounded(percentile(kept.spoken_ms, 0.99)),
        "cpu_us_per_order": rounded(kept.spent.total / kept.orders * 1e6),
        "product_percent": rounded(kept.percent(kept.spent.total)),
        "bench_percent": rounded(kept.percent(kept.spent.bench)),
        "machine_percent": rounded(kept.percent(kept.spent.machine)),
        "cores_busy_with_others": rounded(kept.spent.others / kept.spent.wall, 2),
    }


def latency_result(rates: Sequence[dict[str, Any]], under: Mapping[str, Any]) -> Result:
    """Sum up paces: the figures of the whole are those of the last."""
    last = rates[-1]
    return Result(
        "latency", last["orders"], last["orders_per_s"], last["cpu_us_per_order"], None, last["p50_ms"], last["p99_ms"],
        more={"rates": list(rates), "settings": under},
    )  # fmt: skip


def idle_result(kept: Kept, pace: Pace) -> Result:
    """Give what a slow pace costs."""
    figures = rate_of(kept, pace)
    by_process = {name: round(us, 1) for name, us in kept.spent.us_per(kept.orders).items()}
    return Result(
        "idle", kept.orders, figures["orders_per_s"], figures["cpu_us_per_order"], None, figures["p50_ms"],
        figures["p99_ms"], more={**figures, "cpu_us_by_process": by_process, "settings": kept.settings},
    )  # fmt: skip
