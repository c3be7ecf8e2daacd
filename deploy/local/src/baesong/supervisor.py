"""Keeps the parts of an instance running: starts them in order, starts again what dies, stops all."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baesong.errors import BaesongError
from baesong.files import read_json, write_json
from baesong.part import Part, Say, silent
from baesong.processes import Identity, stop_leftover
from baesong.services import Service

FOUNDATION = frozenset({"kafka", "postgres", "mail"})
WATCH_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
# A part that ran this long is well again: its next death begins with the short pause.
WELL_AFTER_S = 30.0
LEFTOVER_GRACE_S = 20.0


def utc_now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


def pause_before(restart: int) -> float:
    """Give how long to wait before the n-th restart in a row (from 0)."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * float(2**restart))


@dataclass
class Watch:
    """What is known of one part."""

    part: Part
    wanted: bool = False
    restarts: int = 0
    failures: int = 0
    since: datetime | None = None
    reason: str | None = None
    revival: "asyncio.Task[None] | None" = None
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)

    def said(self) -> dict[str, Any]:
        """Give it as `baesong status` shows it."""
        child = self.part.child
        return {
            "pid": child.pid if child and child.alive() else None,
            "port": self.part.port,
            "log": str(self.part.log),
            "restarts": self.restarts,
            "since": self.since.isoformat() if self.since else None,
            "reason": self.reason,
            "url": getattr(self.part, "url", None),
        }


class Supervisor:
    """The parts of one instance."""

    def __init__(self, folder: Path, say: Say = silent, now: Callable[[], datetime] = utc_now) -> None:
        self._folder = folder
        self._say = say
        self._now = now
        self._watches: dict[str, Watch] = {}
        self._watching: asyncio.Task[None] | None = None

    def add(self, part: Part) -> None:
        """Take a part in; it is not started yet."""
        part.on_spawn = self._note
        self._watches[part.name] = Watch(part)

    def part(self, name: str) -> Part:
        """Give a part by name."""
        return self._watch(name).part

    def parts(self) -> list[Part]:
        """Give all parts, in the order they were added."""
        return [watch.part for watch in self._watches.values()]

    async def start(self, names: Iterable[str]) -> None:
        """Start these parts at once and return when all are ready; the first failure ends the start of the others."""
        if not self._watching:
            self._watching = asyncio.create_task(self._watch_all())
        tasks = [asyncio.create_task(self._start(self._watch(name))) for name in names]
        try:
            await asyncio.gather(*tasks)
        finally:
            await _cancelled(*tasks)

    async def stop(self, name: str, *, for_good: bool = False) -> None:
        """Stop a part gracefully; it stays down until it is started."""
        watch = self._watch(name)
        watch.wanted = False
        await _cancelled(watch.revival)
        async with watch.gate:
            await (watch.part.leave() if for_good else watch.part.stop())
        self._note()

    async def hand_over(self, name: str) -> None:
        """Restart a service so that its next process is ready, but for its ordinal, when the old one stops."""
        watch = self._watch(name)
        if not isinstance(watch.part, Service):
            raise BaesongError(f"{name} cannot hand over: it is no service")
        async with watch.gate:
            await watch.part.hand_over()
            watch.since = self._now()
        self._note()

    async def kill(self, name: str, *, stay_down: bool = False) -> None:
        """Kill a part (SIGKILL); it is started again by itself unless it shall stay down."""
        watch = self._watch(name)
        if stay_down:
            watch.wanted = False
            await _cancelled(watch.revival)
        await watch.part.kill()
        self._note()

    async def stop_services(self) -> None:
        """Stop every part that stands on the others, all at once."""
        await self._stop_each(name for name in self._watches if name not in FOUNDATION)

    async def stop_all(self) -> None:
        """Stop every part, Kafka, PostgreSQL and the sink last."""
        await _cancelled(self._watching)
        self._watching = None
        await self.stop_services()
        await self._stop_each(name for name in self._watches if name in FOUNDATION)

    async def _stop_each(self, names: Iterable[str]) -> None:
        for failure in filter(None, await asyncio.gather(*map(self.stop, names), return_exceptions=True)):
            self._say(f"could not stop: {failure!r}")

    def status(self) -> dict[str, dict[str, Any]]:
        """Give what is known of each part."""
        return {name: watch.said() for name, watch in self._watches.items()}

    def _watch(self, name: str) -> Watch:
        if name not in self._watches:
            raise BaesongError(f"there is no part {name}; there are {', '.join(self._watches)}")
        return self._watches[name]

    async def _start(self, watch: Watch) -> None:
        async with watch.gate:
            if watch.part.alive():
                return
            self._say(f"{watch.part.name}: starting")
            begun = time.monotonic()
            await watch.part.start()
            watch.wanted, watch.since = True, self._now()
            self._say(f"{watch.part.name}: ready after {time.monotonic() - begun:.1f} s")
        self._note()

    async def _watch_all(self) -> None:
        while True:
            for watch in self._watches.values():
                if watch.wanted and not watch.part.alive() and (watch.revival is None or watch.revival.done()):
                    watch.revival = asyncio.create_task(self._revive(watch))
            await asyncio.sleep(WATCH_S)

    async def _revive(self, watch: Watch) -> None:
        if watch.since and (self._now() - watch.since).total_seconds() > WELL_AFTER_S:
            watch.failures = 0
        watch.reason = _how_it_ended(watch.part)
        pause = pause_before(watch.failures)
        watch.failures += 1
        self._say(f"{watch.part.name} {watch.reason}; starting it again in {pause:.1f} s")
        await asyncio.sleep(pause)
        try:
            await self._start(watch)
            watch.restarts += 1
        except BaesongError as error:
            watch.reason = str(error)
        self._note()

    def _note(self) -> None:
        """Write down which processes are ours, for whoever comes after us, and how each part is."""
        running = {
            watch.part.name: [watch.part.child.identity.pid, watch.part.child.identity.started, watch.part.stop_signal]
            for watch in self._watches.values()
            if watch.part.child and watch.part.alive()
        }
        write_json(self._folder / "processes.json", running)
        write_json(self._folder / "status.json", self.status())


def _how_it_ended(part: Part) -> str:
    if part.child is None:
        return "was not there"
    code = part.child.exit_code or 0
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
    return how if code < 0 else f"{how}: {part.child.last_words()}"


async def _cancelled(*tasks: "asyncio.Task[None] | None") -> None:
    open_ones = [task for task in tasks if task and not task.done()]
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)


async def stop_leftovers(folder: Path) -> list[str]:
    """Stop what an owner who died left running in this folder, what was started last first; give the names."""
    noted: Mapping[str, Any] = read_json(folder / "processes.json")
    found = {name: (Identity(pid, started), sign) for name, (pid, started, sign) in noted.items()}
    alive = [name for name, (process, _) in found.items() if process.alive()]
    for name in reversed(alive):
        process, sign = found[name]
        await stop_leftover(process, signal.Signals(sign), LEFTOVER_GRACE_S)
    return alive
