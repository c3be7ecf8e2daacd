"""Every named block of SQL is prepared against its migrated database: a typo or a missing column fails here."""

from uuid import uuid4

import asyncpg
import pytest

from baesong.platform_only import Platform
from pipeline import SERVICES
from service_runtime import Queries
from service_runtime.migrations import migrate


@pytest.mark.parametrize("service", [*SERVICES, "console"])
async def test_every_block_can_be_prepared(service: str, platform: Platform) -> None:
    dsn = await platform.database(f"sql_{service}_{uuid4().hex[:6]}")
    await migrate(dsn, service)
    conn = await asyncpg.connect(dsn)
    files = ("queries.sql", "retention.sql", "replay.sql", "republish.sql", "rebuild.sql")
    runtime = {name: sql for file in files for name, sql in Queries("service_runtime", file).blocks.items()}
    blocks = {**runtime, **Queries(service).blocks}
    assert len(blocks) > 20
    for name, sql in blocks.items():
        try:
            await conn.prepare(sql)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{name}: {error}")
    await conn.close()
