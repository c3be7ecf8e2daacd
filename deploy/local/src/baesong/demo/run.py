"""One demo: an instance that nobody else uses, fed, watched until all is done, counted, told and audited."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from baesong.api import load_stock
from baesong.connection import Connection
from baesong.demo.counts import Count, Totals, counts_of, totals_of
from baesong.demo.progress import Screen
from baesong.demo.story import Story, told
from baesong.demo.watch import Watch
from baesong.feed.archive import drafts_of, open_archive
from baesong.feed.evidence import FEEDER, EvidenceList, evidence_folder
from baesong.feed.feeder import Feeder
from baesong.feed.generated import drafts_of_generated
from baesong.feed.sendings import Draft, Sending, sendings
from baesong.feed.world import write_stock
from baesong.partner.parts import bench_part, outside_folder, partner_part
from baesong.part import Say
from baesong.running import Instance
from baesong.stock_files import locations_in
from baesong.verify import Report, verify, view_of

DEFAULT_RATE = 60.0
LOOK_EVERY_S = 0.2
STALLED_AFTER_S = 20.0  # nothing said for so long though something is open: the audit says what waits
QUIET_S = 1.0


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


@dataclass(frozen=True)
class Result:
    """What came of a demo."""

    totals: Totals
    counts: list[Count]
    stories: list[Story]
    report: Report
    seconds: float
    sent: int
    must_show: bool

    @property
    def broken(self) -> list[str]:
        """Name what is not as it must be."""
        few = [f"{count.name}: {count.found} of at least {count.least}" for count in self.counts if not count.met]
        return [*([] if self.report.balanced else [self.report.sentence]), *(few if self.must_show else [])]


async def perform(instance: Instance, wish: Wish, console: Console, say: Say, *, silent: bool) -> Result:
    """Feed the instance and give what came of it."""
    connection, begun = instance.connection, time.monotonic()
    clear(connection.state)
    stock = wish.data or write_stock(outside_folder(connection.state) / "world")
    say("stock: loading")
    await load_stock(connection, stock, lambda done, of: say(f"stock: {done} of {of}"))
    await _start_outsiders(instance, wish, stock)
    evidence = EvidenceList(evidence_folder(connection.state) / FEEDER)
    feeder = Feeder(connection, evidence, wish.rate)
    async with Watch(connection).following() as watch, Screen(console, watch, feeder.progress, silent=silent).shown():
        await feeder.feed(wish.sendings())
        await until_done(watch)
        report = await verify(view_of(connection), say=say)
        await caught_up(watch, report)
    evidence.close()
    tally = watch.tally
    stories = await told(connection, tally)
    seconds = time.monotonic() - begun
    return Result(
        totals_of(tally), counts_of(tally), stories, report, seconds, feeder.progress.sent, wish.is_default
    )


def clear(state: Path) -> None:
    """Remove what the people outside of an earlier run left in the folder."""
    for folder in (evidence_folder(state), outside_folder(state)):
        shutil.rmtree(folder, ignore_errors=True)


async def _start_outsiders(instance: Instance, wish: Wish, stock: Path) -> None:
    places = locations_in(stock)["locations"]
    benches = [place["location_id"] for place in places if place["kind"] == "manual"]
    parts = [bench_part(instance.connection, benches, wish.behaviour)]
    parts += [partner_part(instance.connection, id_, wish.behaviour) for id_ in instance.connection.partners]
    for part in parts:
        instance.supervisor.add(part)
    await instance.supervisor.start([part.name for part in parts])


async def until_done(watch: Watch) -> None:
    """Wait until every shipment is done with and every group has read to the end, or nothing moves any more."""
    while not _is_done(watch):
        await asyncio.sleep(LOOK_EVERY_S)


def _is_done(watch: Watch) -> bool:
    if watch.quiet_for() > STALLED_AFTER_S:
        return True
    open_shipments = any(shipment.is_open for shipment in watch.tally.shipments.values())
    return watch.quiet_for() > QUIET_S and watch.behind() == 0 and not open_shipments


async def caught_up(watch: Watch, report: Report) -> None:
    """Wait until the watch has read as many records as there are, so that its figures are whole."""
    await asyncio.sleep(0 if report.waits else LOOK_EVERY_S)
