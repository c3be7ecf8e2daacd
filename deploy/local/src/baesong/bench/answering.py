"""A partner that takes every request and ships it whole at once, as cheaply as it can: its CPU is not the product's.

Started as `python -m baesong.bench.answering SPEC`. The simulated partner of the demo keeps what it said on disk and
draws its moods; here only the load of its answers is wanted.
"""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner
from pydantic_core import from_json, to_json

from baesong.bench.sending import batches_of
from baesong.feed.checkouts import iso
from baesong.partner.tracking import tracking_of

Json = dict[str, Any]
POLL_MS, MOST_RECORDS, PACE_S = 100, 1000, 0.02
SENDER = b"/partner/swift"


def answers_to(said: Mapping[str, Any], happened_at: str) -> Iterator[Json]:
    """Answer a request: accepted, then one package with all its lines; what is no request is not answered."""
    if said.get("kind") != "requested":
        return
    shipment_id, work = said["shipment_id"], said["work"]
    told = {"shipment_id": shipment_id, "happened_at": happened_at}
    yield {**told, "message_id": f"{shipment_id}-accepted", "kind": "accepted"}
    package_id = f"{shipment_id}-P1"
    carrier, number = tracking_of(package_id, work["location_id"][:2])
    packed = [{name: line[name] for name in ("line_id", "sku", "quantity")} for line in work["lines"]]
    package = {"package_id": package_id, "carrier": carrier, "number": number, "lines": packed}
    yield {**told, "message_id": package_id, "kind": "dispatched", **package}


def record_of(answer: Json, time: bytes) -> Json:
    """Give an answer as a record of the partner's inbound topic."""
    message_id = answer["message_id"].encode()
    headers = [
        ("ce_specversion", b"1.0"), ("ce_id", message_id), ("ce_type", b"partner.inbound"), ("ce_source", SENDER),
        ("ce_time", time), ("ce_subject", b"message/" + message_id), ("content-type", b"application/json"),
        ("x-schema", b"partner.inbound/1"),
    ]  # fmt: skip
    return {"timestamp": None, "key": answer["shipment_id"].encode(), "value": to_json(answer), "headers": headers}


async def answer(producer: AIOKafkaProducer, topic: str, records: Sequence[Any]) -> None:
    """Answer what was read, and return when every answer is acknowledged."""
    now = iso(datetime.now(UTC))
    partitions, choose = sorted(await producer.partitions_for(topic)), DefaultPartitioner()
    by_partition: dict[int, list[Json]] = {}
    for record in records:
        for said in answers_to(from_json(record.value), now):
            row = record_of(said, now.encode())
            by_partition.setdefault(choose(row["key"], partitions, partitions), []).append(row)
    sent = [
        await producer.send_batch(batch, topic, partition=partition)
        for partition, rows in by_partition.items()
        for batch in batches_of(producer, rows)
    ]
    await asyncio.gather(*sent)


async def work(spec: Mapping[str, str]) -> None:
    """Answer until cancelled."""
    servers = {"bootstrap_servers": spec["bootstrap"]}
    consumer = AIOKafkaConsumer(
        spec["asked"], group_id=spec["group"], enable_auto_commit=False, auto_offset_reset="earliest", **servers
    )
    producer = AIOKafkaProducer(acks="all", enable_idempotence=True, compression_type="zstd", **servers)
    async with producer, consumer:
        while True:
            polled = await consumer.getmany(timeout_ms=POLL_MS, max_records=MOST_RECORDS)
            if polled:
                await answer(producer, spec["answered"], [record for rows in polled.values() for record in rows])
                await consumer.commit({part: rows[-1].offset + 1 for part, rows in polled.items()})
                await asyncio.sleep(PACE_S)


async def main(spec: Mapping[str, str]) -> None:
    """Work until SIGTERM."""
    task = asyncio.create_task(work(spec))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
