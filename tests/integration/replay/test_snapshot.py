"""A snapshot says each open thing again as it stands, byte for byte, wherever its event is kept; readers change nothing."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from tests.integration.fulfiller.conftest import a_message, a_package, decided, place
from tests.integration.fulfiller.conftest import placed as order_placed
from tests.unit.intake.checkouts import checkout, line

import fulfiller.app
import fulfiller.settings
import order_intake.app
import order_intake.settings
from baesong.platform_only import Platform
from order_events import Cause, Event
from running_services import Raw, eventually, read_all, running, said, send, topics
from service_runtime import Service
from service_runtime.archive import Archive, due, seal
from service_runtime.operating import By
from service_runtime.past import Past
from service_runtime.replay.republishing import Order
from service_runtime.replay.snapshot import snapshot

TOPICS = (
    "checkout.completed", "checkout.answered", "order.placed", "order.changed", "allocation.decided",
    "shipment.created", "shipment.updated", "partner.swift.inbound", "partner.swift.shipments",
)  # fmt: skip
STATE = {
    "intake": ("orders", "shipment", "refused", "shop_counter"),
    "fulfiller": ("orders", "decision", "shipment", "package", "partner_message", "refused"),
}


@dataclass
class Two:
    """Order-intake and the fulfiller, running; the test stands for the allocator and the partner."""

    platform: Platform
    prefix: str
    services: Mapping[str, Service]
    https: Mapping[str, httpx.AsyncClient]
    dbs: Mapping[str, "asyncpg.Pool[asyncpg.Record]"]

    async def order(self, source_id: str) -> str:
        raw = checkout(source_id=source_id, lines=[line(quantity=2)])
        return str((await self.https["intake"].post("/orders", content=raw)).json()["order_id"])

    async def hears(self, *rows: Raw) -> None:
        await send(self.platform, self.prefix, rows)

    async def shipment(self, order_id: str, **wanted: Any) -> bool:
        answer = await self.https["fulfiller"].get(f"/orders/{order_id}")
        return answer.status_code == 200 and any(wanted.items() <= one.items() for one in answer.json()["shipments"])

    async def records(self, *names: str) -> list[tuple[Any, ...]]:
        found = [one for name in names for one in await read_all(self.platform, self.prefix + name)]
        return sorted((one.topic, one.key, one.value, tuple(one.headers)) for one in found)

    async def state(self, reader: str) -> dict[str, list[tuple[Any, ...]]]:
        db = self.dbs[reader]
        return {t: sorted(map(repr, await db.fetch(f"SELECT * FROM {t}"))) for t in STATE[reader]}  # type: ignore[misc]

    async def snapshot(
        self, name: str, job: str = "snap-1", archive: Path | None = None
    ) -> tuple[Mapping[str, int], list[str]]:
        service = self.services[name]
        settings = service.settings.model_copy(update={"archive": archive})
        order = Order(job, "snapshot", By("ada", "a new reader"))
        counts, missing = await snapshot(service.name, settings, service.open, order)
        return counts, list(missing)

    async def quiet(self) -> None:
        """Every reader has read to the end of what there is."""
        async with Past(self.platform.bootstrap, self.prefix) as past:
            for service in self.services.values():
                ends = await past.ends(await past.parts(service.own_topics))
                await eventually(lambda service=service, ends=ends: self._read(past, service, ends))

    async def _read(self, past: Past, service: Service, ends: Any) -> bool:
        read = await past.committed(service.name, list(ends))
        return all(read.get(part, 0) >= end for part, end in ends.items())


@pytest.fixture
async def two(platform: Platform) -> AsyncIterator[Two]:
    prefix = f"s{uuid4().hex[:8]}-"
    await topics(platform, prefix, TOPICS)
    services, https, dbs = {}, {}, {}
    async with AsyncExitStack() as stack:
        for name, (module, settings) in {
            "intake": (order_intake.app, order_intake.settings.Settings),
            "fulfiller": (fulfiller.app, fulfiller.settings.Settings),
        }.items():
            dsn = await platform.database(f"{name}_{prefix[:-1]}")
            told: dict[str, Any] = {"KAFKA_BOOTSTRAP_SERVERS": platform.bootstrap, "BAESONG_TOPIC_PREFIX": prefix}
            service = module.build(settings(database_url=dsn, api_key="key", BAESONG_INSTANCE_MARK="test", **told))
            app = service.app()
            app.state.running = await stack.enter_async_context(running(service))
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://it", headers={"Authorization": "Bearer key"}
            )
            services[name], https[name] = service, await stack.enter_async_context(client)
            dbs[name] = await stack.enter_async_context(asyncpg.create_pool(dsn, min_size=1, max_size=2))
        yield Two(platform, prefix, services, https, dbs)


def versions(records: list[tuple[Any, ...]]) -> list[tuple[bytes, bytes]]:
    return sorted((dict(one[3])["ce_subject"], dict(one[3])["x-aggregate-version"]) for one in records)


async def one_open_one_sent_one_cancelled(two: Two) -> tuple[str, str, str]:
    waiting, sent, cancelled = [await two.order(f"{name}-{two.prefix}") for name in ("waiting", "sent", "cancelled")]
    await two.https["intake"].post(f"/orders/{cancelled}/cancel", json={"reason": "customer"})
    for order_id in (waiting, sent):
        await two.hears(said(decided(order_id, place("hub", 2, "swift")), 1, f"decided {order_id}"))
        await eventually(lambda order_id=order_id: two.shipment(order_id, request_status="submitted"))
    await two.hears(
        ("partner.swift.inbound", b"k", a_package(f"{sent}-F1", 2), [("ce_id", b"m1")]),
        ("partner.swift.inbound", b"k", a_message(f"{waiting}-F1", "accepted"), [("ce_id", b"m2")]),
    )
    await eventually(lambda: two.shipment(sent, status="closed"))
    await eventually(lambda: two.shipment(waiting, request_status="accepted"))
    await two.quiet()
    return waiting, sent, cancelled


async def test_what_is_open_is_said_once_more_as_it_stands_and_readers_change_nothing(two: Two) -> None:
    waiting, _, _ = await one_open_one_sent_one_cancelled(two)
    before = {reader: await two.state(reader) for reader in STATE}
    orders, shipments = ("order.placed", "order.changed"), ("shipment.created", "shipment.updated")
    placed, moved, everything = [await two.records(*t) for t in (orders, shipments, TOPICS)]

    assert await two.snapshot("intake") == ({"open": 1, "republished": 1, "before": 0}, [])
    assert await two.snapshot("fulfiller") == ({"open": 1, "republished": 1, "before": 0}, [])
    again = list(await two.records(*orders, *shipments))
    for one in (*placed, *moved):
        again.remove(one)
    assert versions(again) == [(f"order/{waiting}".encode(), b"1"), (f"shipment/{waiting}-F1".encode(), b"2")]
    assert all(one in [*placed, *moved] for one in again)
    assert await two.snapshot("intake") == ({"open": 1, "republished": 0, "before": 1}, [])

    await two.quiet()
    assert {reader: await two.state(reader) for reader in STATE} == before
    assert await two.records(*TOPICS) == sorted([*everything, *again])


async def test_a_reader_whose_inbox_knows_nothing_of_it_changes_nothing_either(two: Two) -> None:
    """Ids older than the inbox keeps pass it by, and an inbox may be new: then the version decides alone."""
    old = datetime.now(UTC) - timedelta(days=50)
    await two.hears(_old(order_placed("ancient"), old), _old(decided("ancient", place("hub", 2, "swift")), old))
    await eventually(lambda: two.shipment("ancient", request_status="submitted"))
    await one_open_one_sent_one_cancelled(two)
    before = {reader: await two.state(reader) for reader in STATE}
    everything = await two.records(*TOPICS)
    for db in two.dbs.values():
        await db.execute("TRUNCATE inbox")
    assert (await two.snapshot("fulfiller"))[0]["republished"] == 2
    assert (await two.snapshot("intake"))[0]["republished"] == 1
    await two.hears(_old(order_placed("ancient"), old), _old(decided("ancient", place("hub", 2, "swift")), old))
    await two.quiet()
    assert {reader: await two.state(reader) for reader in STATE} == before
    assert len(await two.records(*TOPICS)) == len(everything) + 2 + 1 + 2


def _old(body: Any, at: datetime) -> Raw:
    event = Event(body, 1, Cause(f"old {body.key}", at))
    return event.destination, body.key.encode(), body.__pydantic_serializer__.to_json(body), event.headers("test", at)


async def test_what_no_outbox_holds_comes_from_the_topic_then_from_the_archive_else_it_is_named(
    two: Two, tmp_path: Path
) -> None:
    waiting, _, _ = await one_open_one_sent_one_cancelled(two)
    [before] = [one for one in await two.records("order.placed") if one[1] == waiting.encode()]
    await two.dbs["intake"].execute("TRUNCATE outbox, outbox_batch")
    assert (await two.snapshot("intake", "from-topic"))[0]["republished"] == 1

    archive = Archive(tmp_path)
    async with Past(two.platform.bootstrap, two.prefix) as past:
        for one in await due(past, archive, datetime.now(UTC) + timedelta(days=2)):
            assert [day async for day in seal(past, archive, one, lambda *_: None)]
        ends = await past.ends(await past.parts(["order.*"]))
    admin = AIOKafkaAdminClient(bootstrap_servers=two.platform.bootstrap)
    await admin.start()
    await admin.delete_records(
        {TopicPartition(two.prefix + part.topic, part.partition): RecordsToDelete(end) for part, end in ends.items()}
    )
    await admin.close()
    await two.dbs["intake"].execute("TRUNCATE outbox, outbox_batch")
    assert (await two.snapshot("intake", "from-archive", tmp_path))[0]["republished"] == 1
    assert await two.records("order.placed") == [before]

    await two.dbs["intake"].execute("UPDATE orders SET version = 7 WHERE order_id = $1", waiting)
    counts, missing = await two.snapshot("intake", "from-nowhere", tmp_path)
    assert counts["republished"] == 0
    assert missing == [
        f"order/{waiting}: version 7 is in no outbox, topic or archive of order.placed and order.changed"
    ]
    rows = await two.dbs["intake"].fetch("SELECT item, outcome FROM replay_result WHERE replay_id = 'from-nowhere'")
    assert [tuple(row) for row in rows] == [(f"order/{waiting}", "missing")]
