"""A service's database is put back to a copy made earlier, while offsets, topics and mails have moved on."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from baesong.crash.stage import LOOK_S, Stage, Strike
from baesong.crash.targets.target import Target
from baesong.crash.wish import Wish
from baesong.databases import connect
from baesong.errors import BaesongError
from baesong.mail.maildir import mails
from baesong.recovering import recovered
from baesong.services import SERVICES

IN_TURN = SERVICES[::-1]  # the notifier first, whose effects would be done twice
REFUSES_WITHIN_S = 60.0
BEHIND_WITHIN_S = 180.0
ORDERS_A_MAIL = 4  # each order has one, and the notifier may be the slowest: a quarter of them is enough to be told of


@dataclass(frozen=True, slots=True)
class Passed:
    """How many orders had come through, and how many mails had left, at some moment or between two."""

    orders: int
    mails: int

    @classmethod
    def by_now(cls, stage: Stage) -> Self:
        """Count from outside."""
        return cls(stage.pulse.beats, len(mails(stage.instance.connection.maildir)))

    @classmethod
    def wanted(cls, wish: Wish) -> Self:
        """Say how far a copy must be behind: of 12,000 orders and four strikes 2,000 orders and 500 mails."""
        orders = max(1, wish.orders // (wish.kills + 2))
        return cls(orders, max(1, orders // ORDERS_A_MAIL))

    def since(self, before: "Passed") -> "Passed":
        """Give what came between."""
        return Passed(self.orders - before.orders, self.mails - before.mails)

    def reaches(self, wanted: "Passed") -> bool:
        """Say whether it is as much as was wanted."""
        return self.orders >= wanted.orders and self.mails >= wanted.mails

    @property
    def figures(self) -> Mapping[str, int]:
        """Give it for the JSON."""
        return {"orders_behind": self.orders, "mails_behind": self.mails}


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
    behind, wanted = await _put_behind(stage, service), Passed.wanted(stage.wish)
    what = f"{service}'s database put back by {behind.orders} orders and {behind.mails} mails"
    strike = replace(await _mended(stage, service, what), figures=behind.figures)
    if strike.hit and not behind.reaches(wanted):
        return replace(strike, hit=False, why=f"{wanted.orders} orders and {wanted.mails} mails were wanted")
    return strike


async def _mended(stage: Stage, service: str, what: str) -> Strike:
    """See the service refuse its database, recover it, and wait until orders come through again."""
    since = time.monotonic()
    if not await _refuses(stage, service):
        return Strike(what, hit=False, why="the service started on it as if nothing had happened")
    try:
        await recovered(stage.instance.connection, service)
    except BaesongError as error:
        return Strike(what, hit=False, why=str(error))
    await stage.instance.start(service)
    return await stage.goes_on(what, since)


async def _put_behind(stage: Stage, service: str) -> Passed:
    """Copy the database, let orders go on and mails leave, put the copy back; what it knows nothing of."""
    name = urlsplit(stage.instance.connection.dsns[service]).path.lstrip("/")
    await stage.instance.stop(service)
    await _statements(stage, f'create database "{name}_copy" template "{name}"')
    copied = Passed.by_now(stage)
    await stage.instance.start(service)
    await _let_go_on(stage, copied)
    await stage.instance.stop(service)
    await _statements(
        stage,
        f'drop database "{name}"',
        f'alter database "{name}_copy" rename to "{name}"',
        f'alter database "{name}" owner to "{name}"',
        f'revoke connect, temporary on database "{name}" from public',
    )
    return Passed.by_now(stage).since(copied)


async def _let_go_on(stage: Stage, copied: Passed) -> None:
    """Let orders through until the copy is as far behind as it must be, or that takes too long."""
    deadline, wanted = time.monotonic() + BEHIND_WITHIN_S, Passed.wanted(stage.wish)
    while not Passed.by_now(stage).since(copied).reaches(wanted) and time.monotonic() < deadline:
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
