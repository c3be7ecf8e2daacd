"""One hop of the floor, as a process: poll, one transaction (inbox, outbox), publish, commit the offsets.

Started as `python -m baesong.bench.floor.relay SPEC`. It does everything that the protocol asks for against loss and
doubling, in the cheapest way known, and nothing else.
"""

import asyncio
import contextlib
import gc
import json
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from baesong.bench.floor.message import Headers, Output, Row, id_in, said
from baesong.bench.sending import batches_of

BATCH_RECORDS = 500
SMALL_BATCH = 250
PACE_S = 0.02
POLL_MS = 100
COMMIT_EVERY_S = 0.2
STAYS_MS = 600_000  # a hop that is halted while the backlog is written stays a member of its group
TABLES = """
create table inbox (id uuid primary key, partition integer not null, "offset" bigint not null);
create table outbox (cause uuid, n smallint, topic text not null, key bytea, headers bytea not null,
                     payload bytea not null, primary key (cause, n));
"""
SIGHT = """
insert into inbox (id, partition, "offset") select * from unnest($1::uuid[], $2::int[], $3::bigint[])
    on conflict (id) do nothing
"""
Polled = dict[TopicPartition, Sequence[Any]]


class SeenTwiceError(Exception):
    """A record came a second time: a run in which that happens is no measure of the least there is to do."""


@dataclass
class Batch:
    """What one poll becomes: ids for the inbox, rows for the outbox, and what is published, by topic and partition."""

    ids: list[str] = field(default_factory=list)
    partitions: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    outgoing: dict[tuple[str, int], list[tuple[Row, Headers]]] = field(default_factory=dict)


def built(polled: Polled, outputs: Sequence[Output], hop: int) -> Batch:
    """Build a batch; what a record causes stays in its partition, as topics with one key are co-partitioned."""
    batch, now = Batch(), datetime.now(UTC).isoformat().encode()
    for part, records in polled.items():
        for record in records:
            cause = id_in(record.headers)
            batch.ids.append(cause.decode())
            batch.offsets.append(record.offset)
            for row, headers in said(outputs, hop, cause, record.key, record.value, now):
                batch.rows.append(row)
                batch.outgoing.setdefault((row.topic, part.partition), []).append((row, headers))
        batch.partitions += [part.partition] * len(records)
    return batch


async def store(conn: "asyncpg.Connection[asyncpg.Record]", batch: Batch) -> None:
    """Write inbox and outbox in one transaction."""
    async with conn.transaction():
        status = await conn.execute(SIGHT, batch.ids, batch.partitions, batch.offsets)
        if status != f"INSERT 0 {len(batch.ids)}":
            raise SeenTwiceError(f"of {len(batch.ids)} records only these were new: {status}")
        await conn.copy_records_to_table("outbox", records=batch.rows, columns=Row._fields)


async def publish(producer: AIOKafkaProducer, batch: Batch) -> None:
    """Return when every row is acknowledged; one batch a partition, more where they do not fit."""
    acknowledgements = [
        await producer.send_batch(builder, topic, partition=partition)
        for (topic, partition), rows in batch.outgoing.items()
        for builder in batches_of(producer, [_record(row, headers) for row, headers in rows])
    ]
    await asyncio.gather(*acknowledgements)


def _record(row: Row, headers: Headers) -> dict[str, Any]:
    return {"timestamp": None, "key": row.key, "value": row.payload, "headers": headers}


class Relay:
    """The loop of one hop."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._hop = int(spec["hop"])
        self._outputs = [Output(**each) for each in spec["outputs"]]
        self._dsn = str(spec["dsn"])
        servers = {"bootstrap_servers": spec["bootstrap"]}
        self._consumer = AIOKafkaConsumer(
            spec["source"], group_id=spec["group"], enable_auto_commit=False, auto_offset_reset="earliest",
            check_crcs=False, session_timeout_ms=STAYS_MS, **servers,
        )  # fmt: skip
        self._producer = AIOKafkaProducer(
            acks="all", enable_idempotence=True, compression_type="zstd", max_batch_size=131072, **servers
        )
        self._read_to: dict[TopicPartition, int] = {}
        self._committed_at = 0.0

    async def run(self) -> None:
        """Relay until cancelled."""
        conn = await asyncpg.connect(self._dsn)
        await conn.execute(TABLES)
        async with self._producer, self._consumer:
            gc.collect()
            gc.freeze()
            gc.set_threshold(200_000, 20, 100)
            while True:
                polled = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS)
                if polled:
                    await self._relay(conn, polled)
                await self._commit()

    async def _relay(self, conn: "asyncpg.Connection[asyncpg.Record]", polled: Polled) -> None:
        batch = built(polled, self._outputs, self._hop)
        await store(conn, batch)
        await publish(self._producer, batch)
        self._read_to |= {part: records[-1].offset + 1 for part, records in polled.items()}
        if len(batch.ids) < SMALL_BATCH:
            await asyncio.sleep(PACE_S)

    async def _commit(self) -> None:
        if self._read_to and time.monotonic() - self._committed_at >= COMMIT_EVERY_S:
            await self._consumer.commit(self._read_to)
            self._read_to, self._committed_at = {}, time.monotonic()


async def main(spec: dict[str, Any]) -> None:
    """Run until SIGTERM."""
    task = asyncio.create_task(Relay(spec).run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
