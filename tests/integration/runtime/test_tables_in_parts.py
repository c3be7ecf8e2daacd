"""The migration that puts inbox and outbox into parts: rows are kept, there and back."""

import asyncio
import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from tests.integration.runtime.old_and_new import INBOX, NOW, days, id_at, opened

from baesong.platform_only import Platform
from service_runtime import migrations
from service_runtime.migrations import migrate

RUNTIME = migrations.migration_folders("toy")[0]
SAY = "INSERT INTO outbox (cause, n, event_id, topic, key, headers, payload, created_at) VALUES ($1, 0, 'e', 't', 'k', '[]', $2, $3)"
AGES = (90, 44, 31, 12, 1, 0, -1, -5)


async def dbmate(dsn: str, folder: Path, verb: str) -> None:
    argv = [migrations._dbmate(), "--url", migrations._with_ssl_mode(dsn), "--migrations-dir", str(folder)]
    process = await asyncio.create_subprocess_exec(*argv, "--no-dump-schema", verb)
    assert await process.wait() == 0


def folder_of(path: Path, *numbers: str) -> Path:
    for number in numbers:
        shutil.copy(next(RUNTIME.glob(f"{number}_*.sql")), path)
    return path


async def with_whole_tables(platform: Platform, folder: Path) -> tuple[str, set[str]]:
    """A database whose tables are whole, with rows of many ages; and their ids."""
    dsn = await platform.database(f"first_{uuid4().hex[:8]}")
    await dbmate(dsn, folder_of(folder, "0001", "0002"), "up")
    ids = {id_at(NOW - days(n)) for n in AGES}
    async with opened(dsn) as tables:
        for offset, id_ in enumerate(sorted(ids)):
            await tables.conn.execute(INBOX, id_, "toy.asked", offset)
            await tables.conn.execute(SAY, id_, b"x" * 5000, NOW - days(AGES[offset]))
    return dsn, ids


async def test_a_database_with_whole_tables_keeps_its_rows(platform: Platform, tmp_path: Path) -> None:
    dsn, ids = await with_whole_tables(platform, tmp_path)
    await migrate(dsn, "toy")
    async with opened(dsn) as tables:
        assert await tables.values("SELECT id FROM inbox") == ids
        assert await tables.values("SELECT cause FROM outbox WHERE length(payload) = 5000") == ids
        assert len(await tables.values("SELECT tableoid FROM inbox")) == 7
        assert await tables.values(
            "SELECT count(*) FROM outbox WHERE day <> (created_at AT TIME ZONE 'UTC')::date"
        ) == {"0"}
        await tables.sweep(NOW)
        assert len(await tables.values("SELECT id FROM inbox")) == len(ids) - 1


async def test_the_way_back_keeps_them_too(platform: Platform, tmp_path: Path) -> None:
    dsn, ids = await with_whole_tables(platform, tmp_path)
    folder = folder_of(tmp_path, "0003")
    async with opened(dsn) as tables:
        before = await _shape(tables.conn)
        await dbmate(dsn, folder, "up")
        await dbmate(dsn, folder, "down")
        assert await _shape(tables.conn) == before
        assert await tables.values("SELECT id FROM inbox") == ids
        assert await tables.values("SELECT cause FROM outbox WHERE length(payload) = 5000") == ids


async def _shape(conn: object) -> list[tuple[object, ...]]:
    """Every table's columns and indexes."""
    rows = await conn.fetch(  # type: ignore[attr-defined]
        """
        SELECT 'column', table_name || '.' || column_name, data_type || is_nullable || coalesce(column_default, '')
          FROM information_schema.columns WHERE table_schema = 'public'
         UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname !~ 'whole'
         UNION ALL SELECT 'function', proname, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         ORDER BY 1, 2, 3
        """
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(("table", "column"), [("inbox", "id"), ("outbox", "cause")])
async def test_a_row_stands_where_its_day_is(platform: Platform, tmp_path: Path, table: str, column: str) -> None:
    dsn, _ = await with_whole_tables(platform, tmp_path)
    await migrate(dsn, "toy")
    async with opened(dsn) as tables:
        parts = await tables.values(f"SELECT tableoid::regclass FROM {table} WHERE {column} IS NOT NULL")
        assert {f"{table}_default", f"{table}_{_begins(table):%Y%m%d}"} <= parts


def _begins(table: str) -> object:
    return NOW.date() if table == "inbox" else NOW.date() - days(NOW.weekday())
