import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from baesong.feed.evidence import listed
from baesong.ownership import claim
from baesong.platform_only import Platform
from baesong.processes import Child
from baesong.topics import Topic, create_topics
from order_events import PartnerInbound

REQUESTS = 60


def requested(n: int) -> dict:
    lines = [{"line_id": "1", "sku": "MUG", "quantity": 2}, {"line_id": "2", "sku": "TEA", "quantity": 1}]
    work = {"name": f"#{n}-F1", "location_id": "KR-ICN", "lines": lines, "service": "standard"}
    return {"kind": "requested", "order_id": f"o{n}", "shipment_id": f"o{n}-F1", "work": work}


async def ask(platform: Platform, prefix: str, bodies: list[dict]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=platform.bootstrap, acks="all") as producer:
        sent = [
            await producer.send(f"{prefix}partner.swift.shipments", json.dumps(b).encode(), key=b["order_id"].encode())
            for b in bodies
        ]
        await asyncio.gather(*sent)


class Answers:
    """Reads everything said on the partner's inbound topic so far, and more as it comes."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self.consumer = consumer
        self.records: list = []

    async def until(self, enough, patience_s: float = 20) -> None:
        async with asyncio.timeout(patience_s):
            while not enough(self):
                polled = await self.consumer.getmany(timeout_ms=100)
                self.records += [record for batch in polled.values() for record in batch]

    def messages(self) -> list[dict]:
        return [json.loads(record.value) for record in self.records if record.value.startswith(b"{")]

    def settled(self) -> set[str]:
        return {m["shipment_id"] for m in self.messages() if m["kind"] in {"rejected", "cancellation_accepted"}} | {
            shipment for shipment, units in self.units().items() if units == 3
        }

    def units(self) -> Counter[str]:
        packages = {m["package_id"]: m for m in self.messages() if m["kind"] == "dispatched"}
        found: Counter[str] = Counter()
        for package in packages.values():
            found[package["shipment_id"]] += sum(line["quantity"] for line in package["lines"])
        return found


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Path]:
    """A folder with an owner: without one the partner takes it that the instance is gone, and leaves."""
    lock = claim(tmp_path)
    yield tmp_path
    lock.close()


@pytest.fixture
async def answers(platform: Platform, request: pytest.FixtureRequest):
    prefix = f"{request.node.name[:40]}-"
    topics = [Topic(f"partner.swift.{name}", 4, {}) for name in ("shipments", "inbound")]
    await create_topics(platform.bootstrap, topics, prefix)
    consumer = AIOKafkaConsumer(
        f"{prefix}partner.swift.inbound", bootstrap_servers=platform.bootstrap, auto_offset_reset="earliest"
    )
    async with consumer:
        found = Answers(consumer)
        found.prefix = prefix
        yield found


def partner(platform: Platform, prefix: str, folder: Path, behaviour: str) -> Child:
    where = ["--bootstrap", platform.bootstrap, "--prefix", prefix, "--behaviour", behaviour]
    files = ["--state", str(folder), "--folder", str(folder), "--evidence", str(folder / "partner.jsonl")]
    return Child([sys.executable, "-m", "baesong.partner", *where, *files], folder / "partner.log")


async def test_a_killed_partner_packs_nothing_twice_and_forgets_nothing(platform, answers, owned):
    first = partner(platform, answers.prefix, owned, "showing")
    try:
        await ask(platform, answers.prefix, [requested(n) for n in range(REQUESTS)])
        await answers.until(lambda a: len(a.messages()) > REQUESTS)
    finally:
        first.kill()
        await first.ended(5)
    second = partner(platform, answers.prefix, owned, "showing")
    try:
        # The very same requests come again, as after a crash of the fulfiller.
        await ask(platform, answers.prefix, [requested(n) for n in range(REQUESTS)])
        await answers.until(lambda a: len(a.settled()) == REQUESTS)
        await answers.until(lambda a: any(not r.value.startswith(b"{") for r in a.records))
    finally:
        await second.stop(10)
    assert second.exit_code == 0
    assert set(answers.units().values()) == {3}
    bodies = {(m["message_id"], json.dumps(m)) for m in answers.messages()}
    assert len(bodies) == len({m["message_id"] for m in answers.messages()})
    packages = list(listed(owned / "partner.jsonl"))
    assert {p["package_id"] for p in packages} == {
        m["package_id"] for m in answers.messages() if m["kind"] == "dispatched"
    }
    for message in answers.messages():
        PartnerInbound.model_validate_json(json.dumps(message), strict=True, extra="forbid")


async def test_a_cancel_meets_what_is_being_packed(platform, answers, owned):
    child = partner(platform, answers.prefix, owned, "showing")
    cancels = [
        {"kind": "cancellation_requested", "order_id": f"o{n}", "shipment_id": f"o{n}-F1"} for n in range(REQUESTS)
    ]
    try:
        await ask(platform, answers.prefix, [requested(n) for n in range(REQUESTS)])
        await ask(platform, answers.prefix, cancels)
        await answers.until(lambda a: len(a.settled()) == REQUESTS)
    finally:
        await child.stop(10)
    kinds = Counter(m["kind"] for m in answers.messages())
    assert kinds["cancellation_accepted"] > 5
    assert kinds["cancellation_rejected"] > 5
    released = {m["shipment_id"] for m in answers.messages() if m["kind"] == "cancellation_accepted"}
    assert not released & set(answers.units())


async def test_a_partner_as_fast_as_it_goes_answers_everything_and_commits_it(platform, answers, owned):
    child = partner(platform, answers.prefix, owned, "busy")
    many = 2000
    try:
        await ask(platform, answers.prefix, [requested(n) for n in range(many)])
        await answers.until(lambda a: len(a.settled()) == many)
        async with asyncio.timeout(20):
            while await committed(platform, f"{answers.prefix}partner-swift") < many:
                await asyncio.sleep(0.2)
    finally:
        await child.stop(10)
    assert await committed(platform, f"{answers.prefix}partner-swift") == many


async def committed(platform: Platform, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.bootstrap)
    await admin.start()
    try:
        return sum(found.offset for found in (await admin.list_consumer_group_offsets(group)).values())
    finally:
        await admin.close()


async def test_a_partner_leaves_when_nobody_owns_the_instance_any_more(platform, answers, tmp_path):
    lock = claim(tmp_path)
    child = partner(platform, answers.prefix, tmp_path, "busy")
    try:
        assert not await child.ended(1.5)
        lock.close()
        assert await child.ended(10)
    finally:
        child.kill()
    assert child.exit_code == 0
