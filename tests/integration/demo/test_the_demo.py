import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from baesong.services import SERVICES, setting

BAESONG = str(Path(sys.executable).with_name("baesong"))


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


async def demonstrated(*words: str, environment: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    child = await asyncio.create_subprocess_exec(
        BAESONG,
        "demo",
        "--json",
        *words,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await child.communicate()
    assert said, complained.decode()
    return child.returncode or 0, json.loads(said)


async def test_no_address_of_the_environment_is_ever_visited_and_the_books_balance() -> None:
    async with Trap().set_up() as trap:
        status, said = await demonstrated(
            "--limit", "80", "--rate", "max", environment=dict(os.environ) | trap.addresses()
        )
    assert trap.visitors == 0
    assert status == 0, said["said"]
    assert said["verify"]["balanced"]
    assert said["said"].startswith("demo: ")
    assert said["said"].endswith("all books balance")
    figures = said["verify"]["figures"]
    assert said["totals"]["orders"] == figures["orders"] > 60
    assert said["totals"]["packages"] == figures["packages"]
    assert said["totals"]["mails"] == figures["mails"]
    assert said["totals"]["backordered_units"] == figures["units_backordered"]


async def test_a_pace_that_is_no_number_is_one_clear_line() -> None:
    child = await asyncio.create_subprocess_exec(BAESONG, "demo", "--rate", "fast", stderr=asyncio.subprocess.PIPE)
    _, complained = await child.communicate()
    assert child.returncode == 1
    assert complained.decode().strip() == "baesong: --rate fast: say a number of records per second, or max"
