"""One database and one role per service, each closed to the others, and each marked with whose it is."""

from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from baesong.errors import BaesongError

MARKS = ("live", "test", "throwaway")
MARK_TABLE = """
create table if not exists instance_mark (
    mark text primary key check (mark in ('live', 'test', 'throwaway')),
    made_at timestamptz not null default now()
)"""


@dataclass(frozen=True)
class Credentials:
    """A service's database: its name, which is the role's too, and the role's password."""

    name: str
    password: str


def at(admin_dsn: str, database: str, credentials: Credentials | None = None) -> str:
    """Give the address of another database of the same server, as the administrator or as a role."""
    parts = urlsplit(admin_dsn)
    _, _, place = parts.netloc.rpartition("@")
    netloc = f"{credentials.name}:{credentials.password}@{place}" if credentials else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect, or say in one line why not."""
    try:
        return await asyncpg.connect(dsn, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        place = urlsplit(dsn).netloc.rpartition("@")[2]
        raise BaesongError(f"PostgreSQL at {place} cannot be used: {error}") from error


async def prepare_database(admin_dsn: str, credentials: Credentials, mark: str) -> str:
    """Make a service's role and database unless they are there, and give the role's address.

    Raises:
        BaesongError: the database is there and carries another mark.
    """
    admin = await connect(admin_dsn)
    try:
        await _make_role(admin, credentials)
        await _make_database(admin, credentials.name)
    finally:
        await admin.close()
    await claim_database(at(admin_dsn, credentials.name), mark)
    await _let_read_its_mark(at(admin_dsn, credentials.name), credentials.name)
    return at(admin_dsn, credentials.name, credentials)


async def make_empty(admin_dsn: str, name: str) -> str:
    """Make a fresh empty database of the administrator's and give its address; an old one of that name goes."""
    admin = await connect(admin_dsn)
    try:
        await admin.execute(f'drop database if exists "{name}" with (force)')
        await admin.execute(f'create database "{name}"')
    finally:
        await admin.close()
    return at(admin_dsn, name)


async def drop_database(admin_dsn: str, name: str) -> None:
    """Drop a database and the role of its name."""
    admin = await connect(admin_dsn)
    try:
        await admin.execute(f'drop database if exists "{name}" with (force)')
        await admin.execute(f'drop role if exists "{name}"')
    finally:
        await admin.close()


async def _make_role(admin: "asyncpg.Connection[asyncpg.Record]", credentials: Credentials) -> None:
    known = await admin.fetchval("select 1 from pg_roles where rolname = $1", credentials.name)
    verb = "alter" if known else "create"
    # Passwords are of our own making, [A-Za-z0-9_-]; a statement that makes a role takes no parameters.
    await admin.execute(f"{verb} role \"{credentials.name}\" login password '{credentials.password}'")
    # An administrator who is no superuser must belong to a role to make a database for it.
    await admin.execute(f'grant "{credentials.name}" to current_user')


async def _make_database(admin: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
    if not await admin.fetchval("select 1 from pg_database where datname = $1", name):
        await admin.execute(f'create database "{name}" owner "{name}"')
    await admin.execute(f'revoke connect, temporary on database "{name}" from public')


async def _let_read_its_mark(dsn: str, role: str) -> None:
    conn = await connect(dsn)
    try:
        await conn.execute(f'grant select on instance_mark to "{role}"')
    finally:
        await conn.close()


async def claim_database(dsn: str, mark: str) -> None:
    """Write the mark into a database that has none.

    Raises:
        BaesongError: it carries another one; nothing in it is touched.
    """
    conn = await connect(dsn)
    try:
        await conn.execute(MARK_TABLE)
        found = await conn.fetchval("select mark from instance_mark")
        if found not in {None, mark}:
            name = await conn.fetchval("select current_database()")
            raise BaesongError(f"database {name} is marked {found}, this instance is {mark}: it is not touched")
        await conn.execute("insert into instance_mark (mark) values ($1) on conflict do nothing", mark)
    finally:
        await conn.close()
