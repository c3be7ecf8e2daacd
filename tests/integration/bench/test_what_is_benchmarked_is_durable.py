"""No figure comes from being careless: what the running system was told, asked of the running system."""

import secrets
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from rich.console import Console

from baesong.bench.drain import Backlog, drain
from baesong.bench.machine import running_settings
from baesong.bench.orders import catalogue
from baesong.bench.pipeline import SPEC, ground_of, stocked
from baesong.bench.showing import shown
from baesong.databases import connect
from baesong.kafka import SETTINGS as KAFKA_SETTINGS
from baesong.running import Instance, running
from service_runtime.kafka import producer_of
from service_runtime.packing import unpacked_rows
from service_runtime.postgres import open_pool

ORDERS = 120
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
READ_BY = {
    "order_intake": ["checkout.completed", "shipment.updated"],
    "allocator": ["order.placed", "order.changed", "shipment.updated"],
    "fulfiller": ["order.placed", "order.changed", "allocation.decided"],
    "notifier": ["order.placed", "order.changed", "allocation.decided", "shipment.updated"],
}


@pytest.fixture(scope="module")
async def drained(tmp_path_factory: pytest.TempPathFactory):
    """The instance of a benchmark, with a backlog drained."""
    folder = tmp_path_factory.mktemp("world")
    fed = catalogue(folder, data=Path("no real orders"))
    with shown(Console(stderr=True, quiet=True)) as show:
        async with running(SPEC) as instance:
            await stocked(instance.connection, fed, ORDERS, show)
            backlog = Backlog(fed, secrets.token_hex(6), ORDERS - 20, 20)
            yield instance, await drain(ground_of(instance, SPEC), backlog, show)


async def test_postgres_loses_nothing_that_was_committed(drained):
    instance, _ = drained
    for service, dsn in instance.connection.dsns.items():
        pool = await open_pool(dsn, service)  # as the service itself connects
        async with pool.acquire() as conn:
            assert DURABLE.items() <= (await running_settings(conn)).items(), service
        await pool.close()


async def test_no_role_or_database_is_told_otherwise(drained):
    instance, _ = drained
    conn = await connect(instance.admin_dsn)
    told = await conn.fetch("select unnest(setconfig) as setting from pg_db_role_setting")
    await conn.close()
    assert not [row for row in told if row["setting"].split("=")[0] in DURABLE]


async def test_no_table_of_a_service_is_unlogged(drained):
    instance, _ = drained
    for dsn in instance.connection.dsns.values():
        conn = await connect(dsn)
        unlogged = await conn.fetch("select relname from pg_class where relpersistence = 'u'")
        await conn.close()
        assert unlogged == []


async def test_the_services_producer_waits_for_all_and_is_idempotent(drained):
    instance, _ = drained
    producer = producer_of(instance.bootstrap, "asked")()
    await producer.start()
    try:
        assert producer._sender._acks == -1
        assert producer._txn_manager is not None
        assert producer._txn_manager.has_pid()
    finally:
        await producer.stop()


async def test_the_broker_keeps_kafkas_own_defaults_of_durability(drained):
    instance, _ = drained
    assert not [line for line in KAFKA_SETTINGS.splitlines() if line.startswith(("log.flush", "unclean"))]
    admin = AIOKafkaAdminClient(bootstrap_servers=instance.bootstrap)
    await admin.start()
    try:
        topic = ConfigResource(ConfigResourceType.TOPIC, instance.connection.topic("order.placed"))
        [answer] = await admin.describe_configs([topic])
        settings = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    finally:
        await admin.close()
    assert settings["unclean.leader.election.enable"] == "false"
    assert settings["retention.ms"] == str(30 * 86_400_000)


async def test_every_record_that_changes_something_stands_in_an_inbox_and_every_record_said_in_an_outbox(drained):
    instance, _ = drained
    said = await outboxes(instance)
    for service, topics in READ_BY.items():
        wanted = sum(ORDERS if topic == "checkout.completed" else said.get(topic, 0) for topic in topics)
        assert await inbox(instance, service) == wanted, service
    assert said["order.placed"] == ORDERS
    assert said["shipment.created"] > 0


async def outboxes(instance: Instance) -> Counter[str]:
    found: Counter[str] = Counter()
    for dsn in instance.connection.dsns.values():
        for batch in await rows(dsn, "select rows from outbox_batch"):
            found += Counter(row.topic for row in unpacked_rows(batch["rows"]))
    return found


async def inbox(instance: Instance, service: str) -> int:
    count = "select (select count(*) from inbox) + (select count(*) from inbox_outside) as n"
    [row] = await rows(instance.connection.dsns[service], count)
    return int(row["n"])


async def rows(dsn: str, query: str) -> list[Any]:
    conn: asyncpg.Connection[asyncpg.Record] = await connect(dsn)
    try:
        return list(await conn.fetch(query))
    finally:
        await conn.close()
