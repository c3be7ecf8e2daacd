"""What came in is kept for thirty days, in parts of a day that are dropped whole."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from baesong.platform_only import Platform
from order_intake.app import build
from order_intake.settings import Settings
from service_runtime.migrations import migrate
from service_runtime.retention import SQL, sweep


@pytest.fixture
async def conn(platform: Platform) -> Any:
    dsn = await platform.database(f"raw_{uuid4().hex[:8]}")
    await migrate(dsn, "order_intake")
    conn = await asyncpg.connect(dsn)
    yield conn
    await conn.close()


def kept() -> Any:
    settings = Settings(database_url="x", api_key="k", KAFKA_BOOTSTRAP_SERVERS="none")  # type: ignore[call-arg]
    return build(settings).by_days


async def noon(conn: Any) -> datetime:
    """Of the day on which the database was made: another one begins while tests run."""
    first = min(await parts(conn))
    return datetime(first.year, first.month, first.day, 12, tzinfo=UTC)


async def put(conn: Any, at: datetime) -> None:
    await conn.execute("INSERT INTO raw_batch VALUES ($1, 'o', 'o', 'packed')", at)


async def parts(conn: Any) -> set[date]:
    return {row["day"] for row in await conn.fetch(SQL.parts, "raw_batch")}


async def there(conn: Any) -> int:
    return await conn.fetchval("SELECT count(*) FROM raw_batch")


async def test_a_day_has_its_part_before_it_begins_and_loses_it_after_thirty(conn: Any) -> None:
    now = await noon(conn)
    today = now.date()
    assert abs(today - datetime.now(UTC).date()) <= timedelta(days=1)
    assert await parts(conn) == {today + timedelta(days=n) for n in range(3)}
    await put(conn, now)
    await sweep(conn, now + timedelta(days=30), by_days=kept())
    assert (today in await parts(conn), await there(conn)) == (True, 1)
    done = await sweep(conn, now + timedelta(days=31), by_days=kept())
    assert (today in await parts(conn), await there(conn)) == (False, 0)
    assert done["raw_batch_parts_dropped"] == 1


async def test_a_day_that_began_without_a_part_goes_all_the_same(conn: Any) -> None:
    now = await noon(conn)
    late = now + timedelta(days=20)
    await put(conn, late)
    await sweep(conn, late, by_days=kept())
    assert late.date() not in await parts(conn)
    assert late.date() + timedelta(days=1) in await parts(conn)
    assert await there(conn) == 1
    assert (await sweep(conn, late + timedelta(days=31), by_days=kept()))["raw_batch_deleted"] == 1
    assert await there(conn) == 0


async def test_parts_are_dropped_not_vacuumed(conn: Any) -> None:
    now = await noon(conn)
    options = "SELECT reloptions FROM pg_class WHERE oid = $1::text::regclass"
    assert await conn.fetchval(options, f"raw_batch_{now:%Y%m%d}") == ["autovacuum_enabled=false"]
