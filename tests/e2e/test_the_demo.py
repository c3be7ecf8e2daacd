"""`baesong demo` as a user runs it, with every address in the environment set to a trap that must hear nothing."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

BAESONG = Path(sys.executable).with_name("baesong")
SERVICES = ("ORDER_INTAKE", "ALLOCATOR", "FULFILLER", "NOTIFIER")


@asynccontextmanager
async def trap() -> AsyncIterator[tuple[str, list[str]]]:
    """A server that notes whoever connects."""
    heard: list[str] = []

    async def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(str(writer.get_extra_info("peername")))
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"{host}:{port}", heard


def trapped(address: str) -> dict[str, str]:
    """An environment in which everything leads to the trap."""
    databases = {f"{service}_DATABASE_URL": f"postgresql://u:p@{address}/d" for service in SERVICES}
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), f"http://{address}")
    own = {
        "KAFKA_BOOTSTRAP_SERVERS": address,
        "DATABASE_URL": f"postgresql://u:p@{address}/d",
        "SMTP_URL": f"smtp://{address}",
        "SMTP_FIND_URL": f"http://{address}",
    }
    return {**os.environ, **databases, **proxies, **own}


async def test_the_default_demo_shows_each_thing_often_enough_and_its_books_balance() -> None:
    async with trap() as (address, heard):
        process = await asyncio.create_subprocess_exec(
            str(BAESONG), "demo", "--json", env=trapped(address), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        result = json.loads(said)
    assert process.returncode == 0, result
    assert not heard
    assert result["totals"]["orders"] == 500
