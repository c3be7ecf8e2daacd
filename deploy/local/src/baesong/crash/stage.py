"""Where a target strikes: a running instance, the orders that flow through it, and what was struck so far."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from baesong.crash.plan import Kill
from baesong.crash.pulse import Pulse
from baesong.crash.wish import Wish
from baesong.feed.feeder import Progress
from baesong.part import Part, Say
from baesong.processes import Child
from baesong.running import Instance

LOOK_S = 0.05
REACHED_WITHIN_S = 60.0  # a supervisor may wait 5 s, a service 15 s for a lease, and the flow must come by
BACK_WITHIN_S = 120.0
PATIENCE_S = 10.0  # after so long without a strike more orders flow all the same, so that the point is reached
PROGRESS_WITHIN_S = 30.0
KILLED = -9


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that was broken: whether it is known to have hit, and how long it took to be well again.

    `figures` are what a target counted about it, by the names they have in the JSON.
    """

    what: str
    hit: bool
    back_s: float = 0.0
    why: str = ""
    figures: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Stage:
    """One run. The orders are released in portions, one more with each strike, so that all strikes fall among them.

    Args:
        instance: what is struck.
        wish: what was asked.
        say: told of each strike.
        pulse: takes the time.
        failpoints: the folder with a failpoint's file per service.
        left: how many strikes are to come; 0 releases all.
    """

    instance: Instance
    wish: Wish
    say: Say
    pulse: Pulse
    failpoints: Path
    left: int
    strikes: list[Strike] = field(default_factory=list)
    fed: Progress = field(default_factory=Progress)
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
        waiting = max(0.0, self.wish.orders - self._released)
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
        part = self.part(kill.service)
        await until_well(part)
        child = part.child
        self.arm(kill)
        ended = child is not None and await child.ended(REACHED_WITHIN_S)
        taken = self.disarm(kill)
        if not child or not ended:
            return Strike(kill.said, hit=False, why=f"not reached within {REACHED_WITHIN_S:.0f} s")
        if not taken or child.exit_code != KILLED:
            return Strike(kill.said, hit=False, why=f"it ended with {child.exit_code}: {child.last_words()}")
        return await self.well_again(kill.said, part, child)

    def arm(self, kill: Kill, sign: str = "SIGKILL") -> None:
        """Have the service send itself a signal at the point."""
        point = self.failpoints / kill.service
        point.with_suffix(".new").write_text(f"{kill.armed} {sign}")
        point.with_suffix(".new").rename(point)

    def disarm(self, kill: Kill) -> bool:
        """Take the point back; whether the service had taken it before."""
        point = self.failpoints / kill.service
        taken = not point.exists()
        point.unlink(missing_ok=True)
        return taken

    def flows_on(self) -> None:
        """Have a little more sent, come what may."""
        self._release(0.02)

    async def flows(self) -> None:
        """Wait until an order comes through, so that a strike falls among orders."""
        await self._a_beat(self.pulse.beats)

    async def goes_on(self, what: str, since: float) -> Strike:
        """Wait until orders come through again after something was broken, which began at `since`."""
        if not await self._a_beat(self.pulse.beats):
            return Strike(what, hit=False, why=f"no order came through within {PROGRESS_WITHIN_S:.0f} s")
        return Strike(what, hit=True, back_s=time.monotonic() - since)

    async def _a_beat(self, beats: int) -> bool:
        """Wait for the next order to come through; now and then one more is sent, so that there is one."""
        deadline = time.monotonic() + PROGRESS_WITHIN_S
        while self.pulse.beats == beats and time.monotonic() < deadline:
            self._release(0.02)
            await asyncio.sleep(LOOK_S * 10)
        return self.pulse.beats > beats

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
