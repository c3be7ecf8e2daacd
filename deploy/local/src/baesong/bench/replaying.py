"""A full replay beside live orders: that it does nothing, and what it costs those who come meanwhile.

Calm and replay take turns in one instance, so that both meet the same machine. What is replayed is what the history
left in the log, signed as the runner signs it; what became of it is asked of the services' own tables.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import asyncpg

from baesong.bench.checking import Count, counted
from baesong.bench.drain import Ground
from baesong.bench.figures import percentile, rounded
from baesong.bench.lag import Lag, lag_of
from baesong.bench.orders import Catalogue
from baesong.bench.pacing import Arrivals
from baesong.bench.pipeline import READS, SPEC, ground_of, stocked
from baesong.bench.result import Result
from baesong.bench.sending import TOPIC, paced, preload
from baesong.bench.showing import Show
from baesong.connection import Connection
from baesong.errors import BaesongError
from baesong.running import running
from baesong.services import SERVICES
from service_runtime import Record
from service_runtime.past import Past
from service_runtime.replay.ticket import SUFFIX, Mode, Ticket, ordered
from service_runtime.replay.writing import ReplayWriter

REPLAYED = (TOPIC, "order.placed", "order.changed", "allocation.decided", "shipment.updated")
JOB = "bench"
CHUNK = 50


@dataclass(frozen=True)
class Again:
    """So many orders of history, replayed at a rate in some of the turns, while orders come at another."""

    catalogue: Catalogue
    run: str
    history: int
    per_s: float
    replayed_per_s: float
    seconds: float
    turns: int

    @property
    def orders(self) -> int:
        """Live orders of one turn."""
        return int(self.per_s * self.seconds)

    @property
    def whole(self) -> int:
        """All orders there will be."""
        return self.history + self.orders * (2 * self.turns + 1)


async def run_replay(wish: Again, show: Show) -> Result:
    """Take calm turns and turns with a replay beside, and check that it did nothing and every order went through.

    Raises:
        BaesongError: an order is missing or doubled, or the replay did something.
    """
    calm: dict[str, float] = {}
    beside: dict[str, float] = {}
    arrivals = Arrivals()
    async with running(SPEC, show.say) as instance:
        connection = instance.connection
        await stocked(connection, wish.catalogue, wish.whole, show)
        ground = _with_replays(ground_of(instance, SPEC), connection)
        async with lag_of(instance.bootstrap, ground.reads) as lag, arrivals.following(ground):
            tell = show.steps("history", wish.history)
            past = wish.catalogue.checkouts(wish.run, 0, wish.history)
            known = await preload(instance.bootstrap, ground.topic, past, tell)
            await _read(lag, ground)
            originals = await _originals(connection)
            rest = iter(originals)
            live = _Live(wish, ground, show)
            warm = await live.turn("warm-up")
            for number in range(1, wish.turns + 1):
                calm |= await live.turn(f"turn {number}, calm")
                await _read(lag, ground)
                replaying = asyncio.create_task(_replay(connection, islice(rest, _share(wish, originals)), wish))
                beside |= await live.turn(f"turn {number}, a replay beside")
                await replaying
                await _read(lag, ground)
        did = await _outcomes(connection)
        placed = await counted(connection, {*known, *warm, *calm, *beside}, show)
    return _result(wish, _waits(arrivals, calm, placed), _waits(arrivals, beside, placed), originals, did)


def _share(wish: Again, originals: Sequence[Record]) -> int:
    return -(-len(originals) // wish.turns)


def _with_replays(ground: Ground, connection: Connection) -> Ground:
    """The groups that read replays read all that their service reads."""
    reads: dict[str, list[str]] = {}
    for group, topics in READS.items():
        service = group.removesuffix(".outside")
        reads.setdefault(connection.topic(f"{service}.replay"), []).extend(connection.topic(t + SUFFIX) for t in topics)
    return replace(ground, reads={**ground.reads, **reads})


async def _read(lag: Lag, ground: Ground) -> None:
    await lag.until_read(lambda _: None, (ground.first[0], ground.topic))


class _Live:
    """Orders at a pace, one stretch after the other."""

    def __init__(self, wish: Again, ground: Ground, show: Show) -> None:
        self._wish, self._ground, self._show = wish, ground, show
        self._sent = wish.history

    async def turn(self, name: str) -> dict[str, float]:
        """Send one turn's orders; when each was due."""
        wish = self._wish
        checkouts = wish.catalogue.checkouts(wish.run, self._sent, wish.orders)
        self._sent += wish.orders
        tell = self._show.steps(name, wish.orders)
        return await paced(self._ground.instance.bootstrap, self._ground.topic, checkouts, wish.per_s, tell)


async def _originals(connection: Connection) -> list[Record]:
    """All that the log holds of the topics that services read."""
    async with Past(connection.bootstrap, connection.topic_prefix) as past:
        ends = await past.ends(await past.parts(list(REPLAYED)))
        return [record async for some in past.records(ends) for record in some]


async def _replay(connection: Connection, records: Any, wish: Again) -> None:
    """Write them at the rate, as the runner does."""
    writer = ReplayWriter(connection.bootstrap, connection.topic_prefix, "bench-replay")
    key, loop = connection.replay_key.encode(), asyncio.get_running_loop()
    begun, written = loop.time(), 0
    try:
        while chunk := list(islice(records, CHUNK)):
            await writer.write([ordered(one, _ticket(one), key) for one in chunk])
            written += len(chunk)
            await asyncio.sleep(max(0.0, begun + written / wish.replayed_per_s - loop.time()))
    finally:
        await writer.stop()


def _ticket(record: Record) -> Ticket:
    return Ticket(JOB, Mode.REPROCESS, "bench", "bench", record.place, record.timestamp, datetime.now(UTC))


async def _outcomes(connection: Connection) -> dict[str, dict[str, int]]:
    """What became of it, by service and outcome.

    Raises:
        BaesongError: something was done that was done before.
    """
    told: dict[str, dict[str, int]] = {}
    for service in SERVICES:
        conn = await asyncpg.connect(connection.dsns[service])
        rows = await conn.fetch("SELECT outcome, count(*) AS n FROM replay_result GROUP BY outcome")
        await conn.close()
        told[service] = {row["outcome"]: row["n"] for row in rows}
    if did := {service: words for service, words in told.items() if words.keys() - {"done"}}:
        raise BaesongError(f"no figure: the replay did something: {did}")
    return told


def _waits(arrivals: Arrivals, due_at: Mapping[str, float], placed: Count) -> list[float]:
    shipped = [order_id for order_id in due_at if placed.units_placed(order_id)]
    return [(arrivals.read_at[order_id] - due_at[order_id]) * 1000 for order_id in shipped]


def _result(
    wish: Again, calm: Sequence[float], beside: Sequence[float], originals: Sequence[Record], did: Mapping[str, Any]
) -> Result:
    calm_ms, beside_ms = ([percentile(waits, share) for share in (0.5, 0.99)] for waits in (calm, beside))
    return Result(
        "replay",
        orders=len(calm) + len(beside),
        p50_ms=beside_ms[0],
        p99_ms=beside_ms[1],
        more={
            "replayed": len(originals),
            "replayed_per_s": wish.replayed_per_s,
            "done": {service: sum(words.values()) for service, words in did.items()},
            "calm_p50_ms": rounded(calm_ms[0]),
            "calm_p99_ms": rounded(calm_ms[1]),
            "p50_change_percent": rounded((beside_ms[0] / calm_ms[0] - 1) * 100),
            "p99_change_percent": rounded((beside_ms[1] / calm_ms[1] - 1) * 100),
            "per_s": wish.per_s,
            "turns": wish.turns,
        },
    )
