"""Replicas of a service: they join and leave, are restarted one after the other, and are frozen past their session."""

import asyncio
import json
import os
import signal
import time
from random import Random
from typing import ClassVar

import psutil

from baesong.crash.plan import BATCH, Kill
from baesong.crash.stage import Stage, Strike, until_well
from baesong.crash.targets.target import Target
from baesong.instance import InstanceSpec
from baesong.services import SERVICES, Service

SCALED = "allocator"
MOST = 3
EVERY_S = 20.0
SESSION_S = 6.0
FROZEN_S = SESSION_S + 4.0
FREEZE_WITHIN_S = 60.0


class Replicas(Target):
    """Two replicas more join and leave again, every 20 s, for as long as orders flow."""

    name = "replicas"
    gated = False
    by_http = False  # the feeder posts one by one: slower than 500 orders a second

    def spec(self) -> InstanceSpec:
        """Give an instance with all the replicas there will be; no mails, which are slower than 500 orders a second."""
        return InstanceSpec(replicas={SCALED: MOST}, environment={"NOTIFIER_MAIL": "off"})

    async def strike(self, stage: Stage) -> None:
        """Let the others leave, join, leave."""
        await _leave(stage, _others())
        for number in range(self.strikes):
            await asyncio.sleep(EVERY_S)
            begun, joins = time.monotonic(), number % 2 == 0
            await (_join(stage, _others()) if joins else _leave(stage, _others()))
            what = f"{SCALED} {'1 → 3' if joins else '3 → 1'}"
            stage.struck(Strike(what, hit=True, back_s=time.monotonic() - begun))
        await _join(stage, _others())


class Rolling(Target):
    """Each of two replicas is restarted: the other one's partitions stay its own, and orders wait less than 3 s."""

    name = "rolling"
    gated = False
    longest_pause_s = 3.0

    def spec(self) -> InstanceSpec:
        """Give an instance with two replicas of a service."""
        return InstanceSpec(replicas={SCALED: 2})

    async def strike(self, stage: Stage) -> None:
        """Restart them in turn."""
        for number in range(self.strikes):
            await stage.flows()
            restarted, other = (SCALED, f"{SCALED}-1") if number % 2 == 0 else (f"{SCALED}-1", SCALED)
            before, begun = _assignments(stage, other), time.monotonic()
            await stage.instance.hand_over(restarted)
            back_s = time.monotonic() - begun
            await stage.flows()
            more = _assignments(stage, other) - before
            why = f"{other} was assigned partitions {more} times" if more else ""
            stage.struck(Strike(f"{restarted} restarted", hit=not more, back_s=back_s, why=why))


class Zombies(Target):
    """A service is frozen in the middle of a batch until another replica has its partitions, and then goes on."""

    name = "zombie"
    points: ClassVar[tuple[str, ...]] = BATCH

    def spec(self) -> InstanceSpec:
        """Give an instance with two replicas of each service, the first of which know where their failpoints lie."""
        own = {service: {"BAESONG_FAILPOINTS": str(self.failpoints / service)} for service in SERVICES}
        return InstanceSpec(replicas=dict.fromkeys(SERVICES, 2), own=own)

    async def strike(self, stage: Stage) -> None:
        """Freeze one after the other."""
        chance = Random(self.wish.seed)  # noqa: S311 - a plan to be drawn again
        for _ in range(self.strikes):
            service = chance.choice(SERVICES)
            points = [point for point in self.points if service != "notifier" or point != "after_commit"]
            stage.struck(await _frozen(stage, Kill(service, chance.choice(points), 1)))


async def _join(stage: Stage, names: list[str]) -> None:
    await asyncio.gather(*(stage.instance.start(name) for name in names))


async def _leave(stage: Stage, names: list[str]) -> None:
    await asyncio.gather(*(stage.instance.stop(name, for_good=True) for name in names))


def _others() -> list[str]:
    return [f"{SCALED}-{ordinal}" for ordinal in range(1, MOST)]


def _assignments(stage: Stage, name: str) -> int:
    """Count how often a replica was assigned partitions: each is a rebalance that it took part in."""
    lines = stage.part(name).log.read_text(errors="replace").splitlines()
    return sum(_event(line) == "partitions assigned" for line in lines)


def _event(line: str) -> str:
    try:
        return str(json.loads(line).get("event"))
    except ValueError:
        return ""


async def _frozen(stage: Stage, kill: Kill) -> Strike:
    """Freeze whichever replica comes by the point first, until its session is over, and let it go on."""
    services = [part for part in stage.instance.supervisor.parts() if isinstance(part, Service)]
    parts = [part for part in services if part.service == kill.service]
    for part in parts:
        await until_well(part)
    stage.arm(kill, "SIGSTOP")
    what = f"{kill.service} frozen at {kill.point}"
    zombie = await _zombie(parts)
    if zombie is None:
        stage.disarm(kill)
        return Strike(what, hit=False, why=f"no replica came by within {FREEZE_WITHIN_S:.0f} s")
    await asyncio.sleep(FROZEN_S)
    frozen = psutil.Process(zombie).status() == psutil.STATUS_STOPPED
    os.kill(zombie, signal.SIGCONT)
    since = time.monotonic()
    return await stage.goes_on(what, since) if frozen else Strike(what, hit=False, why="it was not frozen all the time")


async def _zombie(parts: list[Service]) -> int | None:
    """Wait until one of these processes is stopped, and give its pid."""
    deadline = time.monotonic() + FREEZE_WITHIN_S
    while time.monotonic() < deadline:
        for part in parts:
            if part.child and part.child.alive() and psutil.Process(part.child.pid).status() == psutil.STATUS_STOPPED:
                return part.child.pid
        await asyncio.sleep(0.05)
    return None
