"""What is seen while the demo runs: orders by state, events per topic, packages, mails, and who is how far behind."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from baesong.demo.counts import totals_of
from baesong.demo.tally import stages
from baesong.demo.watch import Watch
from baesong.feed.feeder import Progress

REFRESH_S = 1.0
LINE_EVERY_S = 5.0


class Screen:
    """Shows a run on a console: as a live picture on a terminal, else as a line now and then."""

    def __init__(self, console: Console, watch: Watch, fed: Progress) -> None:
        self._console = console
        self._watch = watch
        self._fed = fed
        self._begun = time.monotonic()

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Show it for as long as the block lasts."""
        if self._console.quiet:
            yield
            return
        task = asyncio.create_task(self._picture() if self._console.is_terminal else self._lines())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _picture(self) -> None:
        with Live(self._drawn(), console=self._console, auto_refresh=False, transient=True) as live:
            while True:
                await asyncio.sleep(REFRESH_S)
                live.update(self._drawn(), refresh=True)

    async def _lines(self) -> None:
        while True:
            await asyncio.sleep(LINE_EVERY_S)
            self._console.print(self.line(), markup=False, soft_wrap=True)

    def line(self) -> str:
        """Give it all in one line."""
        states = ", ".join(f"{number:,} {state}" for state, number in stages(self._watch.tally).most_common())
        return f"{self._head()}; orders: {states or 'none yet'}"

    def _head(self) -> str:
        totals = totals_of(self._watch.tally)
        return (
            f"{time.monotonic() - self._begun:.0f} s: {self._fed.sent:,} records sent, {totals.packages:,} packages, "
            f"{totals.mails:,} mails, {self._watch.behind():,} records behind"
        )

    def _drawn(self) -> RenderableType:
        columns = [
            _table("orders", stages(self._watch.tally).most_common()),
            _table("events", self._watch.tally.events.most_common()),
            _table("behind", self._watch.lag.items()),
        ]
        return Group(Text(self._head(), style="bold"), Columns(columns, padding=(0, 4)))


def _table(title: str, rows: Iterable[tuple[str, int]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title)
    table.add_column(justify="right")
    for name, number in rows:
        table.add_row(name, f"{number:,}")
    return table
