"""A service's database is put back to a copy made earlier, while offsets, topics and mails have moved on."""

import asyncio
import time
from urllib.parse import urlsplit

from baesong.crash.stage import LOOK_S, Stage, Strike
from baesong.crash.targets.target import Target
from baesong.databases import connect
from baesong.errors import BaesongError
from baesong.recovering import recovered
from baesong.services import SERVICES

IN_TURN = SERVICES[::-1]  # the notifier first, whose effects would be done twice
REFUSES_WITHIN_S = 60.0
GOES_ON_S = 10.0


class PutBack(Target):
    """The service must refuse to start on the copy; `baesong recover` mends it from the topics, and nothing doubles."""

    name = "put-back"
    by_http = False  # what a request was answered stands in no topic: a database put back has lost it

    async def strike(self, stage: Stage) -> None:
        """Copy, let orders go on, put the copy back, see the refusal, recover: so often, one service after another."""
        for number in range(self.strikes):
            await stage.flows()
            stage.struck(await _put_back(stage, IN_TURN[number % len(IN_TURN)]))


async def _put_back(stage: Stage, service: str) -> Strike:
    name = urlsplit(stage.instance.connection.dsns[service]).path.lstrip("/")
    await stage.instance.stop(service)
    await _statements(stage, f'create database "{name}_copy" template "{name}"')
    await stage.instance.start(service)
    await _let_go_on(stage)
    await stage.instance.stop(service)
    await _statements(
        stage,
        f'drop database "{name}"',
        f'alter database "{name}_copy" rename to "{name}"',
        f'alter database "{name}" owner to "{name}"',
        f'revoke connect, temporary on database "{name}" from public',
    )
    since, what = time.monotonic(), f"{service}'s database put back"
    if not await _refuses(stage, service):
        return Strike(what, hit=False, why="the service started on it as if nothing had happened")
    try:
        await recovered(stage.instance.connection, service)
    except BaesongError as error:
        return Strike(what, hit=False, why=str(error))
    await stage.instance.start(service)
    return await stage.goes_on(what, since)


async def _let_go_on(stage: Stage) -> None:
    """Let orders through for a while, so that the copy is behind."""
    deadline = time.monotonic() + GOES_ON_S
    while time.monotonic() < deadline:
        await stage.flows()


async def _refuses(stage: Stage, service: str) -> bool:
    """Start the service, and say whether it ended by itself and named what to do."""
    part = stage.part(service)
    await part.launch()
    deadline = time.monotonic() + REFUSES_WITHIN_S
    while part.alive() and time.monotonic() < deadline:  # noqa: ASYNC110 - a process, no event
        await asyncio.sleep(LOOK_S)
    refused = not part.alive() and "baesong recover" in part.log.read_text(errors="replace")
    await part.kill()
    return refused


async def _statements(stage: Stage, *statements: str) -> None:
    admin = await connect(stage.instance.admin_dsn)
    try:
        for statement in statements:
            await admin.execute(statement)
    finally:
        await admin.close()
