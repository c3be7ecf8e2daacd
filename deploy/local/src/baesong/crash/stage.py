"""Where a target strikes: a running instance, the orders that flow through it, and what was struck so far."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from baesong.crash.plan import Kill
from baesong.crash.pulse import Pulse
from baesong.crash.wish import Wish
from baesong.feed.sendings import Sending
from baesong.part import Part, Say
from baesong.processes import Child
from baesong.running import Instance

LOOK_S = 0.05
REACHED_WITHIN_S = 60.0  # a supervisor may wait 5 s, a service 15 s for a lease, and the flow must come by
BACK_WITHIN_S = 60.0
PATIENCE_S = 10.0  # after so long without a strike more orders flow all the same, so that the point is reached
KILLED = -9


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that was broken: whether it is known to have hit, and how long it took to be well again."""

    what: str
    hit: bool
    back_s: float = 0.0
    why: str = ""


@dataclass
class Stage:
    """One run. The orders are released in portions, one more with each strike, so that all strikes fall among them.

    Args:
        instance: what is struck.
        wish: what was asked.
        sendings: what is sent.
        say: told of each strike.
        pulse: takes the time.
        failpoints: the folder with a failpoint's file per service.
        left: how many strikes are to come; 0 releases all.
    """

    instance: Instance
    wish: Wish
    sendings: Sequence[Sending]
    say: Say
    pulse: Pulse
    failpoints: Path
    left: int
    strikes: list[Strike] = field(default_factory=list)
    _released: float = 0
    _last: float = 0

    def released(self) -> float:
        """Say how many records may be sent by now; while a strike is long in coming, a little more each time."""
        if self.left == 0:
            return inf
        if time.monotonic() - self._last > PATIENCE_S:
            self._release(1.0 if not self._last else 0.25)
        return self._released

    def _release(self, portions: float) -> None:
        waiting = len(self.sendings) - self._released
        self._released += max(1, waiting * portions / (self.left + 1))
        self._last = time.monotonic()

    def struck(self, strike: Strike) -> None:
        """Note a strike, and let more orders flow."""
        self.strikes.append(strike)
        self.left = max(0, self.left - 1)
        self._release(1.0)
        how = f"well again after {strike.back_s:.1f} s" if strike.hit else f"MISSED: {strike.why}"
        self.say(f"{len(self.strikes)}. {strike.what}: {how}")

    async def kill(self, kill: Kill) -> Strike:
        """Have a service kill itself at a point; it counts when the point was taken and the process died by SIGKILL."""
        part, point = self.part(kill.service), self.failpoints / kill.service
        await until_well(part)
        child = part.child
        point.with_suffix(".new").write_text(kill.armed)
        point.with_suffix(".new").rename(point)
        if not child or not await child.ended(REACHED_WITHIN_S):
            point.unlink(missing_ok=True)
            return Strike(kill.said, hit=False, why=f"not reached within {REACHED_WITHIN_S:.0f} s")
        if point.exists() or child.exit_code != KILLED:
            point.unlink(missing_ok=True)
            return Strike(kill.said, hit=False, why=f"it ended with {child.exit_code}: {child.last_words()}")
        return await self.well_again(kill.said, part, child)

    async def well_again(self, what: str, part: Part, dead: Child | None = None) -> Strike:
        """Wait until a part that was struck answers again, as another process where the one before is dead."""
        begun = time.monotonic()
        try:
            await until_well(part, dead)
        except TimeoutError:
            return Strike(what, hit=False, why=f"{part.name} was not back within {BACK_WITHIN_S:.0f} s")
        return Strike(what, hit=True, back_s=time.monotonic() - begun)

    def part(self, name: str) -> Part:
        """Give a part by name."""
        return self.instance.supervisor.part(name)


async def until_well(part: Part, dead: Child | None = None) -> None:
    """Wait until a part answers.

    Raises:
        TimeoutError: it does not.
    """
    async with asyncio.timeout(BACK_WITHIN_S):
        while part.child is dead or not part.alive() or not await part.ready():  # noqa: ASYNC110 - a process, no event
            await asyncio.sleep(LOOK_S)
