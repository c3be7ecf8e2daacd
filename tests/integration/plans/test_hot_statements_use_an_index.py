"""What runs with every batch finds its rows by an index, however much the tables have grown."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tests.integration.plans.hot import EVERY_BATCH, RARE

from baesong.platform_only import Platform
from order_events.ids import event_id
from pipeline import SERVICES
from service_runtime import Queries
from service_runtime.migrations import migrate
from service_runtime.postgres import SESSION

NOW = datetime.now(UTC)
LOADS = dict(
    re.findall(
        r"^-- (\w+) --\n(.*?)(?=^-- |\Z)", Path(__file__).with_name("loaded.sql").read_text(), re.MULTILINE | re.DOTALL
    )
)
ROWS = 5000  # of each table that grows
MANY = 500  # a table with fewer rows may be read whole
KEYS = 5  # a small batch: for five hundred keys reading five thousand rows whole is no mistake
BLOCKS = {
    "service_runtime": Queries("service_runtime").blocks,
    "retention": Queries("service_runtime", "retention.sql").blocks,
    "replay": Queries("service_runtime", "replay.sql").blocks,
    "republish": Queries("service_runtime", "republish.sql").blocks,
    "rebuild": Queries("service_runtime", "rebuild.sql").blocks,
    **{service: Queries(service).blocks for service in SERVICES},
}
HOT = [(owner, name) for owner, names in EVERY_BATCH.items() for name in sorted(names)]
# One value of each type that a statement takes; those that name a row name one that is there.
VALUES: dict[str, Any] = {
    "text": "k7", "uuid": UUID(int=7), "int4": 7, "int8": 7, "bool": True, "jsonb": "{}", "json": "{}", "bytea": b"h", "float8": 0.5,
    "timestamptz": NOW - timedelta(days=40), "interval": timedelta(seconds=30), "date": date(2026, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize("owner", BLOCKS)
def test_every_block_runs_with_every_batch_or_is_rare_for_a_reason(owner: str) -> None:
    hot, rare = EVERY_BATCH[owner], RARE[owner]
    assert hot.isdisjoint(rare)
    assert hot | rare.keys() == BLOCKS[owner].keys()
    assert all(rare.values())


@pytest.fixture(scope="module")
async def databases(platform: Platform) -> AsyncIterator[dict[str, "asyncpg.Connection[asyncpg.Record]"]]:
    conns = {}
    for service in SERVICES:
        dsn = await platform.database(f"plans_{service}_{uuid4().hex[:6]}")
        await migrate(dsn, service)
        conns[service] = await asyncpg.connect(dsn, server_settings=SESSION)
        await _without_autovacuum(conns[service])
        await conns[service].execute(LOADS["runtime"] + LOADS[service])
    yield conns
    for conn in conns.values():
        await conn.close()


async def _without_autovacuum(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Nobody counts the rows behind the back of the test that plans without having counted them."""
    tables = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    for row in await conn.fetch(tables):
        await conn.execute(f"ALTER TABLE {row[0]} SET (autovacuum_enabled = off)")


@pytest.mark.parametrize(("owner", "name"), HOT, ids=[f"{owner}.{name}" for owner, name in HOT])
@pytest.mark.parametrize("counted", [False, True], ids=["just loaded", "analysed"])  # the slower to vary
async def test_a_hot_statement_uses_an_index(databases: dict[str, Any], owner: str, name: str, counted: bool) -> None:
    conn = databases.get(owner, databases["order_intake"])  # the runtime's tables are the same in each
    assert await _is_analysed(conn, counted)
    whole = set(read_whole(await plan(conn, BLOCKS[owner][name])))
    assert not [table for table in whole if await conn.fetchval(f"SELECT count(*) FROM {table}") > MANY]


async def _is_analysed(conn: "asyncpg.Connection[asyncpg.Record]", wanted: bool) -> bool:
    known = "SELECT EXISTS (SELECT FROM pg_stats WHERE schemaname = 'public' AND tablename <> 'schema_migrations')"
    if wanted and not await conn.fetchval(known):
        await conn.execute("ANALYZE")
    return bool(await conn.fetchval(known)) == wanted


async def plan(conn: "asyncpg.Connection[asyncpg.Record]", sql: str) -> dict[str, Any]:
    statement = await conn.prepare(sql)
    arguments = [value_of(parameter.name) for parameter in statement.get_parameters()]
    explained = await conn.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *arguments)
    found: dict[str, Any] = json.loads(explained)[0]["Plan"]
    return found


def value_of(type_: str) -> Any:
    """A value of a type, or several of them."""
    if type_ == "uuid[]":
        return [str(event_id(str(n), NOW - timedelta(minutes=n), "t", "s", 1)) for n in range(KEYS)]
    if type_ == "text[]":
        return [f"k{n}" for n in range(1, KEYS + 1)]
    one = type_.removesuffix("[]")
    return [VALUES[one]] * KEYS if type_ != one else VALUES[one]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inside in plan.get("Plans", ()):
        yield from nodes(inside)


def read_whole(plan: dict[str, Any]) -> Iterator[str]:
    """The tables of which a plan reads every row, also through an index that it only walks along."""
    for node in nodes(plan):
        walks = "Index" in node["Node Type"] and "Index Cond" not in node
        if "Relation Name" in node and (walks or node["Node Type"] == "Seq Scan"):
            yield node["Relation Name"]


async def test_a_statement_without_an_index_is_caught(databases: dict[str, Any]) -> None:
    conn = databases["order_intake"]
    by_reason = await plan(conn, "SELECT 1 FROM blocked WHERE reason = $1::text")
    assert list(read_whole(by_reason)) == ["blocked"]
    in_order = await plan(conn, "SELECT 1 FROM orders WHERE document = $1::text ORDER BY order_id")
    assert list(read_whole(in_order)) == ["orders"]


async def test_only_the_days_of_the_ids_are_looked_into(databases: dict[str, Any]) -> None:
    """48 parts cost nothing because all but one or two of them are passed over."""
    found = await plan(databases["order_intake"], BLOCKS["service_runtime"]["first_sights"])
    assert 1 <= len({node["Relation Name"] for node in nodes(found) if "Relation Name" in node}) <= 2


async def test_every_table_that_grows_is_loaded(databases: dict[str, Any]) -> None:
    small = {"progress", "brake", "rebuild", "shop_counter", "location", "network", "schema_migrations"}
    small |= {"shop", "shop_secret", "shop_key", "shop_registry"}
    sql = (
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace"
    )
    for service, conn in databases.items():
        for row in await conn.fetch(sql):
            if row["relname"] not in small:
                assert await conn.fetchval(f"SELECT count(*) FROM {row['relname']}") >= ROWS, (service, row["relname"])
