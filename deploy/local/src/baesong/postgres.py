"""One PostgreSQL server for an instance, from the machine's own binaries."""

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import asyncpg
import psutil

from baesong.errors import BaesongError
from baesong.part import Part
from baesong.ports import LOOPBACK
from baesong.postgres_binaries import account, find_postgres, reachable
from baesong.processes import Child, as_user

ADMINISTRATOR = "postgres"

# Durable as PostgreSQL is by default: fsync, synchronous_commit and full_page_writes stay on, in tests too, because
# what is proved here (an accepted order is never lost) rests on them. The rest fits a small machine.
SETTINGS = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
fsync = on
synchronous_commit = on
full_page_writes = on
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '128MB'
effective_cache_size = '1GB'
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 0
max_wal_size = '1GB'
checkpoint_timeout = '15min'
wal_compression = {wal_compression}
# tables that fill quickly: looked at often enough that plans know their sizes, seldom enough to cost little
autovacuum_naptime = '30s'
autovacuum_analyze_scale_factor = 0.2
autovacuum_analyze_threshold = 1000
autovacuum_vacuum_insert_scale_factor = 1.0
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %u@%d '
"""

ACCESS = """\
# TYPE DATABASE USER ADDRESS METHOD
host   all      all  127.0.0.1/32 scram-sha-256
"""


@cache
def _knows_lz4(programs: Path) -> bool:
    """Whether the server was built with lz4, a fifth of the cost of its own pglz for a page; no option tells."""
    return b"LZ4_compress" in (programs / "postgres").read_bytes()


class Postgres(Part):
    """A server whose data lies in `folder`, or, when its user may not go there, under /var/lib/baesong."""

    stop_signal = signal.SIGINT  # a fast shutdown: committed work is kept, clients are not waited for

    def __init__(self, folder: Path, log: Path, port: int, password: str) -> None:
        super().__init__("postgres", port, log)
        self._password = password
        self._home = folder
        self.user: str | None = None

    @property
    def admin_dsn(self) -> str:
        """The administrator's address."""
        return dsn(ADMINISTRATOR, self._password, self.port, "postgres")

    @property
    def folder(self) -> Path:
        """Where its data really is."""
        return data_home(self._home, self.user)

    async def start(self) -> None:
        """Start the server and return when it takes connections."""
        await super().start()
        await self._closed_to_roles()

    async def launch(self) -> None:
        """Make the data folder if there is none yet, and start the server."""
        argv = await asyncio.to_thread(self._prepared)
        self.spawned(Child(argv, self.log, cwd=self.folder, user=self.user))

    async def ready(self) -> bool:
        """Say whether the administrator can connect."""
        try:
            conn = await asyncpg.connect(self.admin_dsn, timeout=5)
        except asyncpg.InvalidPasswordError as error:
            raise BaesongError(f"the data in {self.folder} belongs to other secrets: {error}") from error
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        await conn.close()
        return True

    async def kill(self) -> None:
        """Kill the server (SIGKILL) and return when its helpers, which notice by themselves, are gone too."""
        helpers = self._helpers()
        await super().kill()
        await asyncio.to_thread(psutil.wait_procs, helpers, timeout=self.stop_grace_s)

    async def _closed_to_roles(self) -> None:
        """Let no role of a service into the databases that are nobody's."""
        conn = await asyncpg.connect(self.admin_dsn)
        try:
            await conn.execute("revoke connect, temporary on database postgres, template1 from public")
        finally:
            await conn.close()

    def remove(self) -> None:
        """Delete the data of a server that is stopped."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _helpers(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.child.pid).children() if self.child else []
        except psutil.NoSuchProcess:
            return []

    def _prepared(self) -> list[str]:
        programs, self.user = find_postgres(), account()
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._make(programs, data)
        compression = "lz4" if _knows_lz4(programs) else "on"
        settings = SETTINGS.format(host=LOOPBACK, port=self.port, wal_compression=compression)
        (data / "postgresql.conf").write_text(settings)
        (data / "pg_hba.conf").write_text(ACCESS)
        return [str(programs / "postgres"), "-D", str(data)]

    def _make(self, programs: Path, data: Path) -> None:
        """Make the data folder under another name and rename it, so that half of one is never started."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".new-") as scratch:
            secret = Path(scratch) / "password"
            secret.touch(mode=0o600)
            secret.write_text(self._password)
            self._hand_over(self.folder, Path(scratch), secret)
            _initdb(programs, Path(scratch) / "data", secret, self.user)
            (Path(scratch) / "data").rename(data)

    def _hand_over(self, *paths: Path) -> None:
        for path in paths:
            if self.user:
                shutil.chown(path, self.user)


def _initdb(programs: Path, data: Path, secret: Path, user: str | None) -> None:
    argv = [str(programs / "initdb"), "-D", str(data), "-U", ADMINISTRATOR, f"--pwfile={secret}"]
    argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, cwd="/", **as_user(user))  # noqa: S603
    if ran.returncode != 0:
        raise BaesongError(f"PostgreSQL could not make its data folder: {ran.stderr.strip().splitlines()[-1:]}")


def data_home(folder: Path, user: str | None) -> Path:
    """Give a folder that the server's user may enter: the wished one, else one of its own under /var/lib/baesong."""
    if reachable(folder, user):
        return folder
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    return Path("/var/lib/baesong") / name


def dsn(user: str, password: str, port: int, database: str) -> str:
    """Spell an address of the local server; there is no TLS on the loopback, which Go's drivers want said."""
    return f"postgresql://{user}:{password}@{LOOPBACK}:{port}/{database}?sslmode=disable"
