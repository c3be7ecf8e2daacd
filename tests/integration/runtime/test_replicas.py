"""Replicas on real Kafka: who reads what over joins and leaves, what a join does to a batch in hand, who may read."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import pytest

from baesong.platform_only import Platform
from running_services import eventually, settings
from service_runtime import Answers, Batch, Service, Work, consumes
from service_runtime.ordinals import Ordinal, OrdinalTakenError
from service_runtime.protocol import Handled
from service_runtime.running import Running
from service_runtime.service import run_service
from toy import SQL, Asked, Told, lock_counts
from toy_service import Toy, ask

SLOW_S = 1.0
PARTITIONS = {0, 1, 2, 3}


@consumes(Asked, Told)
async def on_both(batch: Batch[Any], work: Work) -> Answers:
    """Count asks slowly, so that others come and go while a batch is in hand; what is told is only read."""
    asks = [event for event in batch if isinstance(event.body, Asked)]
    await work.conn.fetch(SQL.count, [e.order_id for e in asks], [e.body.n for e in asks])
    await asyncio.sleep(SLOW_S)
    return Answers.done(batch)


def replica(toy: Toy, ordinal: int) -> Service:
    own = settings(toy.platform, toy.settings.database_url, toy.prefix, ordinal=ordinal, BAESONG_STATIC_MEMBERSHIP="on")
    return Service("toy", own, [on_both], locks=[lock_counts])


@asynccontextmanager
async def joined(toy: Toy, ordinal: int, bugs: list[BaseException] | None = None) -> AsyncIterator[Running]:
    async with run_service(replica(toy, ordinal), (bugs if bugs is not None else []).append) as it:
        await eventually(lambda: not it.waits_for())
        yield it
        it.for_good = True


def partitions_of(it: Running, topic: str) -> set[int]:
    consumer = it.subscribers[0]._subscriber.consumer
    return {tp.partition for tp in consumer.assignment() if tp.topic.endswith(topic)} if consumer else set()


class Look:
    """Looks at the replicas' assignments all the time, and keeps what was not co-partitioned."""

    def __init__(self) -> None:
        self.replicas: dict[int, Running] = {}
        self.apart: list[tuple[set[int], set[int]]] = []
        self.looks = 0

    async def on(self) -> None:
        while True:
            for it in self.replicas.values():
                asked, told = partitions_of(it, "toy.asked"), partitions_of(it, "toy.told")
                self.looks += 1
                if asked != told:
                    self.apart.append((asked, told))
            await asyncio.sleep(0.005)

    def shared_out(self) -> bool:
        """Every partition is with one replica, and each of them has some."""
        parts = [partitions_of(it, "toy.asked") for it in self.replicas.values()]
        return all(parts) and set.union(*parts) == PARTITIONS and sum(map(len, parts)) == len(PARTITIONS)


async def test_partition_p_of_all_topics_is_with_one_replica_over_joins_and_leaves(toy: Toy) -> None:
    look = Look()
    looking = asyncio.create_task(look.on())
    async with AsyncExitStack() as stay:
        look.replicas[0] = await stay.enter_async_context(joined(toy, 0))
        for _ in range(2):
            async with joined(toy, 1) as first, joined(toy, 2) as second:
                look.replicas |= {1: first, 2: second}
                await eventually(look.shared_out)
                del look.replicas[2]
            del look.replicas[1]
            await eventually(look.shared_out, 5)  # sooner than a session ends: they left for good
    looking.cancel()
    assert look.apart == []
    assert look.looks > 100


def seen_again(replicas: Iterable[Running], seen: list[int]) -> None:
    """Have the replicas tell how many events of their batches had been seen before."""
    for it in replicas:
        subscriber = it.subscribers[0]
        count = subscriber._count

        async def counted(handled: Handled, count: Any = count) -> None:
            seen.append(handled.seen)
            await count(handled)

        subscriber._count = counted  # type: ignore[method-assign]


async def test_joining_and_leaving_drain_the_batch_in_hand(toy: Toy) -> None:
    seen: list[int] = []
    orders = [f"order-{n}" for n in range(16)]
    async with joined(toy, 0) as stays:
        seen_again([stays], seen)
        await toy.send(*[ask(order, 1) for order in orders[:8]])
        await eventually(stays.subscribers[0]._in_hand.locked)
        async with joined(toy, 1) as leaves:  # joins while a batch is in hand
            seen_again([leaves], seen)
            await toy.send(*[ask(order, 1) for order in orders[8:]])
            await eventually(leaves.subscribers[0]._in_hand.locked)  # and leaves with one in hand
        await eventually(lambda: toy.counts_are({order: [1] for order in orders}))
        await eventually(lambda: len(partitions_of(stays, "toy.asked")) == len(PARTITIONS))
    assert sum(seen) == 0, "a batch was given up in hand and read again"


async def test_a_second_process_of_one_ordinal_waits_until_the_first_is_gone(toy: Toy) -> None:
    async with joined(toy, 0):
        second = asyncio.create_task(_runs(toy))
        await asyncio.sleep(2)
        assert not second.done()
    assert await asyncio.wait_for(second, 30)


async def _runs(toy: Toy) -> bool:
    async with joined(toy, 0):
        return True


async def test_while_its_ordinal_is_lost_a_replica_reads_nothing_and_goes_on_when_it_is_back(toy: Toy) -> None:
    async with joined(toy, 0) as it:
        assert it.ordinal
        forget, it.ordinal._asked = it.ordinal._asked, _is_away  # type: ignore[method-assign]
        await cut_ordinal(toy)
        await eventually(it.waits_for)
        await toy.send(ask("a", 1))
        await asyncio.sleep(SLOW_S + 1)
        assert await toy.counts() == {}
        it.ordinal._asked = forget  # type: ignore[method-assign]
        await eventually(lambda: toy.counts_are({"a": [1]}))
        assert it.waits_for() == []


async def _is_away() -> bool:
    raise OSError("the database is away")


async def cut_ordinal(toy: Toy) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'toy-0 ordinal' AND datname = current_database()"
    assert await toy.db.fetchval(cut)


async def test_a_replica_whose_ordinal_was_taken_meanwhile_stops(toy: Toy) -> None:
    bugs: list[BaseException] = []
    async with joined(toy, 0, bugs) as it:
        assert it.ordinal
        ask_again = it.ordinal._asked

        async def somebody_was_quicker() -> bool:
            thief = await asyncpg.connect(toy.settings.database_url)
            stolen.append(thief)
            await thief.execute("SELECT pg_advisory_lock(1, 0)")
            return await ask_again()

        stolen: list[Any] = []
        it.ordinal._asked = somebody_was_quicker  # type: ignore[method-assign]
        await cut_ordinal(toy)
        await eventually(lambda: bugs)
        assert it.waits_for() == ["to be this replica again"]
    await stolen[0].close()
    assert isinstance(bugs[0], OrdinalTakenError)


async def test_an_ordinal_is_free_as_soon_as_its_connection_ends(platform: Platform) -> None:
    dsn = await platform.database("ordinals")
    first, second = (Ordinal(dsn, "toy", 3, pytest.fail) for _ in range(2))
    await first.take()
    assert not await second._asked()
    await first.let_go()
    await asyncio.wait_for(second.take(), 5)
    await second.let_go()
