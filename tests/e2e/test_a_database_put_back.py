"""Services' databases are put back to copies made while orders flowed; they are recovered, go on, and the books balance.

In CI all four at once, each mended from the topics alone; in `make prove` also each by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from baesong.api import load_stock
from baesong.demo.run import Wish, clear, outsiders, until_done
from baesong.demo.watch import Watch
from baesong.errors import BaesongError
from baesong.feed.evidence import FEEDER, EvidenceList, evidence_folder
from baesong.feed.feeder import Feeder
from baesong.feed.generated import drafts_of_generated
from baesong.feed.sendings import Sending, sendings
from baesong.feed.world import write_stock
from baesong.instance import InstanceSpec
from baesong.partner.parts import outside_folder
from baesong.platform_only import Platform
from baesong.recovering import recovered
from baesong.running import Instance, running
from baesong.services import SERVICES
from baesong.verify import verify, view_of
from put_back import copied, put_back
from sizes import PROVE, size

ORDERS = size(30, 450)  # in each of three waves: before the copy, after it, and while the service is away
RATE = size(30, 60)
TOGETHER = [*([[one] for one in SERVICES] if PROVE else []), SERVICES]
T = TypeVar("T")


@pytest.fixture(scope="module")
async def instance(platform: Platform) -> AsyncIterator[Instance]:
    """On the Kafka and PostgreSQL of this run, which spares it its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BAESONG_TEST_KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap)
        patch.setenv("BAESONG_TEST_DATABASE_URL", platform.admin_dsn)
        async with _peopled() as instance:
            yield instance


@asynccontextmanager
async def _peopled() -> AsyncIterator[Instance]:
    async with running(InstanceSpec()) as instance:
        connection = instance.connection
        clear(connection.state)
        stock = write_stock(outside_folder(connection.state) / "world")
        await load_stock(connection, stock, lambda _, __: None)
        parts = outsiders(connection, Wish(), stock)
        for part in parts:
            instance.supervisor.add(part)
        await instance.supervisor.start([part.name for part in parts])
        yield instance


def some_orders(run: str) -> list[Sending]:
    """All through Kafka: what was answered to a request is in no topic, and no later request is answered by it."""
    drafts = drafts_of_generated(datetime.now(UTC))[:ORDERS]
    renamed = [
        replace(one, door="kafka", body=one.body | {"source_id": f"{run}-{one.body['source_id']}"}) for one in drafts
    ]
    return list(sendings(run, renamed))


async def fed(instance: Instance, run: str) -> None:
    evidence = EvidenceList(evidence_folder(instance.connection.state) / FEEDER)
    await Feeder(instance.connection, evidence, RATE).feed(some_orders(run))
    evidence.close()


async def refuses_to_start(instance: Instance, service: str) -> None:
    """It ends at its start or soon after, and its log says what to do."""
    part = instance.supervisor.part(service)
    before = len(part.log.read_bytes())
    with suppress(BaesongError):
        await instance.start(service)
    async with asyncio.timeout(60):
        while part.alive():
            await asyncio.sleep(0.1)
    await instance.stop(service)
    said = part.log.read_bytes()[before:].decode()
    assert f"baesong recover {service.replace('_', '-')}" in said
    assert "it was put back" in said


async def has_read(watch: Watch) -> None:
    """Every group is at the end of what was said, at some moment."""
    await asyncio.sleep(1)
    async with asyncio.timeout(60):
        while watch.behind():
            await asyncio.sleep(0.2)


async def each(services: Sequence[str], what: Callable[[str], Coroutine[Any, Any, T]]) -> list[T]:
    return await asyncio.gather(*(what(service) for service in services))


@pytest.mark.parametrize("services", TOGETHER, ids=" ".join)
async def test_nothing_is_lost_and_nothing_done_twice(instance: Instance, services: Sequence[str]) -> None:
    connection, run = instance.connection, services[0] + str(len(services))

    async def copy(service: str) -> str:
        await instance.stop(service)
        name = await copied(connection.admin_dsn, connection.dsns[service])
        await instance.start(service)
        return name

    async with Watch(connection).following() as watch:
        await fed(instance, f"{run}-1")
        copies = await each(services, copy)
        await fed(instance, f"{run}-2")
        await has_read(watch)
        await each(services, instance.stop)
        for service, name in zip(services, copies, strict=True):
            await put_back(connection.admin_dsn, connection.dsns[service], name)
        feeding = asyncio.create_task(fed(instance, f"{run}-3"))
        await each(services, lambda service: refuses_to_start(instance, service))
        counts = await each(services, lambda service: recovered(connection, service))
        await each(services, instance.start)
        await feeding
        await until_done(watch)
        report = await verify(view_of(connection))
    assert all(one["rewound"] for one in counts)
    assert not report.waits
    assert {one.rule.name: one.breaks[:3] for one in report.outcomes if one.breaks} == {}
