"""A disk that is full: a service's database lies on a small one of its own, which is filled up for 30 s."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from baesong.crash.stage import Stage, Strike
from baesong.crash.targets.target import Target
from baesong.databases import connect
from baesong.errors import BaesongError
from baesong.postgres_binaries import account
from baesong.processes import as_user
from baesong.services import SERVICES

SIZE = "160m"
FULL_S = 30.0
TABLESPACE = "small"
LOOK_S = 0.5


class Disk(Target):
    """The disk of one service's database fills up, stays full for 30 s, and is freed; nobody restarts anything."""

    name = "disk"

    async def strike(self, stage: Stage) -> None:
        """Fill it up, so often."""
        service = Random(self.wish.seed).choice(SERVICES)  # noqa: S311 - a plan to be drawn again
        async with _on_a_small_disk(stage, service) as disk:
            for _ in range(self.strikes):
                await stage.flows()
                stage.struck(await _filled(stage, service, disk))


@asynccontextmanager
async def _on_a_small_disk(stage: Stage, service: str) -> AsyncIterator[Path]:
    """Move a service's database to a small disk, and back at the end."""
    disk = stage.instance.connection.state / "small-disk"
    _mounted(disk)
    try:
        await _as_administrator(stage, f"create tablespace {TABLESPACE} location '{disk}/data'")
        await _moved(stage, service, TABLESPACE)
        yield disk
        await _moved(stage, service, "pg_default")
        await _as_administrator(stage, f"drop tablespace {TABLESPACE}")
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=False)  # noqa: ASYNC221, S603, S607 - a moment


def _mounted(disk: Path) -> None:
    """Mount a small disk, as only root may.

    Raises:
        BaesongError: we may not.
    """
    if os.geteuid() != 0:
        raise BaesongError("the target disk mounts a small tmpfs: run it as root")
    disk.mkdir()
    mounted = subprocess.run(  # noqa: S603 - no shell
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        raise BaesongError(f"a small tmpfs cannot be mounted: {mounted.stderr.strip()}")
    disk.chmod(0o777)
    subprocess.run(["mkdir", str(disk / "data")], check=True, **as_user(account()))  # noqa: S603, S607


async def _moved(stage: Stage, service: str, tablespace: str) -> None:
    name = urlsplit(stage.instance.connection.dsns[service]).path.lstrip("/")
    await stage.instance.stop(service)
    await _as_administrator(stage, f'alter database "{name}" set tablespace {tablespace}')
    await stage.instance.start(service)


async def _as_administrator(stage: Stage, statement: str) -> None:
    admin = await connect(stage.instance.admin_dsn)
    try:
        await admin.execute(statement)
    finally:
        await admin.close()


async def _filled(stage: Stage, service: str, disk: Path) -> Strike:
    """Fill the disk and keep it so; it counts when the service could not go on meanwhile."""
    what, part = f"disk of {service} full for {FULL_S:.0f} s", stage.part(service)
    filling, noticed, child = disk / "filling", False, part.child
    deadline = time.monotonic() + FULL_S
    while time.monotonic() < deadline:
        await asyncio.to_thread(_fill, filling)
        stage.flows_on()
        noticed = noticed or not await part.ready()
        await asyncio.sleep(LOOK_S)
    filling.unlink()
    since = time.monotonic()
    if part.child is not child:
        return Strike(what, hit=False, why="the service was restarted")
    if not noticed:
        return Strike(what, hit=False, why="the service did not notice")
    return await stage.goes_on(what, since)


def _fill(filling: Path) -> None:
    """Write until nothing more fits."""
    try:
        with filling.open("ab", buffering=0) as file:
            while file.write(b"\0" * 65536):
                pass
    except OSError:
        return
