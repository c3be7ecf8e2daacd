import asyncpg
import pytest

from baesong.databases import Credentials, at, drop_database, prepare_database
from baesong.errors import BaesongError
from baesong.platform_only import Platform

ONE = Credentials("baesong_one", "first")
OTHER = Credentials("baesong_other", "second")


async def test_a_role_opens_its_own_database_and_no_other(platform: Platform) -> None:
    own = await prepare_database(platform.admin_dsn, ONE, "test")
    await prepare_database(platform.admin_dsn, OTHER, "test")
    conn = await asyncpg.connect(own)
    await conn.execute("create table here (id int)")
    await conn.close()
    for database in (OTHER.name, "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(at(platform.admin_dsn, database, ONE))


async def test_a_role_needs_its_password(platform: Platform) -> None:
    await prepare_database(platform.admin_dsn, ONE, "test")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(at(platform.admin_dsn, ONE.name, Credentials(ONE.name, "guessed")))


async def test_a_service_reads_whose_its_database_is_and_cannot_change_it(platform: Platform) -> None:
    conn = await asyncpg.connect(await prepare_database(platform.admin_dsn, ONE, "test"))
    try:
        assert await conn.fetchval("select mark from instance_mark") == "test"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("update instance_mark set mark = 'live'")
    finally:
        await conn.close()


async def test_a_database_with_another_mark_is_refused(platform: Platform) -> None:
    live = Credentials("baesong_live_one", "x")
    await prepare_database(platform.admin_dsn, live, "live")
    with pytest.raises(BaesongError, match="is marked live, this instance is throwaway"):
        await prepare_database(platform.admin_dsn, live, "throwaway")


async def test_a_database_and_its_role_are_dropped_together(platform: Platform) -> None:
    gone = Credentials("baesong_gone", "x")
    dsn = await prepare_database(platform.admin_dsn, gone, "throwaway")
    await drop_database(platform.admin_dsn, gone.name)
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(dsn)


async def test_postgres_is_durable(platform: Platform) -> None:
    conn = await asyncpg.connect(platform.admin_dsn)
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await conn.fetchval("select current_setting($1)", setting) == "on"
    finally:
        await conn.close()


async def test_a_server_that_was_killed_comes_back_with_what_was_committed(platform: Platform) -> None:
    dsn = await platform.database("killed")
    conn = await asyncpg.connect(dsn)
    await conn.execute("create table kept (id int); insert into kept values (7)")
    await platform.kill("postgres", stay_down=True)
    await platform.start("postgres")
    conn = await asyncpg.connect(dsn)
    assert await conn.fetchval("select id from kept") == 7
    await conn.close()
