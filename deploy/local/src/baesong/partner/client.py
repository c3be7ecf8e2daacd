"""The simulated partner as a Kafka client: its own group, its two topics, nothing else."""

import asyncio
import heapq
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from baesong.feed.checkouts import iso
from baesong.partner.desk import Answer, Asked, Desk, Line
from baesong.partner.memory import Memory
from baesong.partner.offsets import Offsets

GARBAGE = b"\x89 not a message {"
GARBAGE_AFTER = 5  # answers
IDLE_S = 0.1
MOST_RECORDS = 500
COMMIT_EVERY_S = 0.2

Due = tuple[float, int, Answer, TopicPartition, int]


@dataclass(frozen=True)
class Place:
    """Where the partner meets us."""

    bootstrap: str
    prefix: str
    partner_id: str

    @property
    def shipments(self) -> str:
        """The topic it reads."""
        return f"{self.prefix}partner.{self.partner_id}.shipments"

    @property
    def inbound(self) -> str:
        """The topic it answers on."""
        return f"{self.prefix}partner.{self.partner_id}.inbound"

    @property
    def group(self) -> str:
        """Its own group, which is all it may use."""
        return f"{self.prefix}partner-{self.partner_id}"


class Partner:
    """Reads requests, answers them when their time has come, and commits what is wholly answered."""

    def __init__(self, place: Place, desk: Desk, memory: Memory) -> None:
        self._place = place
        self._desk = desk
        self._memory = memory
        self._offsets = Offsets()
        self._due: list[Due] = []
        self._sequence = count()
        self._times_sent: dict[str, int] = {}
        self._failure: BaseException | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what was not answered is asked again at the next start."""
        consumer = AIOKafkaConsumer(
            self._place.shipments,
            bootstrap_servers=self._place.bootstrap,
            group_id=self._place.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=MOST_RECORDS,
            session_timeout_ms=6000,  # the least a broker takes: a killed partner is back after so long
            heartbeat_interval_ms=500,
        )
        producer = AIOKafkaProducer(
            bootstrap_servers=self._place.bootstrap,
            enable_idempotence=True,
            acks="all",
            compression_type="zstd",
            linger_ms=5,
        )
        async with consumer, producer:
            await self._work(consumer, producer, stop)
            await producer.flush()
            await self._commit(consumer)

    async def _work(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, stop: asyncio.Event) -> None:
        committed_at = time.monotonic()
        while not stop.is_set():
            polled = await consumer.getmany(timeout_ms=self._patience_ms())
            for partition, records in polled.items():
                self._take(partition, records)
            await self._speak(producer)
            if self._failure:
                raise self._failure  # started again, it answers again what was not acknowledged
            if time.monotonic() - committed_at > COMMIT_EVERY_S:
                await self._commit(consumer)
                committed_at = time.monotonic()

    def _patience_ms(self) -> int:
        """Give how long to wait for requests: until the next answer is due, and never long."""
        wait = self._due[0][0] - time.monotonic() if self._due else IDLE_S
        return int(1000 * max(0.0, min(wait, IDLE_S)))

    def _take(self, partition: TopicPartition, records: Sequence[Any]) -> None:
        now = time.monotonic()
        for record in records:
            answers = self._answers(json.loads(record.value or b"{}"), _version(record.headers), now)
            if self._offsets.begun(partition, record.offset, len(answers)):
                for answer in answers:
                    heapq.heappush(self._due, (answer.at, next(self._sequence), answer, partition, record.offset))

    def _answers(self, said: dict[str, Any], version: int, now: float) -> list[Answer]:
        if said.get("kind") == "requested":
            return self._desk.requested(_asked(said, version), now)
        if said.get("kind") == "cancellation_requested":
            return self._desk.asked_to_cancel(said["shipment_id"], now, version)
        return []

    async def _speak(self, producer: AIOKafkaProducer) -> None:
        """Say what is due: kept on disk first, then sent."""
        due, happened_at = self._now_due(), iso(datetime.now(UTC))
        spoken = [(entry, self._desk.say(entry[2], happened_at)) for entry in due]
        self._memory.keep([(entry[2].message_id, body) for entry, body in spoken if body])
        for (_, _, answer, partition, offset), body in spoken:
            if body is None:
                self._offsets.finished(partition, offset)
                continue
            sent = await self._send(producer, answer.message_id, answer.shipment_id, body)
            sent.add_done_callback(partial(self._acknowledged, partition, offset))
        await self._send_garbage(producer)

    def _now_due(self) -> list[Due]:
        now, due = time.monotonic(), []
        while self._due and self._due[0][0] <= now:
            due.append(heapq.heappop(self._due))
        return due

    def _acknowledged(self, partition: TopicPartition, offset: int, sent: "asyncio.Future[Any]") -> None:
        if sent.cancelled():
            return
        self._failure = self._failure or sent.exception()
        if not sent.exception():
            self._offsets.finished(partition, offset)

    async def _send(self, producer: AIOKafkaProducer, message_id: str, key: str, body: bytes) -> "asyncio.Future[Any]":
        """Send a message; the same one again has a record id of its own."""
        times = self._times_sent[message_id] = self._times_sent.get(message_id, 0) + 1
        ce_id = message_id if times == 1 else f"{message_id}~{times}"
        headers = _headers(ce_id, self._place.partner_id, f"message/{message_id}")
        sent: asyncio.Future[Any] = await producer.send(self._place.inbound, body, key=key.encode(), headers=headers)
        return sent

    async def _send_garbage(self, producer: AIOKafkaProducer) -> None:
        """Send one record that is no message, once in the partner's life."""
        if len(self._times_sent) >= GARBAGE_AFTER and not self._desk.knows("garbage"):
            self._desk.note("garbage", GARBAGE)
            self._memory.keep([("garbage", GARBAGE)])
            await self._send(producer, "garbage", "garbage", GARBAGE)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        """Commit what is wholly answered, of partitions still ours."""
        ready = {p: offset for p, offset in self._offsets.ready().items() if p in consumer.assignment()}
        if ready:
            await consumer.commit(ready)


def _version(headers: Sequence[tuple[str, bytes]]) -> int:
    """The place of a record among all that is said of its shipment."""
    return int(dict(headers).get("x-aggregate-version", b"1"))


def _asked(said: dict[str, Any], version: int) -> Asked:
    work = said["work"]
    lines = [Line(line["line_id"], line["sku"], line["quantity"]) for line in work["lines"]]
    return Asked(said["shipment_id"], work["location_id"], lines, version)


def _headers(ce_id: str, partner_id: str, subject: str) -> list[tuple[str, bytes]]:
    named = {
        "ce_specversion": "1.0",
        "ce_id": ce_id,
        "ce_type": "partner.inbound",
        "ce_source": f"/partner/{partner_id}",
        "ce_time": iso(datetime.now(UTC)),
        "ce_subject": subject,
        "content-type": "application/json",
        "x-schema": "partner.inbound/1",
    }
    return [(name, value.encode()) for name, value in named.items()]
