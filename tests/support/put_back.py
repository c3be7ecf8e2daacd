"""A service's database copied, and put back to its copy as an operator would: under its own name."""

from urllib.parse import urlsplit

import asyncpg


async def copied(admin_dsn: str, dsn: str) -> str:
    """Copy a database that nobody is connected to; the name of the copy."""
    copy = f"{_name(dsn)}_copy"
    await _said(admin_dsn, f'CREATE DATABASE "{copy}" TEMPLATE "{_name(dsn)}" OWNER "{_owner(dsn)}" STRATEGY wal_log')
    return copy


async def put_back(admin_dsn: str, dsn: str, copy: str) -> None:
    """Drop a database and give its name to the copy."""
    await _said(admin_dsn, f'DROP DATABASE "{_name(dsn)}" WITH (FORCE)')
    await _said(admin_dsn, f'ALTER DATABASE "{copy}" RENAME TO "{_name(dsn)}"')


def _owner(dsn: str) -> str:
    return urlsplit(dsn).username or "postgres"


def _name(dsn: str) -> str:
    return urlsplit(dsn).path.lstrip("/")


async def _said(admin_dsn: str, sql: str) -> None:
    admin = await asyncpg.connect(admin_dsn)
    try:
        await admin.execute(sql)
    finally:
        await admin.close()
