"""One demo: an instance that nobody else uses, fed, watched until all is done, counted, told and audited."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from baesong.api import load_stock
from baesong.connection import Connection
from baesong.demo.counts import counts_of, totals_of
from baesong.demo.progress import Screen
from baesong.demo.result import Result
from baesong.demo.story import told
from baesong.demo.tally import stages
from baesong.demo.watch import Watch
from baesong.feed.archive import drafts_of, open_archive
from baesong.feed.evidence import FEEDER, EvidenceList, evidence_folder
from baesong.feed.feeder import Feeder
from baesong.feed.generated import drafts_of_generated
from baesong.feed.sendings import Draft, Sending, sendings
from baesong.feed.world import write_stock
from baesong.partner.parts import Outsider, bench_part, outside_folder, partner_part
from baesong.stock_files import locations_in
from baesong.verify import verify, view_of

DEFAULT_RATE = 60.0
LOOK_EVERY_S = 0.2
STALLED_AFTER_S = 20.0  # nothing said for so long though something is open: the audit says what waits
QUIET_S = 1.0

Start = Callable[[Sequence[Outsider]], Awaitable[None]]


@dataclass(frozen=True)
class Wish:
    """What is to be shown.

    Args:
        data: a folder of past orders; None is the generated run.
        limit: how many of its orders; None is all.
        rate: records per second; None is as fast as it goes.
    """

    data: Path | None = None
    limit: int | None = None
    rate: float | None = DEFAULT_RATE

    @property
    def is_default(self) -> bool:
        """Say whether this run must show each thing often enough."""
        return self.data is None and self.limit is None

    @property
    def behaviour(self) -> str:
        """How the people outside behave: so that everything shows, or as on an ordinary day."""
        return "showing" if self.data is None else "busy"

    def sendings(self) -> Iterator[Sending]:
        """Give what is sent; the first order is placed now."""
        now = datetime.now(UTC)
        return sendings(f"demo-{int(now.timestamp()):x}", self._drafts(now))

    def _drafts(self, now: datetime) -> Iterator[Draft]:
        if self.data is not None:
            return drafts_of(open_archive(self.data), now, self.limit)
        return iter(drafts_of_generated(now)[: self.limit])


async def perform(connection: Connection, start: Start, wish: Wish, console: Console) -> Result:
    """Feed an instance and give what came of it.

    Args:
        connection: to the instance.
        start: starts the people outside.
        wish: what is to be shown.
        console: where it is shown; a quiet one shows nothing.
    """
    clear(connection.state)
    stock = wish.data or write_stock(outside_folder(connection.state) / "world")
    with console.status("stock") as spinner:
        await load_stock(connection, stock, lambda done, of: spinner.update(f"stock: {done} of {of} requests"))
    await start(outsiders(connection, wish, stock))
    evidence = EvidenceList(evidence_folder(connection.state) / FEEDER)
    feeder = Feeder(connection, evidence, wish.rate)
    async with Watch(connection).following() as watch, Screen(console, watch, feeder.progress).shown():
        await feeder.feed(wish.sendings())
        await until_done(watch)
        report = await verify(view_of(connection))
        await watch.caught_up()
    evidence.close()
    tally = watch.tally
    return Result(
        totals=totals_of(tally),
        states=dict(stages(tally).most_common()),
        answers=dict(tally.answers.most_common()),
        counts=counts_of(tally),
        stories=await told(connection, tally),
        report=report,
        sent=feeder.progress.sent,
        must_show=wish.is_default,
    )


def clear(state: Path) -> None:
    """Remove what the people outside of an earlier run left in the folder."""
    for folder in (evidence_folder(state), outside_folder(state)):
        shutil.rmtree(folder, ignore_errors=True)


def outsiders(connection: Connection, wish: Wish, stock: Path) -> list[Outsider]:
    """Make the packer of the instance's own locations and its partners."""
    places = locations_in(stock)["locations"]
    benches = [place["location_id"] for place in places if place["kind"] == "manual"]
    partners = [partner_part(connection, id_, wish.behaviour) for id_ in connection.partners]
    return [bench_part(connection, benches, wish.behaviour), *partners]


async def until_done(watch: Watch) -> None:
    """Wait until every shipment is done with and every group has read to the end, or nothing moves any more."""
    while True:
        if _is_done(watch):
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _is_done(watch: Watch) -> bool:
    if watch.quiet_for() > STALLED_AFTER_S:
        return True
    open_shipments = any(shipment.is_open for shipment in watch.tally.shipments.values())
    return watch.quiet_for() > QUIET_S and watch.behind() == 0 and not open_shipments
