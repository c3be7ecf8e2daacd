"""Somebody else's service, for tests of effects."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import service_runtime as runtime
from order_events import Event
from service_runtime import CannotFind, Effect, Outcome, Work
from toy import Told


@dataclass
class Post:
    """Somebody else's service, which answers as it is told to."""

    answers: list[Exception | str]
    found: str | None = None
    can_find: bool = True
    calls: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    slow_s: float = 0.0

    async def perform(self, effect: Effect) -> str:
        self.calls.append(effect.key)
        await asyncio.sleep(self.slow_s)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def find(self, effect: Effect) -> str | None:
        if not self.can_find:
            raise CannotFind("it keeps no list")
        return self.found

    async def announce(self, work: Work, told: Sequence[runtime.Told]) -> None:
        for one in told:
            self.outcomes.append(one.outcome)
            said = Told(order_id=one.effect.order_id, count=len(self.outcomes))
            work.emit(Event(said, len(self.outcomes), one.cause))
