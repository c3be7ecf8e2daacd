"""What the services stand on: the broker killed or stopped for a while, PostgreSQL stopped without a word."""

import asyncio
import os
import signal
import time

from baesong.crash.stage import Stage, Strike
from baesong.crash.targets.target import Target

FROZEN_S = 20.0
FREEZE_EVERY = 3  # of seven strikes five kill and two freeze


class Broker(Target):
    """Kafka is killed and started again; every third time it is frozen for 20 s instead."""

    name = "broker"

    async def strike(self, stage: Stage) -> None:
        """Strike, and wait each time until orders come through again."""
        for number in range(1, self.strikes + 1):
            stage.struck(
                await (_frozen(stage) if number % FREEZE_EVERY == 0 else _ended(stage, "kafka", signal.SIGKILL))
            )


class Postgres(Target):
    """PostgreSQL is told to stop immediately: connections are cut, and it recovers from its log when started again."""

    name = "postgres"

    async def strike(self, stage: Stage) -> None:
        """Strike, and wait each time until orders come through again."""
        for _ in range(self.strikes):
            stage.struck(await _ended(stage, "postgres", signal.SIGQUIT))


async def _ended(stage: Stage, name: str, sign: signal.Signals) -> Strike:
    await stage.flows()
    part = stage.part(name)
    child, what = part.child, f"{name} {sign.name}"
    if child is None or not child.alive():
        return Strike(what, hit=False, why="it did not run")
    os.kill(child.pid, sign)
    since = time.monotonic()
    again = await stage.well_again(what, part, child)
    return await stage.goes_on(what, since) if again.hit else again


async def _frozen(stage: Stage) -> Strike:
    await stage.flows()
    child, what = stage.part("kafka").child, f"kafka SIGSTOP {FROZEN_S:.0f} s"
    if child is None or not child.alive():
        return Strike(what, hit=False, why="it did not run")
    os.kill(child.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(FROZEN_S)
    finally:
        os.kill(child.pid, signal.SIGCONT)
    return await stage.goes_on(what, time.monotonic())
