"""`baesong demo` as a user runs it, with every address in the environment set to a trap that must hear nothing."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from baesong.services import SERVICES, setting

BAESONG = str(Path(sys.executable).with_name("baesong"))
COUNTED_TWICE = {"packages": "packages", "mails": "mails", "backordered_units": "units_backordered"}


class Trap:
    """Listens where every address of the environment points, and counts who comes."""

    def __init__(self) -> None:
        self.visitors = 0
        self.port = 0

    async def heard(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visitors += 1
        writer.close()

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator["Trap"]:
        async with await asyncio.start_server(self.heard, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    def addresses(self) -> dict[str, str]:
        place = f"127.0.0.1:{self.port}"
        urls = {"SMTP_URL": f"smtp://{place}", "SMTP_FIND_URL": f"http://{place}", "KAFKA_BOOTSTRAP_SERVERS": place}
        databases = ["DATABASE_URL", *(setting(service, "DATABASE_URL") for service in SERVICES)]
        proxies = [name for each in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") for name in (each, each.lower())]
        return (
            urls
            | dict.fromkeys(databases, f"postgresql://trap:trap@{place}/trap")
            | dict.fromkeys(proxies, f"http://{place}")
            | {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "NO_PROXY": "", "no_proxy": ""}
        )


async def test_the_default_demo_shows_each_thing_often_enough_and_its_books_balance() -> None:
    async with Trap().set_up() as trap:
        process = await asyncio.create_subprocess_exec(
            BAESONG, "demo", "--json", env=dict(os.environ) | trap.addresses(), stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        result = json.loads(said)
    assert process.returncode == 0, result
    assert trap.visitors == 0
    assert result["said"].startswith("demo: ")
    assert result["said"].endswith("all books balance")
    totals, figures = result["totals"], result["verify"]["figures"]
    assert totals["orders"] == figures["orders"] == 500
    assert {name: totals[name] for name in COUNTED_TWICE} == {n: figures[f] for n, f in COUNTED_TWICE.items()}
