"""Sends checkouts as an upstream shop would: most on Kafka at a steady pace, some by HTTP, and cancels some orders."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from math import inf
from typing import Any

from aiokafka import AIOKafkaProducer

from baesong.connection import Connection
from baesong.feed.checkouts import iso
from baesong.feed.door import Door
from baesong.feed.evidence import EvidenceList
from baesong.feed.sendings import Sending

TOPIC = "checkout.completed"
CHUNK = 200  # records written to the list, then sent, at a time when there is no pace to keep
MOST_IN_FLIGHT = 2000  # an idempotent producer waits for ever for a broker that is away: bound what waits with it
STEP_S = 0.02


@dataclass
class Progress:
    """How far the feed is."""

    sent: int = 0
    by_http: int = 0
    cancels: int = 0
    took_s: float = 0.0
    done: bool = False


class Feeder:
    """One run of the feed.

    Args:
        connection: the instance that is fed.
        evidence: the feeder's own list.
        rate: records per second; None is as fast as it goes.
        released: how many records may be sent by now; without, all.
    """

    def __init__(
        self,
        connection: Connection,
        evidence: EvidenceList,
        rate: float | None,
        released: Callable[[], float] = lambda: inf,
    ) -> None:
        self.progress = Progress()
        self._connection = connection
        self._evidence = evidence
        self._rate = rate
        self._released = released
        self._in_flight: set[asyncio.Future[Any]] = set()
        self._careful: asyncio.Queue[Sending | None] = asyncio.Queue()
        self._cancels: list[asyncio.Task[None]] = []

    async def feed(self, sendings: Iterable[Sending]) -> None:
        """Send all, in order, and return when every record is acknowledged and every cancel answered."""
        begun = time.monotonic()
        async with Door(self._connection) as door, _producer(self._connection.bootstrap) as producer:
            worker = asyncio.create_task(self._work_off(door, producer))
            async for chunk in self._paced(iter(sendings)):
                self._evidence.add([sending.evidence() for sending in chunk])
                for sending in chunk:
                    await self._give(sending, door, producer)
            await self._careful.put(None)
            await worker
            await asyncio.gather(*self._in_flight)
            self.progress.took_s = time.monotonic() - begun
            await asyncio.gather(*self._cancels)
        self.progress.done = True

    async def _paced(self, sendings: Iterator[Sending]) -> AsyncIterator[list[Sending]]:
        """Give the records in chunks, each no sooner than its time."""
        begun = time.monotonic()
        given = 0
        while True:
            due = CHUNK if self._rate is None else int((time.monotonic() - begun) * self._rate) + 1 - given
            due = int(min(due, self._released() - given))
            chunk = list(islice(sendings, max(0, due)))
            if due > 0 and not chunk:
                return
            given += len(chunk)
            yield chunk
            await asyncio.sleep(0 if self._rate is None and due > 0 else STEP_S)

    async def _give(self, sending: Sending, door: Door, producer: AIOKafkaProducer) -> None:
        if sending.door == "http" or sending.after_known:
            await self._careful.put(sending)
        else:
            await self._publish(sending, producer)
            self._cancel_if_wanted(sending, door)

    async def _publish(self, sending: Sending, producer: AIOKafkaProducer) -> None:
        while len(self._in_flight) >= MOST_IN_FLIGHT:
            await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
        topic = self._connection.topic(TOPIC)
        acknowledged = await producer.send(
            topic, sending.body, key=sending.source_id.encode(), headers=headers_of(sending)
        )
        self._in_flight.add(acknowledged)
        acknowledged.add_done_callback(self._in_flight.discard)
        self.progress.sent += 1

    async def _work_off(self, door: Door, producer: AIOKafkaProducer) -> None:
        """Send one by one what goes by HTTP, and what must wait until the order is there."""
        while sending := await self._careful.get():
            if sending.after_known:
                await door.known(sending.order_id)
            if sending.door == "http":
                await door.post(sending)
                self.progress.sent += 1
                self.progress.by_http += 1
            else:
                await self._publish(sending, producer)
            self._cancel_if_wanted(sending, door)

    def _cancel_if_wanted(self, sending: Sending, door: Door) -> None:
        if sending.cancel_after_s is not None:
            self._cancels.append(asyncio.create_task(self._cancel(sending, door)))

    async def _cancel(self, sending: Sending, door: Door) -> None:
        await door.known(sending.order_id)
        await asyncio.sleep(sending.cancel_after_s or 0)
        await door.cancel(sending.order_id)
        self.progress.cancels += 1


@asynccontextmanager
async def _producer(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", compression_type="zstd", linger_ms=5
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


def headers_of(sending: Sending) -> list[tuple[str, bytes]]:
    """Give the CloudEvents headers of a checkout's record."""
    named = {
        "ce_specversion": "1.0",
        "ce_id": sending.ce_id,
        "ce_type": TOPIC,
        "ce_source": f"/checkout/{sending.shop}",
        "ce_time": iso(datetime.now(UTC)),
        "ce_subject": f"checkout/{sending.shop}/{sending.source}/{sending.source_id}",
        "content-type": "application/json",
        "x-schema": f"{TOPIC}/1",
    }
    return [(name, value.encode()) for name, value in named.items()]
