"""What came of a demo: its figures, whether it showed enough, and how it is printed."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from baesong.demo.counts import Count, Totals
from baesong.demo.story import Story
from baesong.verify import Report


@dataclass(frozen=True)
class Result:
    """What came of a demo.

    Args:
        totals: the figures of the last line.
        states: how many orders stand where.
        answers: how many checkouts were answered how, on Kafka.
        counts: what the run showed.
        stories: orders told.
        report: of the audit.
        sent: how many records the feeder sent.
        must_show: a count below its least number is a break.
    """

    totals: Totals
    states: dict[str, int]
    answers: dict[str, int]
    counts: list[Count]
    stories: list[Story]
    report: Report
    sent: int
    must_show: bool

    @property
    def broken(self) -> list[str]:
        """Name what is not as it must be."""
        few = [f"{count.name}: {count.found} of at least {count.least}" for count in self.counts if not count.met]
        return [*([] if self.report.balanced else [self.report.sentence]), *(few if self.must_show else [])]

    @property
    def last_line(self) -> str:
        """Say in one line how the run went: its figures, and what broke."""
        of = self.totals
        figures = (
            f"{of.orders:,} orders, {of.packages:,} packages, {of.backordered_units:,} backordered units, "
            f"{of.mails:,} mails"
        )
        return f"demo: {figures}, {'; '.join(self.broken) if self.broken else 'all books balance'}"

    def shown(self) -> Iterator[RenderableType]:
        """Give summary, stories, counts and audit, one below the other."""
        yield Text("\nWhat came of it", style="bold")
        yield _summary(self)
        for story in self.stories:
            yield story.shown()
        yield Text("\nWhat it showed", style="bold")
        yield _counts(self.counts, must_show=self.must_show)
        yield Text("\nThe audit", style="bold")
        yield self.report.shown()

    def said(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {
            "said": self.last_line,
            "broken": self.broken,
            "sent": self.sent,
            "totals": asdict(self.totals),
            "states": self.states,
            "answers": self.answers,
            "counts": [asdict(count) | {"met": count.met} for count in self.counts],
            "stories": [asdict(story) for story in self.stories],
            "verify": self.report.said(),
        }


def _summary(result: Result) -> Table:
    rows = {
        "records sent": f"{result.sent:,}",
        "answered on Kafka": _listed(result.answers),
        "orders": _listed(result.states),
        "packages": f"{result.totals.packages:,}",
        "backordered units": f"{result.totals.backordered_units:,}",
        "mails": f"{result.totals.mails:,}",
    }
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, figure in rows.items():
        table.add_row(name, figure)
    return table


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())


def _counts(counts: list[Count], *, must_show: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("count")
    table.add_column("found", justify="right")
    table.add_column("least", justify="right")
    for count in counts:
        style = "green" if count.met or not must_show else "bold red"
        table.add_row(count.name, Text(f"{count.found:,}", style=style), str(count.least) if must_show else "-")
    return table
