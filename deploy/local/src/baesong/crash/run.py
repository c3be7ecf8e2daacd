"""One target: an instance is started, fed and broken, left to settle, and counted."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from baesong.api import load_stock
from baesong.crash.feed import checkouts
from baesong.crash.pulse import Pulse
from baesong.crash.reading import counted
from baesong.crash.result import Result
from baesong.crash.stage import Stage
from baesong.crash.targets.target import Target
from baesong.crash.wish import Wish
from baesong.demo.run import Wish as DemoWish
from baesong.demo.run import outsiders
from baesong.demo.watch import Watch
from baesong.feed.evidence import FEEDER, EvidenceList, evidence_folder, listed
from baesong.feed.feeder import Feeder, Progress
from baesong.feed.generated import ORDERS
from baesong.feed.sendings import Sending
from baesong.feed.world import write_stock
from baesong.part import Say, silent
from baesong.partner.parts import outside_folder
from baesong.running import Instance, running
from baesong.verify import verify, view_of
from baesong.verify.mails import message_ids

LOOK_EVERY_S = 0.2
QUIET_S = 1.0
STALLED_AFTER_S = 15.0  # longer than the partner is ever late
SETTLED_WITHIN_S = 180.0  # leases of effects end after 30 s, rebalances after 6 s


async def crash(kind: type[Target], wish: Wish, say: Say) -> Result:
    """Break one kind of thing while orders flow, and say what came of the orders."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baesong-points-") as folder:
        target = kind(wish, Path(folder))
        async with running(target.spec(), silent) as instance:
            result = await _broken(target, instance, say)
    return result.after(time.monotonic() - begun)


async def _broken(target: Target, instance: Instance, say: Say) -> Result:
    connection = instance.connection
    await _outside(instance, target.wish)
    watch, pulse = Watch(connection), Pulse()
    watch.tally = pulse
    left = target.strikes if target.gated else 0
    stage = Stage(instance, target.wish, say, pulse, target.failpoints, left)
    async with watch.following():
        async with _fed(stage, by_http=target.by_http) as stage.fed:
            await target.strike(stage)
        say("all is sent: waits until nothing moves")
        await _until_done(watch)
        report = await verify(view_of(connection), SETTLED_WITHIN_S)
        await watch.caught_up()
    count = await counted(connection)
    sent = listed(evidence_folder(connection.state) / FEEDER)
    return Result(
        target=target.name,
        wish=target.wish,
        must_lose=target.loses,
        strikes=stage.strikes,
        wanted=target.strikes,
        came=count.came(sent, message_ids(connection.maildir)),
        repeated=count.repeated,
        pulse=pulse,
        report=report,
        pause_limit_s=target.longest_pause_s,
        fed_per_s=stage.fed.sent / stage.fed.took_s,
    )


async def _outside(instance: Instance, wish: Wish) -> None:
    """Load stock for all orders, and start the people outside."""
    connection = instance.connection
    stock = write_stock(outside_folder(connection.state) / "world", -(-wish.orders // ORDERS))
    await load_stock(connection, stock, lambda *_: None)
    parts = outsiders(connection, DemoWish(), stock)
    for part in parts:
        instance.supervisor.add(part)
    await instance.supervisor.start([part.name for part in parts])


@asynccontextmanager
async def _fed(stage: Stage, *, by_http: bool) -> AsyncIterator[Progress]:
    """Feed while the block breaks things; its end releases what is left, and all of it is sent when this ends."""
    connection = stage.instance.connection
    evidence = EvidenceList(evidence_folder(connection.state) / FEEDER)
    feeder = Feeder(connection, evidence, stage.wish.rate, stage.released)
    records = checkouts(stage.wish.seed, stage.wish.orders, by_http=by_http)
    feeding = asyncio.create_task(feeder.feed(_noted(records, stage.pulse)))
    try:
        yield feeder.progress
        stage.left = 0
        await feeding
    finally:
        feeding.cancel()
        evidence.close()


def _noted(sendings: Iterable[Sending], pulse: Pulse) -> Iterator[Sending]:
    """Take the time of each order as it is sent."""
    for sending in sendings:
        if sending.expect == "placed":
            pulse.sent(sending.order_id)
        yield sending


async def _until_done(watch: Watch) -> None:
    """Wait until every shipment is done with and every group has read to the end, or nothing moves any more."""
    while watch.quiet_for() <= STALLED_AFTER_S:
        open_ones = any(shipment.is_open for shipment in watch.tally.shipments.values())
        if watch.quiet_for() > QUIET_S and watch.behind() == 0 and not open_ones:
            return
        await asyncio.sleep(LOOK_EVERY_S)
