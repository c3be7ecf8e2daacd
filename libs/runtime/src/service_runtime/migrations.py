"""Migrations by dbmate, under an advisory lock: of two replicas that start at once, one migrates."""

import asyncio
import shutil
import sys
from importlib.resources import files
from pathlib import Path

import asyncpg

LOCK = 7_236_871_234_501  # any number that nothing else locks
RUNTIME = "service_runtime"


class MigrationError(RuntimeError):
    """dbmate said no; the message is what it said."""


def migration_folders(package: str) -> list[Path]:
    """The runtime's own migrations first, then the service's."""
    return [Path(str(files(name) / "sql" / "migrations")) for name in (RUNTIME, package)]


async def migrate(dsn: str, package: str) -> None:
    """Bring a service's database to the newest version.

    Raises:
        MigrationError: a migration failed; nothing of it is applied.
    """
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute("SELECT pg_advisory_lock($1)", LOCK)
        await _dbmate_up(dsn, migration_folders(package))
    finally:
        await conn.close()


async def _dbmate_up(dsn: str, folders: list[Path]) -> None:
    places = [argument for folder in folders for argument in ("--migrations-dir", str(folder))]
    process = await asyncio.create_subprocess_exec(
        _dbmate(), "--url", _with_ssl_mode(dsn), *places, "--no-dump-schema", "up",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise MigrationError(said.decode(errors="replace").strip())


def _dbmate() -> str:
    beside = Path(sys.executable).with_name("dbmate")
    found = str(beside) if beside.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationError("dbmate is not installed: run `make setup`")
    return found


def _with_ssl_mode(dsn: str) -> str:
    return dsn if "sslmode=" in dsn else f"{dsn}{'&' if '?' in dsn else '?'}sslmode=disable"
