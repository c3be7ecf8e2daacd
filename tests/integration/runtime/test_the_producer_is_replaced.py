"""A producer that cannot go on is replaced, and what it did not get through is published again, on a real broker."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, UnknownProducerId
from aiokafka.producer.transaction_manager import PidAndEpoch

from baesong.platform_only import Platform, running_platform
from running_services import read_all, topics
from service_runtime.infrastructure import Infrastructure
from service_runtime.kafka import KafkaLog, producer_of
from service_runtime.ports import Outgoing

ROWS = 8


def sequence_gap(producer: AIOKafkaProducer) -> None:
    numbers = producer._txn_manager._sequence_numbers
    for part in list(numbers):
        numbers[part] += 10


def old_epoch(producer: AIOKafkaProducer) -> None:
    manager = producer._txn_manager
    manager._pid_and_epoch = PidAndEpoch(manager.producer_id, -1)


def sender_that_died(producer: AIOKafkaProducer) -> None:
    async def drained() -> None:
        raise UnknownProducerId

    producer._sender._maybe_wait_for_pid = drained
    producer._message_accumulator._waiter_future.set_result(None)


def refused_by_the_broker(producer: AIOKafkaProducer) -> None:
    producer._message_accumulator.fail_all(OutOfOrderSequenceNumber())


def rows_of(cause: str) -> list[Outgoing]:
    return [Outgoing(cause, n, f"{cause}-{n}", "toy.told", b"k%d" % n, (), b"%d" % n) for n in range(ROWS)]


@asynccontextmanager
async def publishing(
    platform: Platform, patience_s: float = 10.0
) -> AsyncIterator[tuple[KafkaLog, list[AIOKafkaProducer], str, Infrastructure]]:
    prefix = f"p{uuid4().hex[:8]}-"
    await topics(platform, prefix, ["toy.told"])
    made, make = list[AIOKafkaProducer](), producer_of(platform.bootstrap, "replaced")
    infrastructure = Infrastructure()
    log = KafkaLog(lambda: made.append(make()) or made[-1], prefix, infrastructure, patience_s)  # type: ignore[func-returns-value]
    await log.start()
    try:
        yield log, made, prefix + "toy.told", infrastructure
    finally:
        await log.stop()
        gc.collect()  # aiokafka leaves futures that nobody asked; collected while Python parses, they would crash it


@pytest.mark.parametrize("broken", [sequence_gap, old_epoch, sender_that_died, refused_by_the_broker])
async def test_after_an_unrecoverable_state_all_is_published_by_another_producer(
    platform: Platform, broken: Callable[[AIOKafkaProducer], None]
) -> None:
    async with publishing(platform) as (log, made, topic, infrastructure):
        await log.publish(rows_of("a"))
        broken(made[0])
        await asyncio.wait_for(log.publish(rows_of("b")), 30)
        assert len(made) == 2, "the broker took what was to be refused: this test shows nothing"
        assert infrastructure.away == []
        await log.publish(rows_of("c"))
        assert len(made) == 2
        values = [record.value for record in await read_all(platform, topic)]
    assert {values.count(b"%d" % n) for n in range(ROWS)} <= {3, 4}  # a row may stand twice: its readers know its id


async def test_publishers_that_share_a_producer_replace_it_once(platform: Platform) -> None:
    async with publishing(platform) as (log, made, _, _):
        await log.publish(rows_of("a"))
        sequence_gap(made[0])
        await asyncio.wait_for(asyncio.gather(*(log.publish(rows_of(f"b{n}")) for n in range(5))), 30)
        assert len(made) == 2


async def test_a_producer_that_could_not_start_leaves_nothing_open(platform: Platform) -> None:
    class Refused(AIOKafkaProducer):  # type: ignore[misc]
        async def start(self) -> None:
            await super().start()
            raise KafkaError

    made = list[AIOKafkaProducer]()
    log = KafkaLog(lambda: made.append(Refused(bootstrap_servers=platform.bootstrap)) or made[-1], "")  # type: ignore[func-returns-value]
    with pytest.raises(KafkaError):
        await log.start()
    assert made[0]._closed
    assert made[0]._sender.sender_task.done()


@pytest.fixture(scope="module")
async def fragile() -> AsyncIterator[Platform]:
    async with running_platform() as platform:
        yield platform


async def test_a_send_to_a_broker_that_hangs_is_given_up_and_sent_again_when_it_answers(fragile: Platform) -> None:
    async with publishing(fragile, patience_s=1.5) as (log, made, topic, infrastructure):
        await log.publish(rows_of("a"))
        kafka = fragile.supervisor.part("kafka").child
        assert kafka is not None
        os.kill(kafka.pid, signal.SIGSTOP)
        try:
            publishing_b = asyncio.create_task(log.publish(rows_of("b")))
            await asyncio.sleep(4)
            assert infrastructure.away == ["publish"]
            assert not publishing_b.done()
        finally:
            os.kill(kafka.pid, signal.SIGCONT)
        back = time.monotonic()
        await asyncio.wait_for(publishing_b, 30)
        assert len(made) > 1
        assert made[0]._sender.sender_task.done(), "the producer that was left still sends"
        assert time.monotonic() - back < 30
        assert infrastructure.away == []
        values = {record.value for record in await read_all(fragile, topic)}
    assert values == {b"%d" % n for n in range(ROWS)}
