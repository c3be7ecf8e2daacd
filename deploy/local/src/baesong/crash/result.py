"""What came of a crash run, and how it is said."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from baesong.crash.count import Came
from baesong.crash.pulse import Pulse
from baesong.crash.stage import Strike
from baesong.crash.wish import Wish
from baesong.verify import Report
from baesong.verify.rules import Break

MOST_SHOWN = 20


@dataclass(frozen=True)
class Result:
    """What came of one target.

    Args:
        target: its name.
        wish: what was asked.
        must_lose: a negative control, that proves nothing if it loses nothing.
        strikes: what was struck.
        wanted: how many strikes were wanted.
        came: the suite's own count.
        repeated: records that said again what another one said.
        pulse: how long the system stood still.
        pause_limit_s: how long it may.
        report: of `verify`.
        fed_per_s: records sent a second, from the first to the last.
        took_s: how long all of it took.
    """

    target: str
    wish: Wish
    must_lose: bool
    strikes: Sequence[Strike]
    wanted: int
    came: Came
    repeated: int
    pulse: Pulse
    report: Report
    pause_limit_s: float | None = None
    fed_per_s: float = 0.0
    took_s: float = 0.0

    def after(self, took_s: float) -> Self:
        """Give it with how long it took."""
        return replace(self, took_s=took_s)

    @property
    def hits(self) -> int:
        """How many strikes are known to have hit."""
        return sum(strike.hit for strike in self.strikes)

    @property
    def stuck(self) -> tuple[str, ...]:
        """What stood still for good: open shipments, and what had not settled when the time was up."""
        return (*self.came.stuck, *self.report.waits)

    @property
    def broken(self) -> list[str]:
        """Name what is not as it must be."""
        missed = [f"{strike.what}: {strike.why}" for strike in self.strikes if not strike.hit]
        few = [f"{self.hits} of {self.wanted} strikes hit"] if self.hits < self.wanted else []
        if self.must_lose:
            return [*few, *missed, *([] if self.came.lost else ["a control that loses nothing: this proves nothing"])]
        figures = {"lost": self.came.lost, "doubled": self.came.doubled, "stuck": self.stuck}
        wrong = [f"{len(ids)} {what}" for what, ids in figures.items() if ids]
        if self.pause_limit_s is not None and self.pulse.longest_s >= self.pause_limit_s:
            wrong.append(f"a pause of {self.pulse.longest_s:.1f} s, where {self.pause_limit_s:.0f} s are promised")
        return [*few, *missed, *wrong, *([] if self.report.balanced else [self.report.sentence])]

    def _breaks(self) -> list[Break]:
        """What verify names; of a control nobody wants to know."""
        return [] if self.must_lose else [each for outcome in self.report.outcomes for each in outcome.breaks]

    def figures(self) -> dict[str, Any]:
        """Give the figures of the JSON line."""
        return {
            "target": self.target,
            "orders": self.came.orders,
            "kills": self.hits,
            "lost": len(self.came.lost),
            "doubled": len(self.came.doubled),
            "stuck": len(self.stuck),
            "longest_pause_s": round(self.pulse.longest_s, 2),
            "longest_back_s": round(max((strike.back_s for strike in self.strikes), default=0.0), 2),
            "fed_per_s": round(self.fed_per_s, 1),
            "repeated_records": self.repeated,
            "strikes": [_figures_of(strike) for strike in self.strikes],
            "verify": self.report.sentence,
            "breaks": [" ".join((b.rule, *b.ids, b.expected, "found", b.found)) for b in self._breaks()][:MOST_SHOWN],
            "took_s": round(self.took_s, 1),
            "seed": self.wish.seed,
        }

    def shown(self) -> Iterator[RenderableType]:
        """Give the strikes and the ids of what is wrong."""
        yield Text(f"\n{self.target}", style="bold")
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("struck", "hit", "well again after"):
            table.add_column(column)
        for strike in self.strikes:
            table.add_row(strike.what, "yes" if strike.hit else f"no: {strike.why}", f"{strike.back_s:.1f} s")
        yield table
        for what, ids in (("lost", self.came.lost), ("doubled", self.came.doubled), ("stuck", self.stuck)):
            if ids:
                more = f"\n  and {len(ids) - MOST_SHOWN} more" if len(ids) > MOST_SHOWN else ""
                yield Text(f"{len(ids)} {what}:\n  " + "\n  ".join(ids[:MOST_SHOWN]) + more)
        if not self.must_lose:
            yield Text(self.report.sentence) if self.report.balanced else self.report.shown()


def _figures_of(strike: Strike) -> dict[str, Any]:
    return {"what": strike.what, "hit": strike.hit, "back_s": round(strike.back_s, 2), **strike.figures}


def all_figures(results: Sequence[Result]) -> Mapping[str, Any]:
    """Put the figures of several targets together: sums, and the longest pause; controls stand apart."""
    honest = [one.figures() for one in results if not one.must_lose]
    counts = {name: sum(one.figures()[name] for one in results) for name in ("orders", "kills")}
    sums = counts | {name: sum(each[name] for each in honest) for name in ("lost", "doubled", "stuck")}
    pause = max((each["longest_pause_s"] for each in honest), default=0.0)
    controls = {one.target: len(one.came.lost) for one in results if one.must_lose}
    said = {**sums, "longest_pause_s": pause, "seed": results[0].wish.seed if results else None}
    broken = [f"{one.target}: {each}" for one in results for each in one.broken]
    told = {"control_lost": controls} if controls else {}
    return {**said, **told, "broken": broken, "targets": [one.figures() for one in results]}
