"""Runs a service's own snapshot, with the settings it is started with."""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from baesong.archiving import archive_folder
from baesong.assembly import settings_of
from baesong.connection import Connection
from baesong.errors import BaesongError

LONGEST_LINE = 64 * 1024 * 1024  # its last names each thing that is nowhere


@dataclass(frozen=True)
class Snapshot:
    """What was said again, under which id, and what is nowhere."""

    replay_id: str
    counts: dict[str, int]
    missing: Sequence[str]


def new_id(service: str) -> str:
    """An id of a snapshot's own, its time in front."""
    return f"{datetime.now(UTC):%Y%m%dt%H%M%S}-snapshot-{service.replace('_', '-')}-{uuid.uuid4().hex[:6]}"


async def snapshot_of(
    connection: Connection, service: str, order: Sequence[str], tell: Callable[[dict[str, Any]], None]
) -> Snapshot:
    """Have a service say again all that is open there.

    Args:
        connection: to the instance.
        service: by package.
        order: its id, who wants it and why.
        tell: hears the counts as they grow.

    Raises:
        BaesongError: it could not be done; says why.
    """
    told = {"BAESONG_ARCHIVE": str(archive_folder(connection.state))} | dict(os.environ)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", service, "snapshot", *order, limit=LONGEST_LINE,
        env=told | settings_of(connection, service, 0, 0),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    last: dict[str, Any] = {"event": "it said nothing"}
    async for last in _lines(process.stdout):
        if last["event"] == "said":
            tell(last)
    await process.wait()
    if last["event"] != "snapshot":
        raise BaesongError(f"{service} made no snapshot: {str(last['event'])[:500]}")
    return Snapshot(order[0], last["counts"], last["missing"])


async def _lines(stdout: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    async for line in stdout:
        text = line.decode(errors="replace").strip()
        try:
            yield dict(json.loads(text))
        except ValueError:
            yield {"event": text}
