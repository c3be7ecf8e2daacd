"""Microseconds of CPU an order costs each service, by hop: real handlers on `handle`, real PostgreSQL, no Kafka.

Run: .venv/bin/python benchmarks/hop.py [SERVICE ...] [--profile] [--orders N] [--batch N]

Real Olist orders, each hop reading what the hops before it said, from a log in memory; every place is the partner's,
which takes all and ships it whole. Python is this process's CPU inside `handle`, PostgreSQL that of all its processes;
medians of waves, the first one left out.
"""

import argparse
import cProfile
import importlib
import json
import os
import pstats
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import httpx
import psutil
import uvloop

from baesong.bench.answering import answers_to, record_of
from baesong.feed.archive import drafts_of, open_archive
from baesong.feed.checkouts import iso
from baesong.feed.sendings import sendings
from baesong.platform_only import Platform, running_platform
from baesong.stock_files import PARTNER, locations_in, stock_in
from service_runtime import Service
from service_runtime.clock import SystemClock
from service_runtime.decoding import Routes
from service_runtime.migrations import migrate
from service_runtime.ports import Outgoing
from service_runtime.postgres import PostgresStore, open_pool
from service_runtime.protocol import Progress, Protocol, handle
from service_runtime.reading import Partition, Place, Record
from service_runtime.service import settle_memory

OLIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "olist"
HOPS = (
    ("order_intake", "checkout.completed"),
    ("allocator", "order.placed"),
    ("fulfiller", "order.placed"),
    ("fulfiller", "allocation.decided"),
    ("notifier", "order.placed"),
    ("notifier", "allocation.decided"),
    ("fulfiller", "partner.swift.inbound"),
    ("allocator", "shipment.updated"),
    ("notifier", "shipment.updated"),
    ("order_intake", "shipment.updated"),
)
ASKED, ANSWERED = "partner.swift.shipments", "partner.swift.inbound"
KEY = {"Authorization": "Bearer key"}
PARTITIONS = frozenset(Partition(topic, 0) for _, topic in HOPS)


@dataclass
class Heap:
    """A log that keeps what is published, to be taken as records of the next hop."""

    rows: list[Outgoing] = field(default_factory=list)
    offsets: Counter[str] = field(default_factory=Counter)

    async def publish(self, rows: Sequence[Outgoing]) -> None:
        self.rows += rows

    def record(self, topic: str, key: bytes | None, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Record:
        offset = self.offsets[topic]
        self.offsets[topic] += 1
        return Record(Place(topic, 0, offset), key, value, tuple(headers), int(time.time() * 1000))

    def taken(self) -> dict[str, list[Record]]:
        records: dict[str, list[Record]] = defaultdict(list)
        for row in self.rows:
            records[row.topic].append(self.record(row.topic, row.key, row.payload, row.headers))
        self.rows = []
        return records


@dataclass
class Counted:
    """What the waves of one hop cost, per order, in microseconds; `statements` a wave."""

    python: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    profile: cProfile.Profile | None = None


@dataclass
class Member:
    """A service on its store."""

    protocol: Protocol
    http: httpx.AsyncClient
    pool: Any
    progress: Progress = field(default_factory=Progress)

    async def statements(self) -> int:
        """How many its one connection has run so far; asking adds one."""
        async with self.pool.acquire() as conn:
            return int(conn._con._protocol.queries_count)  # noqa: SLF001 - asyncpg shows it nowhere else


@asynccontextmanager
async def member(platform: Platform, name: str, log: Heap) -> AsyncIterator[Member]:
    dsn = await platform.database(name)
    await migrate(dsn, name)
    settings = importlib.import_module(f"{name}.settings").Settings(
        database_url=dsn, api_key="key", KAFKA_BOOTSTRAP_SERVERS=platform.bootstrap, BAESONG_INSTANCE_MARK="test",
        **({"mail": "off"} if name == "notifier" else {}),
    )  # fmt: skip
    service: Service = importlib.import_module(f"{name}.app").build(settings)
    pool = await open_pool(dsn, name, size=1)
    store = PostgresStore(pool)
    protocol = Protocol(service.name, Routes.of(service.handlers), service.locks, store, log, SystemClock())
    app = service.app()
    app.state.running = SimpleNamespace(settings=settings, protocol=protocol, store=store)  # all that requests reach
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}") as http:
        yield Member(protocol, http, pool)
    await pool.close()


async def loaded(allocator: Member) -> None:
    """Tell it locations, rates and stock."""
    places = locations_in(OLIST)
    theirs = [{**one, "kind": "partner", "partner_id": PARTNER} for one in places["locations"]]
    await _put(allocator, "/locations", {**places, "locations": theirs})
    for body in stock_in(OLIST):
        await _put(allocator, "/stock", body)


async def _put(allocator: Member, path: str, body: Any) -> None:
    answer = await allocator.http.put(path, json=body, headers=KEY)
    assert answer.status_code == 200, answer.text


def checkouts(log: Heap, count: int, size: int) -> Iterator[list[Record]]:
    """Batches of real orders that break no rule."""
    drafts = drafts_of(open_archive(OLIST), datetime.now(UTC) - timedelta(hours=1))
    sent = (one for one in sendings("hop", (draft for draft in drafts if not draft.wrong)) if one.expect == "placed")
    while batch := list(islice(sent, min(size, count))):
        count -= len(batch)
        yield [_checkout(log, one.source_id, one.ce_id, one.body) for one in batch]


def _checkout(log: Heap, source_id: str, ce_id: str, body: bytes) -> Record:
    headers = [("ce_id", ce_id.encode()), ("ce_type", b"checkout.completed")]
    return log.record("checkout.completed", source_id.encode(), body, headers)


def answered(log: Heap, asked: Sequence[Record]) -> list[Record]:
    """What the partner answers to its requests."""
    now = iso(datetime.now(UTC))
    said = (answer for one in asked for answer in answers_to(json.loads(one.value or b"{}"), now))
    rows = (record_of(answer, now.encode()) for answer in said)
    return [log.record(ANSWERED, row["key"], row["value"], row["headers"]) for row in rows]


class Server:
    """The CPU of PostgreSQL, by its processes."""

    def __init__(self) -> None:
        self._main = next(child for child in psutil.Process().children() if "postgres" in child.name())

    def used(self) -> dict[int, int]:
        """CPU of each of its processes so far, in nanoseconds; one that ends meanwhile is left out."""
        pids = [self._main.pid, *(child.pid for child in self._main.children())]
        return {pid: _nanoseconds(pid) for pid in pids}

    def since(self, before: Mapping[int, int]) -> float:
        """Seconds of CPU of all of them since then."""
        return sum(max(0, now - before.get(pid, 0)) for pid, now in self.used().items()) / 1e9


def _nanoseconds(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return 0


async def hop(one: Member, records: Sequence[Record], orders: int, server: Server, counted: Counted) -> None:
    """Handle one wave, in batches of at most as many records as there are orders, and note what it cost."""
    said, before, began = await one.statements(), server.used(), time.process_time()
    with counted.profile or nullcontext():
        for start in range(0, len(records), orders):
            await handle(one.protocol, records[start : start + orders], one.progress, PARTITIONS)
    counted.python.append((time.process_time() - began) / orders * 1e6)
    counted.postgres.append(server.since(before) / orders * 1e6)
    counted.statements.append(await one.statements() - said - 1)


async def run(count: int, batch: int, profiled: Sequence[str] = ()) -> dict[tuple[str, str], Counted]:
    """Let waves of orders through every hop."""
    log = Heap()
    costs = {name: Counted(profile=cProfile.Profile() if name[0] in profiled else None) for name in HOPS}
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(running_platform())
        names = dict.fromkeys(name for name, _ in HOPS)
        members = {name: await stack.enter_async_context(member(platform, name, log)) for name in names}
        await loaded(members["allocator"])
        log.taken()
        server = Server()
        settle_memory()
        for wave in checkouts(log, count, batch):
            topics: dict[str, list[Record]] = {"checkout.completed": wave}
            for name, topic in HOPS:
                if topic == ANSWERED:
                    topics[ANSWERED] = answered(log, topics[ASKED])
                await hop(members[name], topics[topic], len(wave), server, costs[name, topic])
                topics |= log.taken()
    return costs


def told(costs: Mapping[tuple[str, str], Counted]) -> None:
    """A line per hop and service, profiles if there are, and the sums as JSON in the last line."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (name, topic), one in costs.items():
        python, postgres = median(one.python[1:]), median(one.postgres[1:])
        print(f"{name:13} {topic:21} {python:6.1f} Python {postgres:6.1f} PostgreSQL {one.statements[-1]:3} statements")
        sums[name] = [sums[name][0] + python, sums[name][1] + postgres]
    for (name, topic), one in costs.items():
        if one.profile:
            print(f"== {name} {topic}")
            pstats.Stats(one.profile).sort_stats("tottime").print_stats(35)
    for name, (python, postgres) in sums.items():
        print(f"{name:13} {'':21} {python:6.1f} Python {postgres:6.1f} PostgreSQL")
    total = [round(sum(column), 1) for column in zip(*sums.values(), strict=True)]
    rounded = {name: [round(us, 1) for us in both] for name, both in sums.items()}
    print(json.dumps({"us_per_order": rounded, "python": total[0], "postgres": total[1], "load": os.getloadavg()[0]}))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("services", nargs="*", help="the profiled ones; all, if none is named")
    asked.add_argument("--profile", action="store_true")
    asked.add_argument("--orders", type=int, default=4000)
    asked.add_argument("--batch", type=int, default=500)
    args = asked.parse_args()
    if not OLIST.exists():
        print(f"skipped: {OLIST} is not there")
        return
    profiled = (args.services or [name for name, _ in HOPS]) if args.profile else ()
    told(uvloop.run(run(args.orders, args.batch, profiled)))


if __name__ == "__main__":
    main()
