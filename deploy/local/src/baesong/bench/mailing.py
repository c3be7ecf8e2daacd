"""The pipeline with mail: rendered, delivered to the local sink, and timed to the last mail it accepted."""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from baesong.bench.checking import Count, counted
from baesong.bench.drain import Backlog, Drained, drain
from baesong.bench.figures import rounded
from baesong.bench.pairs import conditions, costs
from baesong.bench.pipeline import SPEC, ground_of, stocked
from baesong.bench.profiling import page
from baesong.bench.result import Result
from baesong.bench.shape import told
from baesong.bench.showing import Show
from baesong.connection import Connection
from baesong.databases import connect
from baesong.errors import BaesongError
from baesong.mail.maildir import mails
from baesong.running import running

WITH_MAIL = replace(SPEC, own={}, mail=True)
STATES = "select state, count(*) from effect group by state"
OPEN = ("intent", "leased", "unknown")
LOOK_EVERY_S, STALLED_AFTER_S = 0.5, 60.0


async def run_mail(backlog: Backlog, show: Show) -> Result:
    """Put a backlog through with mail on; every order's customer gets one mail, and the sink has it."""
    return _result(*await _mailed(backlog, show), backlog)


async def profiled(backlog: Backlog, show: Show) -> str:
    """Run once for the profile alone, and give it as a page."""
    with tempfile.TemporaryDirectory() as folder:
        drained, *_ = await _mailed(backlog, show.named("profile"), Path(folder))
        return page(Path(folder), drained.spent.us_per(backlog.orders))


async def _mailed(backlog: Backlog, show: Show, stacks: Path | None = None) -> tuple[Drained, int, Count]:
    """A backlog put through to its last mail, how many mails the sink has, and what was counted.

    Raises:
        BaesongError: a mail is missing or doubled.
    """
    async with running(WITH_MAIL, show.say) as instance:
        connection, fed = instance.connection, backlog.warm_up + backlog.orders
        await stocked(connection, backlog.catalogue, fed, show)
        ground = ground_of(instance, WITH_MAIL, stand_ins=["mail"])
        drained = await drain(ground, backlog, show, stacks, until=lambda: all_sent(connection, fed, show))
        count = await counted(connection, {*drained.order_ids, *drained.warm_ids}, show)
        accepted = await _accepted(connection, count)
    return drained, accepted, count


async def all_sent(connection: Connection, expected: int, show: Show) -> float:
    """Wait until no mail is open, and give the moment that was seen; the sink had the last one just before.

    Raises:
        BaesongError: nothing moved for a minute.
    """
    conn = await connect(connection.dsns["notifier"])
    tell, last, moved_at = show.steps("mails sent", expected), None, time.perf_counter()
    try:
        while True:
            states = {row["state"]: int(row["count"]) for row in await conn.fetch(STATES)}
            seen_at = time.perf_counter()
            tell(states.get("confirmed", 0))
            if not still_open(states):
                return seen_at
            if states != last:
                last, moved_at = states, seen_at
            if seen_at - moved_at > STALLED_AFTER_S:
                raise BaesongError(f"mails did not move for {STALLED_AFTER_S:.0f} s: {states}")
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await conn.close()


def still_open(states: Mapping[str, int]) -> int:
    """Give how many mails have no outcome yet."""
    return sum(states.get(state, 0) for state in OPEN)


async def _accepted(connection: Connection, count: Count) -> int:
    """Fail unless the sink has one mail for each message said to be sent, and none twice."""
    found = await asyncio.to_thread(mails, connection.maildir)
    twice = [mail.id for mail in found if mail.copy]
    said = sum(count.facts.values())
    if len(found) != said or twice:
        raise BaesongError(f"no figure: {said} messages, {len(found)} mails in the sink, {len(twice)} of them copies")
    return len(found)


def _result(drained: Drained, accepted: int, count: Count, backlog: Backlog) -> Result:
    more = {
        "mails": accepted,
        "seconds": rounded(drained.spent.wall),
        **costs([drained]),
        "said_per_order": told(count.shape()),
        **conditions(backlog),
    }
    return Result("mail", backlog.orders, drained.orders_per_s, drained.us_per_order, more=more)
