"""Garbage beside good orders: what one hostile topic costs everybody who uses another one.

Calm and garbage take turns in one instance, so that both meet the same machine. Orders come by Kafka while a partner's
topic is hostile, or by HTTP while the checkouts' own is.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Literal

from baesong.api import Api
from baesong.bench.checking import Count, counted
from baesong.bench.drain import Ground
from baesong.bench.figures import percentile, rounded
from baesong.bench.knocking import CREATED, knock
from baesong.bench.lag import lag_of
from baesong.bench.orders import Catalogue
from baesong.bench.pacing import Arrivals
from baesong.bench.pipeline import SPEC, ground_of, stocked
from baesong.bench.result import Result
from baesong.bench.sending import STEP_S, TOPIC, paced, producer_to
from baesong.bench.showing import Show
from baesong.connection import Connection
from baesong.errors import BaesongError
from baesong.running import running
from baesong.services import SERVICES

GARBAGE = b"\xff\xfe{ neither text nor JSON "
CLIENTS = 32
Door = Literal["kafka", "http"]
HOSTILE: Mapping[Door, tuple[str, str]] = {  # who reads it, and its name
    "kafka": ("fulfiller", "partner.swift.inbound"),
    "http": ("order_intake", TOPIC),
}


@dataclass(frozen=True)
class Beside:
    """Good orders a second by a door, garbage a second on a topic; so many turns of each, after a warm-up."""

    catalogue: Catalogue
    run: str
    door: Door
    per_s: float
    garbage_per_s: float
    seconds: float
    warm_up_s: float
    turns: int

    @property
    def warm_orders(self) -> int:
        """Orders of the warm-up."""
        return max(1, int(self.per_s * self.warm_up_s))

    @property
    def orders(self) -> int:
        """Orders of one turn."""
        return int(self.per_s * self.seconds)


@dataclass
class Heard:
    """The orders sent while it was calm, or not: when each was due on Kafka, or how long its answer took by HTTP."""

    due_at: dict[str, float] = field(default_factory=dict)
    answered_ms: list[float] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def waits_ms(self, arrivals: Arrivals, placed: Count) -> list[float]:
        """Give how long each took: to its answer, or to its last shipment where it has one."""
        shipped = [order_id for order_id in self.due_at if placed.units_placed(order_id)]
        return self.answered_ms or [(arrivals.read_at[id_] - self.due_at[id_]) * 1000 for id_ in shipped]


class Turns:
    """Sends one stretch of orders after the other."""

    def __init__(self, wish: Beside, ground: Ground) -> None:
        self._wish = wish
        self._ground = ground
        self._sent = 0

    async def take(self, orders: int, heard: Heard, show: Show, name: str) -> None:
        """Send so many orders at the pace, and note what is heard of them."""
        checkouts = self._wish.catalogue.checkouts(self._wish.run, self._sent, orders)
        self._sent += orders
        tell = show.steps(name, orders)
        if self._wish.door == "kafka":
            bootstrap = self._ground.instance.bootstrap
            heard.due_at |= await paced(bootstrap, self._ground.topic, checkouts, self._wish.per_s, tell)
            heard.taken = set(heard.due_at)
            return
        knocks = await knock(self._ground.instance.connection, iter(checkouts), CLIENTS, self._wish.per_s)
        if knocks.refused:
            raise BaesongError(f"no figure: {len(knocks.refused)} orders were not answered {CREATED.decode()}")
        heard.answered_ms += knocks.waits_ms
        heard.taken |= knocks.taken


async def run_garbage(wish: Beside, show: Show) -> Result:
    """Take calm and hostile turns, and check that every order went through and only the hostile topic was paused.

    Raises:
        BaesongError: an order is missing or doubled, or something else was paused, or nothing was.
    """
    service, topic = HOSTILE[wish.door]
    warm, calm, hostile, arrivals = Heard(), Heard(), Heard(), Arrivals()
    async with running(SPEC, show.say) as instance:
        connection, sent = instance.connection, count()
        await stocked(connection, wish.catalogue, wish.warm_orders + 2 * wish.turns * wish.orders, show)
        ground = _without(ground_of(instance, SPEC), connection.topic(topic))
        async with lag_of(instance.bootstrap, ground.reads) as lag, arrivals.following(ground):
            turns = Turns(wish, ground)
            await turns.take(wish.warm_orders, warm, show, "warm-up")
            for number in range(1, wish.turns + 1):
                await turns.take(wish.orders, calm, show, f"turn {number}, calm")
                async with _garbage(connection, topic, wish.garbage_per_s, sent):
                    await turns.take(wish.orders, hostile, show, f"turn {number}, garbage beside")
            await lag.until_read(lambda _: None, (ground.first[0], ground.topic))
        await _only_paused(connection, service, topic)
        parked = await _parked(connection, service)
        placed = await counted(connection, warm.taken | calm.taken | hostile.taken, show)
    more = {"garbage_sent": next(sent), "garbage_parked": parked, "paused_topic": topic}
    return _result(wish, calm.waits_ms(arrivals, placed), hostile.waits_ms(arrivals, placed), more)


def _without(ground: Ground, topic: str) -> Ground:
    """What is paused is not read to its end."""
    return replace(ground, reads={g: [t for t in topics if t != topic] for g, topics in ground.reads.items()})


@asynccontextmanager
async def _garbage(connection: Connection, topic: str, per_s: float, sent: "count[int]") -> AsyncIterator[None]:
    """Send it for as long as the block lasts."""
    sending = asyncio.create_task(_send(connection, topic, per_s, sent))
    try:
        yield
    finally:
        sending.cancel()
        ended = await asyncio.gather(sending, return_exceptions=True)
    if not isinstance(ended[0], asyncio.CancelledError):
        raise BaesongError(f"the garbage ended before it should: {ended[0]!r}")


async def _send(connection: Connection, topic: str, per_s: float, sent: "count[int]") -> None:
    begun, done = time.perf_counter(), 0
    async with producer_to(connection.bootstrap, compression=None) as producer:
        while True:
            while done < (time.perf_counter() - begun) * per_s:
                number = next(sent)
                await producer.send(connection.topic(topic), GARBAGE + b"%d" % number, key=b"%d" % number)
                done += 1
            await asyncio.sleep(STEP_S)


async def _only_paused(connection: Connection, service: str, topic: str) -> None:
    for name in SERVICES:
        async with Api(connection, name) as api:
            said = await api.get("/brake") or {}
        paused = set(said.get("paused_topics", ()))
        if said.get("braked") or paused != ({topic} if name == service else set()):
            raise BaesongError(f"no figure: {name} is braked ({said.get('braked')}) or paused {sorted(paused)}")


async def _parked(connection: Connection, service: str) -> int:
    async with Api(connection, service) as api:
        return len((await api.get("/parked?limit=500") or {})["parked"])


def _result(wish: Beside, calm: Sequence[float], hostile: Sequence[float], more: Mapping[str, Any]) -> Result:
    calm_ms, hostile_ms = ([percentile(waits, share) for share in (0.5, 0.99)] for waits in (calm, hostile))
    changes = [rounded((after / before - 1) * 100) for before, after in zip(calm_ms, hostile_ms, strict=True)]
    return Result(
        "garbage" if wish.door == "kafka" else "garbage, by HTTP",
        orders=len(calm) + len(hostile),
        p50_ms=hostile_ms[0],
        p99_ms=hostile_ms[1],
        more={
            "calm_p50_ms": rounded(calm_ms[0]),
            "calm_p99_ms": rounded(calm_ms[1]),
            "p50_change_percent": changes[0],
            "p99_change_percent": changes[1],
            "per_s": wish.per_s,
            "garbage_per_s": wish.garbage_per_s,
            "turns": wish.turns,
            **more,
        },
    )
