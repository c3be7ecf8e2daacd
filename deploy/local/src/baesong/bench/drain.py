"""A backlog drained: written while the first reader is halted, then let go, and timed until nothing is left to read."""

import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baesong.bench.cpu import Usage, look, machine_now
from baesong.bench.lag import Lag, lag_of
from baesong.bench.machine import settings
from baesong.bench.orders import Catalogue
from baesong.bench.profiling import spied
from baesong.bench.sending import TOPIC, Tell, preload
from baesong.bench.showing import Show
from baesong.errors import BaesongError
from baesong.running import Instance


@dataclass(frozen=True)
class Ground:
    """What is measured: an instance, its parts that count, and how it reads.

    Args:
        instance: it.
        counted: parts whose CPU is the product's, by the name of the part.
        stand_ins: parts whose CPU is somebody else's: shown, and left out.
        databases: from a database's name to whose it is.
        reads: per group the topics it reads, by whole name.
        first: the group that reads the backlog, and its part.
    """

    instance: Instance
    counted: Sequence[str]
    stand_ins: Sequence[str]
    databases: Mapping[str, str]
    reads: Mapping[str, Sequence[str]]
    first: tuple[str, str]

    @property
    def topic(self) -> str:
        """The topic of the backlog, by its whole name."""
        return self.instance.connection.topic(TOPIC)

    def pids(self, names: Sequence[str]) -> dict[str, int]:
        """Give the processes of these parts."""
        children = {name: self.instance.supervisor.part(name).child for name in names}
        return {name: child.pid for name, child in children.items() if child}

    def services(self) -> dict[str, int]:
        """Give the processes that count and are Python."""
        return self.pids([name for name in self.counted if name != "kafka"])

    def postmaster(self) -> int | None:
        """Give PostgreSQL's first process, where it is ours."""
        return self.pids(["postgres"]).get("postgres")

    def look(self) -> Usage:
        """Count the CPU of everything that counts."""
        return look(self.pids(self.counted), self.postmaster(), self.databases)


@dataclass(frozen=True)
class Spent:
    """What a stretch of time cost, in seconds."""

    wall: float
    cpu: Mapping[str, float]
    stand_ins: Mapping[str, float]
    bench: float
    machine: float
    stolen: float

    def us_per(self, orders: int) -> dict[str, float]:
        """Give the microseconds of CPU an order, by process."""
        return {name: seconds / orders * 1e6 for name, seconds in self.cpu.items()}

    @property
    def total(self) -> float:
        """All that counts."""
        return sum(self.cpu.values())

    @property
    def others(self) -> float:
        """What the machine did beside us: much of it, and the figure is one of a crowded machine."""
        return max(0.0, self.machine - self.total - sum(self.stand_ins.values()) - self.bench)


class Meter:
    """Counts from the moment it is made."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._counted, self._others = ground.look(), self._outside()
        self._pids = ground.pids(ground.counted)
        self._bench, (self._machine, self._stolen) = time.process_time(), machine_now()
        self.begun = time.perf_counter()

    def _outside(self) -> Usage:
        return look(self._ground.pids(self._ground.stand_ins), None, {})

    def until(self, moment: float) -> Spent:
        """Say what was spent until a moment just gone.

        Raises:
            BaesongError: a process was started again meanwhile; what the first one spent is not known.
        """
        again = [name for name, pid in self._ground.pids(self._ground.counted).items() if self._pids.get(name) != pid]
        if again:
            known = self._ground.instance.supervisor.status()
            told = "; ".join(f"{name} {known[name]['reason']}" for name in again)
            raise BaesongError(f"no figure, a part was started again: {told}")
        machine, stolen = machine_now()
        return Spent(
            wall=moment - self.begun,
            cpu=self._ground.look().since(self._counted),
            stand_ins=self._outside().since(self._others),
            bench=time.process_time() - self._bench,
            machine=machine - self._machine,
            stolen=stolen - self._stolen,
        )


@contextmanager
def halted(pid: int) -> Iterator[None]:
    """Halt a process of ours for as long as the block lasts, warm as it is (SIGSTOP, SIGCONT)."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):  # it died: the supervisor starts another
            os.kill(pid, signal.SIGCONT)


@dataclass(frozen=True)
class Backlog:
    """What is drained: so many orders of a catalogue, after a first portion that warms everything up."""

    catalogue: Catalogue
    run: str
    orders: int
    warm_up: int


@dataclass(frozen=True)
class Drained:
    """A backlog that was drained: the ids of its orders and of the first portion, its cost, and the settings."""

    order_ids: Sequence[str]
    warm_ids: Sequence[str]
    spent: Spent
    generator_s: float
    settings: Mapping[str, Any]

    @property
    def orders_per_s(self) -> float:
        """Orders a second, from the first reader's start to nothing left."""
        return len(self.order_ids) / self.spent.wall

    @property
    def us_per_order(self) -> float:
        """Microseconds of CPU an order, over all that counts."""
        return self.spent.total / len(self.order_ids) * 1e6


async def drain(
    ground: Ground,
    backlog: Backlog,
    show: Show,
    stacks: Path | None = None,
    until: Callable[[], Awaitable[float]] | None = None,
) -> Drained:
    """Warm up, write the backlog while its reader is halted, let it go, and measure until all of it is read.

    Args:
        ground: where.
        backlog: what.
        show: told of each step.
        stacks: a folder for the stacks of the services, where they are to be sampled.
        until: waits for what comes after the last record, and gives the moment it was there.
    """
    async with lag_of(ground.instance.bootstrap, ground.reads) as lag:
        warm_ids = await _send(ground, backlog, 0, backlog.warm_up, show.steps("warm-up", backlog.warm_up))
        await lag.until_read(lambda _: None, _watched(ground))
        if until:
            await until()
        with halted(ground.pids([ground.first[1]])[ground.first[1]]):
            before = time.process_time()
            tell = show.steps("backlog written", backlog.orders)
            order_ids = await _send(ground, backlog, backlog.warm_up, backlog.orders, tell)
            generator_s = time.process_time() - before
            meter = Meter(ground)
        with spied(ground.services(), stacks) if stacks else nullcontext():
            moment = await _read(lag, ground, backlog.orders, show)
            spent = meter.until(await until() if until else moment)
    return Drained(order_ids, warm_ids, spent, generator_s, await settings(ground.instance.admin_dsn))


async def _send(ground: Ground, backlog: Backlog, first: int, count: int, tell: Tell) -> list[str]:
    checkouts = backlog.catalogue.checkouts(backlog.run, first, count)
    return await preload(ground.instance.bootstrap, ground.topic, checkouts, tell)


async def _read(lag: Lag, ground: Ground, orders: int, show: Show) -> float:
    tell = show.steps("taken in", orders)
    moment = await lag.until_read(lambda behind: tell(max(0, orders - behind)), _watched(ground))
    tell(orders)
    return moment


def _watched(ground: Ground) -> tuple[str, str]:
    return ground.first[0], ground.topic
