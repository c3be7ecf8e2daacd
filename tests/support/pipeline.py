"""The four services over a log in memory and their real stores, read topic by topic in whatever order a test wants.

It is the protocol's own function that runs, on PostgreSQL; only Kafka is simulated, because here the test decides
which topic comes first.
"""

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import orjson

from baesong.platform_only import Platform
from order_events import PartnerAnswer, PartnerRequest
from service_runtime import Service
from service_runtime.acts import relay
from service_runtime.blocked import run_blocked
from service_runtime.clock import SystemClock
from service_runtime.decoding import Routes
from service_runtime.migrations import migrate
from service_runtime.postgres import PostgresStore, open_pool
from service_runtime.protocol import Progress, Protocol, handle, next_offsets
from service_runtime.reading import Partition
from service_runtime.running import Running
from service_runtime.simulation import MemoryLog

SERVICES = ("order_intake", "allocator", "fulfiller", "notifier")
KEY = {"Authorization": "Bearer key"}
PARTITIONS = 2
CRASHED = object()


@dataclass
class Member:
    """One service of the pipeline: how far it has read each topic, and its HTTP API."""

    service: Service
    running: Running
    http: httpx.AsyncClient
    offsets: dict[Partition, int] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    @property
    def topics(self) -> list[str]:
        """What it reads."""
        return [*self.service.own_topics, *self.service.outside_topics]

    async def read(self, topic: str, most: int = 500) -> int:
        """Read a topic wholly, as it is now, in batches; how many records that was."""
        log, done = self.running.protocol.log, 0
        assert isinstance(log, MemoryLog)
        for part in [part for part in sorted(log.records) if fnmatchcase(part.topic, topic)]:
            end = len(log.records[part])
            while (at := self.offsets.get(part, 0)) < end:
                records = log.read(part, at, min(most, end - at))
                await handle(self.running.protocol, records, self.progress, frozenset(log.records))
                self.offsets.update(next_offsets(records))
                done += len(records)
        return done


@dataclass
class Pipeline:
    """The services, and the log between them."""

    log: MemoryLog
    members: dict[str, Member]

    def member(self, name: str) -> Member:
        return self.members[name]

    async def settle(self, sequences: Mapping[str, Sequence[str]] | None = None, react: "React | None" = None) -> None:
        """Let every service read its topics, one wholly after the other in its sequence, until nothing is left."""
        for _ in range(60):
            read = 0
            for name, member in self.members.items():
                for topic in (sequences or {}).get(name, member.topics):
                    read += await member.read(topic)
                await self._loops(member)
            read += await react(self) if react else 0
            if not read:
                return
        raise AssertionError("the pipeline did not settle")

    async def _loops(self, member: Member) -> None:
        protocol = member.running.protocol
        for order_id in await protocol.store.due_orders(protocol.clock.now(), 100):
            await run_blocked(protocol, order_id)
        await relay(protocol)

    async def rows(self, name: str, sql: str, *values: Any) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.member(name).running.store.pool.fetch(sql, *values)
        return rows

    async def put(self, name: str, path: str, body: Any) -> None:
        answer = await self.member(name).http.put(path, json=body, headers=KEY)
        assert answer.status_code < 300, answer.text

    async def post(self, name: str, path: str, body: Any, key: str | None = None) -> httpx.Response:
        headers = KEY | ({"Idempotency-Key": key} if key else {})
        return await self.member(name).http.post(path, json=body, headers=headers)

    def tell(self, topic: str, key: str, body: Any, ce_id: str | None = None) -> None:
        """Put a record of the outside world into a topic."""
        headers = [("ce_id", (ce_id or str(uuid4())).encode()), ("ce_type", topic.encode())]
        self.log.append(topic, key.encode(), orjson.dumps(body), headers)

    def said(self, topic: str) -> list[dict[str, Any]]:
        """The bodies in a topic."""
        return [orjson.loads(record.value or b"") for record in self.log.of(topic)]


React = Callable[[Pipeline], Awaitable[int]]


@asynccontextmanager
async def pipeline(platform: Platform, dsns: Mapping[str, str]) -> AsyncIterator[Pipeline]:
    """The services of these databases, over an empty log."""
    log, members = MemoryLog(PARTITIONS, began=datetime.now(UTC)), {}
    for name, dsn in dsns.items():
        members[name] = await _member(platform, name, dsn, log)
    try:
        yield Pipeline(log, members)
    finally:
        for member in members.values():
            await member.http.aclose()
            await member.running.store.pool.close()


async def migrated(platform: Platform, prefix: str) -> dict[str, str]:
    """A fresh migrated database for each service."""
    dsns = {name: await platform.database(f"{prefix}_{name}") for name in SERVICES}
    for name, dsn in dsns.items():
        await migrate(dsn, name)
    return dsns


async def copied(platform: Platform, dsns: Mapping[str, str]) -> dict[str, str]:
    """The same databases, new, as they were when migrated."""
    copies = {}
    admin = await asyncpg.connect(platform.admin_dsn)
    for name, dsn in dsns.items():
        template = urlsplit(dsn).path[1:]
        copy = f"{template}_{uuid4().hex[:6]}"
        await admin.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{template}" STRATEGY wal_log')
        copies[name] = dsn.replace(f"/{template}", f"/{copy}")
    await admin.close()
    return copies


async def _member(platform: Platform, name: str, dsn: str, log: MemoryLog) -> Member:
    service = built(name, platform.bootstrap, dsn)
    pool = await open_pool(dsn, name)
    store = PostgresStore(pool)
    protocol = Protocol(service.name, Routes.of(service.handlers), service.locks, store, log, SystemClock())
    running = Running(service.name, service.settings, protocol, store, None, None, None, [], None)  # type: ignore[arg-type]
    app = service.app()
    app.state.running = running
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")
    return Member(service, running, client)


def built(name: str, bootstrap: str, dsn: str) -> Service:
    """A service's own `app.build`, on a test's settings."""
    settings = importlib.import_module(f"{name}.settings").Settings(
        database_url=dsn, api_key="key", KAFKA_BOOTSTRAP_SERVERS=bootstrap, BAESONG_INSTANCE_MARK="test"
    )
    service: Service = importlib.import_module(f"{name}.app").build(settings)
    return service


class Partner:
    """A partner that answers at once, as its script says; the rest it accepts and dispatches whole."""

    def __init__(self, partner_id: str, rejects: Callable[[dict[str, Any]], bool] = lambda _: False) -> None:
        self.topic = f"partner.{partner_id}"
        self.rejects = rejects
        self.lets_go = True
        self.dispatches = True
        self.read = 0
        self.messages = 0

    async def __call__(self, pipe: Pipeline) -> int:
        asked = pipe.said(f"{self.topic}.shipments")
        for request in asked[self.read :]:
            self._answer(pipe, request)
        answered, self.read = len(asked) - self.read, len(asked)
        return answered

    def _answer(self, pipe: Pipeline, request: dict[str, Any]) -> None:
        if request["kind"] == PartnerRequest.CANCELLATION_REQUESTED:
            kind = PartnerAnswer.CANCELLATION_ACCEPTED if self.lets_go else PartnerAnswer.CANCELLATION_REJECTED
            self.say(pipe, request["shipment_id"], kind.value)
        if request["kind"] != PartnerRequest.REQUESTED:
            return
        if self.rejects(request):
            self.say(pipe, request["shipment_id"], "rejected", reason="inventory_out_of_stock")
            return
        self.say(pipe, request["shipment_id"], "accepted")
        if self.dispatches:
            self.dispatch(pipe, request)

    def dispatch(self, pipe: Pipeline, request: dict[str, Any]) -> None:
        lines = request["work"]["lines"]
        shipment_id = request["shipment_id"]
        self.say(pipe, shipment_id, "dispatched", package_id="P1", carrier="UPS", number="1Z999", lines=lines)

    def say(self, pipe: Pipeline, shipment_id: str, kind: str, **more: Any) -> None:
        self.messages += 1
        body = {
            "message_id": f"m-{self.messages}",
            "shipment_id": shipment_id,
            "kind": kind,
            "happened_at": datetime.now(UTC).isoformat(),
            **more,
        }
        pipe.tell(f"{self.topic}.inbound", shipment_id, body, ce_id=body["message_id"])
