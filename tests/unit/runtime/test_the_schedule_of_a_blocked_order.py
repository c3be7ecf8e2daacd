"""A blocked order is tried by the schedule, on a clock that is handed in, then parked; what came later waits behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from service_runtime import Retry
from service_runtime.blocked import run_due_orders
from service_runtime.decoding import Routes
from service_runtime.protocol import Progress, Protocol, handle
from service_runtime.reading import Answers, Batch, consumes
from service_runtime.schedule import RETRY_AFTER
from service_runtime.simulation import Chance, MemoryLog, MemoryStore
from service_runtime.simulation.chance import BEGINNING
from service_runtime.work import Work
from simulated_toy import _record
from toy import Asked


@dataclass
class Clock:
    time: datetime = BEGINNING

    def now(self) -> datetime:
        return self.time


tried: list[datetime] = []


@consumes(Asked)
async def never_yet(batch: Batch[Asked], work: Work) -> Answers:
    """The first ask of order a is never possible; all others are."""
    first = {event.id for event in batch if (event.order_id, event.body.n) == ("a", 1)}
    tried.extend(work.now for event in batch if event.id in first)
    work.conn.update({(event.order_id, event.body.n): True for event in batch if event.id not in first})
    return Answers.but(batch, {id_: Retry("no rate table") for id_ in first})


def a_protocol() -> tuple[Protocol, MemoryStore, MemoryLog, Clock]:
    chance, clock = Chance(1, crashes_left=0), Clock()
    store, log = MemoryStore(chance), MemoryLog(1)
    return Protocol("toy", Routes.of([never_yet]), (), store, log, clock), store, log, clock


async def read(protocol: Protocol, log: MemoryLog, *asks: Asked) -> None:
    records = []
    for ask in asks:
        one = _record(ask)
        records.append(log.append(one.topic, one.key, one.value, one.headers))
    await handle(protocol, records, Progress(), frozenset())


async def test_it_is_tried_after_each_pause_then_parked_and_nobody_else_waits() -> None:
    tried.clear()
    protocol, store, log, clock = a_protocol()
    await read(protocol, log, Asked(order_id="a", n=1), Asked(order_id="a", n=2), Asked(order_id="b", n=1))
    assert ("b", 1) in store.tables.own
    for seconds in RETRY_AFTER:
        clock.time += timedelta(seconds=seconds) - timedelta(milliseconds=1)
        await run_due_orders(protocol)
        before = len(tried)
        clock.time += timedelta(milliseconds=1)
        await run_due_orders(protocol)
        assert len(tried) == before + 1
    assert [later - earlier for earlier, later in pairwise(tried)] == [
        timedelta(seconds=seconds) for seconds in RETRY_AFTER
    ]
    assert store.tables.blocked["a"].due_at is None
    [parked] = store.tables.parked.values()
    assert (parked.error_class, parked.order_id) == ("business", "a")
    await read(protocol, log, Asked(order_id="a", n=3), Asked(order_id="c", n=1))
    clock.time += timedelta(days=30)
    await run_due_orders(protocol)
    assert {key for key in store.tables.own if isinstance(key, tuple)} == {("b", 1), ("c", 1)}
    assert [one.order_id for one in store.tables.queue] == ["a", "a", "a"]
