"""What decides everything in a simulation: a seed."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Crash(BaseException):
    """The process dies here; nothing it would have done afterwards happens."""


@dataclass
class Chance:
    """Steps at which a task may wait for others, or its process may die; and a clock of its own."""

    seed: int
    crash_rate: float = 0.02
    crashes_left: int = 6
    random: Random = field(init=False)
    time: datetime = BEGINNING

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a simulation wants the same numbers again

    def now(self) -> datetime:
        """The simulation's time; it passes a little at every look."""
        self.time += timedelta(milliseconds=self.random.randint(1, 200))
        return self.time

    def pass_time(self, seconds: float) -> None:
        """Let time pass while nobody works."""
        self.time += timedelta(seconds=seconds)

    async def step(self) -> None:
        """Let others go first, by chance; or die."""
        for _ in range(self.random.randint(0, 2)):
            await asyncio.sleep(0)
        if self.crashes_left and self.random.random() < self.crash_rate:
            self.crashes_left -= 1
            raise Crash
