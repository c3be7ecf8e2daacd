"""Runs a service's own recovery, with the settings it is started with."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping

from baesong.assembly import settings_of
from baesong.connection import Connection
from baesong.errors import BaesongError


async def recovered(connection: Connection, service: str, more: Mapping[str, str] | None = None) -> dict[str, int]:
    """Mend a service's database from the topics; what was taken over of each, and how far its inputs were rewound.

    Args:
        connection: to the instance.
        service: by package.
        more: further settings it is started with.

    Raises:
        BaesongError: it could not be done; says why.
    """
    told = dict(os.environ) | settings_of(connection, service, 0, 0) | dict(more or {})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", service, "recover",
        env=told, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
    if process.returncode != 0:
        raise BaesongError(f"{service} was not recovered: {lines[-1][:500]}")
    return dict(json.loads(lines[-1])["counts"])
