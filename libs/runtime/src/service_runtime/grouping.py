"""Requests that come together are done together: one transaction and one publish for all, an answer for each.

One group is decided at a time, and the next is whoever asked meanwhile: nobody waits for a timer, and the group grows
with the load. A group is published while the next is decided, never before the one ahead of it. What must hold for
each request, and why it does:

- **Its key.** No two of a group share an order or an Idempotency-Key: of two that do, the later goes into a later
  group and finds what the earlier one left. Other replicas are kept off by the locks of both, taken in one sequence.
- **Its neighbours.** A group that cannot be committed for what may be the fault of one (a bug, an event too large, a
  lock that does not come) was rolled back; each of its requests is done alone, and the fault is one's own again.
  Where the database is away all are told, and nothing is tried twice.
- **A crash.** Before COMMIT nothing was done and nobody was answered. After it the rows are pending: the relay says
  them, and who asks again under the same key gets the answer. What is committed is never decided again here.
- **A broker that is away.** `say` waits for it a moment; then those who asked are answered, and the relay says it.
- **Hanging up.** The work belongs to the group, not to a request. Who leaves before it began is left out.
- **Too many.** `MOST_UNANSWERED` may wait; the next is told to come later and nothing of it is kept.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar
from typing import Protocol as Shape

import structlog

from service_runtime.acts import Say, publish, transacted
from service_runtime.answering import Asked, DecideAll, Reply, answered
from service_runtime.failures import Failure, failure_of, timed_out
from service_runtime.ports import Outgoing
from service_runtime.protocol import Protocol

LOG = structlog.get_logger("grouping")
MOST_TOGETHER = 100  # a transaction that still commits within some ten milliseconds
MOST_UNANSWERED = 500  # of a mebibyte each at most; at 1,000 a second half a second's worth
ALONE_AT_ONCE = 4  # half of the pool: who handles events needs connections too
COME_BACK_S = 1


class Named(Shape):
    """Who waits under names, of which no two of a group may share one."""

    @property
    def names(self) -> frozenset[str]:
        """Its orders and its key."""


N = TypeVar("N", bound=Named)
W = TypeVar("W")


def parted(waiting: Sequence[N], most: int) -> tuple[list[N], list[N]]:
    """Who goes now and who goes later, in their sequence. Nobody overtakes one who waits under the same name."""
    now: list[N] = []
    later: list[N] = []
    taken: set[str] = set()
    for one in waiting:
        goes = len(now) < most and taken.isdisjoint(one.names)
        (now if goes else later).append(one)
        taken |= one.names
    return now, later


def may_be_one_of_them(error: Exception) -> bool:
    """Whether a single request may have stopped its group; an infrastructure that is away stops each of them."""
    return failure_of(error) is not Failure.INFRASTRUCTURE or timed_out(error)


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[W]):
    asked: Asked[W]
    answer: "asyncio.Future[Reply]"

    @property
    def names(self) -> frozenset[str]:
        return self.asked.names


@dataclass
class Grouping(Generic[W]):
    """The requests of one kind, and the work on them."""

    protocol: Protocol
    decide: DecideAll[W]
    say: Say | None = None
    waiting: list[_Waiting[W]] = field(default_factory=list)
    unanswered: int = 0
    work: "asyncio.Task[None] | None" = None
    saying: "asyncio.Task[None] | None" = None
    alone: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ALONE_AT_ONCE))

    async def ask(self, asked: Asked[W]) -> Reply:
        """Wait for the answer to a request; where too many wait already, the answer is to come later."""
        if self.unanswered >= MOST_UNANSWERED:
            return Reply.later("too_many_waiting", "more is waiting than can be taken soon", COME_BACK_S)
        one = _Waiting(asked, asyncio.get_running_loop().create_future())
        self.waiting.append(one)
        self.work = self.work or asyncio.create_task(self._work())
        self.unanswered += 1
        try:
            return await one.answer
        finally:
            self.unanswered -= 1

    async def stop(self) -> None:
        """Let go of what is in hand: who still waits is not answered, and what is committed is left to the relay."""
        tasks = [task for task in (self.work, self.saying) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in self.waiting:
            one.answer.cancel()

    async def _work(self) -> None:
        try:
            while group := self._next():
                await self._do(group)
        finally:
            self.work = None

    def _next(self) -> list[_Waiting[W]]:
        still_there = [one for one in self.waiting if not one.answer.done()]
        group, self.waiting = parted(still_there, MOST_TOGETHER)
        return group

    async def _do(self, group: Sequence[_Waiting[W]]) -> None:
        """Decide; afterwards each of the group has an error, or its answer waits for what is being said."""
        asked = [one.asked for one in group]
        names = {name for one in group for name in one.names}
        with _told_of_failure(group):
            try:
                replies, rows = await transacted(self.protocol, names, lambda work: answered(work, asked, self.decide))
            except Exception as error:
                if len(group) == 1 or not may_be_one_of_them(error):
                    raise
                LOG.warning("not together, so each alone", requests=len(group), error=repr(error))
                await asyncio.gather(*[self._do_alone(one) for one in group])
            else:
                await self._said()
                self.saying = asyncio.create_task(self._say(group, replies, rows))

    async def _do_alone(self, one: _Waiting[W]) -> None:
        async with self.alone:
            await self._do([one])

    async def _said(self) -> None:
        """The group before is published; if it could not be, its own requests are told."""
        while self.saying is not None:
            await asyncio.wait([self.saying])

    async def _say(self, group: Sequence[_Waiting[W]], replies: Sequence[Reply], rows: Sequence[Outgoing]) -> None:
        with _told_of_failure(group):
            try:
                await (self.say or partial(publish, self.protocol))(rows, "act_after_commit")
            finally:
                self.saying = None
            for one, reply in zip(group, replies, strict=True):
                if not one.answer.done():
                    one.answer.set_result(reply)


@contextmanager
def _told_of_failure(group: Sequence[_Waiting[Any]]) -> Iterator[None]:
    """An error is raised again where each of the group waits, and nowhere else; who is let go is not answered."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        for one in group:
            if not one.answer.done():
                one.answer.set_exception(error)
    except asyncio.CancelledError:
        for one in group:
            one.answer.cancel()
        raise
