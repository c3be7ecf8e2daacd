"""Outside effects: leased, done, and settled with the event that announces them. Never inside a transaction."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import asyncpg
import orjson
import structlog

from order_events import Cause, EffectState
from service_runtime.acts import act
from service_runtime.effect_ports import (
    CannotFind,
    Confirmed,
    EffectFailed,
    EffectPort,
    EffectRefusedForNow,
    EffectUnknown,
    Failed,
    Later,
    Leased,
    Outcome,
    Told,
    Unknown,
    final,
    reference_of,
    state_of,
    try_of,
)  # fmt: skip
from service_runtime.effect_states import leases, recorded
from service_runtime.failpoints import failpoint
from service_runtime.failures import Failure, failure_of
from service_runtime.metrics import EFFECTS, FAILURES
from service_runtime.postgres import SQL, PostgresStore
from service_runtime.protocol import Protocol as BatchProtocol
from service_runtime.schedule import back_off, next_try
from service_runtime.tracing import Tracing
from service_runtime.work import Effect, Work

LOG = structlog.get_logger("effects")
AT_ONCE = 20  # in hand, from lease to outcome: a kill may leave this many leased (design.md, section 3)
GATHER_S = 0.02  # what ends so soon after another is settled with it: a transaction costs 3 ms whatever it holds
LEASE = timedelta(seconds=30)  # longer than the sink keeps an idle connection (10 s) that could still carry a call
CALL_S = 10.0  # under half the lease
IDLE_S = 0.05
LOOK_UP_S = 1.0  # how often expired leases are asked for while there are none
Ended = tuple[Leased, Outcome | Later | None]
Calls = frozenset["asyncio.Task[Ended]"]
T = TypeVar("T", bound=Outcome | Later | None)


class EffectWorker:
    """Does what was intended: some calls under way at any time, whoever has ended settled together."""

    def __init__(
        self,
        protocol: BatchProtocol,
        store: PostgresStore,
        ports: Mapping[str, EffectPort],
        tracing: Tracing | None = None,
    ) -> None:
        self._tracing = tracing
        self._protocol = protocol
        self._store = store
        self._ports = ports
        self._stopping = False
        self._look_up_at = 0.0
        self._beginning = asyncio.Lock()
        self._in_hand: frozenset[asyncio.Task[Ended]] = frozenset()
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        """Work until told to stop; infrastructure failures are waited out."""
        steps = (self.begin, self.settle_ended, self.look_up_expired)
        try:
            await asyncio.gather(*[self._repeat(step) for step in steps])
        finally:
            self._stopping = True
            for call in self._in_hand:
                call.cancel()
            await self._change(settled=self._in_hand)

    async def _repeat(self, step: Callable[[], Awaitable[int]]) -> None:
        failures = 0
        while self._in_hand or not self._stopping:
            try:
                worked = await step()
                failures = 0
            except Exception as error:
                if failure_of(error) is Failure.BUG:
                    raise
                failures, worked = failures + 1, 0
                FAILURES.labels("effects").inc()
                await asyncio.sleep(back_off(failures, random.random()))  # noqa: S311 - jitter
            if not worked:
                await asyncio.sleep(IDLE_S)

    async def finished(self) -> None:
        """Begin nothing more; return when what was done outside is also stored, or its call must be over."""
        self._stopping = True
        try:
            async with asyncio.timeout(CALL_S), self._beginning:
                await self._until(lambda: not self._in_hand)
        except TimeoutError:
            LOG.warning("left with effects in hand: they are looked up when their lease ends")

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(holds)

    async def _change(self, begun: Calls = frozenset(), settled: Calls = frozenset()) -> None:
        async with self._changed:
            self._in_hand = self._in_hand - settled | begun
            self._changed.notify_all()

    async def begin(self) -> int:
        """Lease as many intents as may be in hand, once half of those are settled, and call them.

        Nothing is told, for a pause, where there was less to do than may be done: so a quiet service asks seldom, and
        a busy one leases many at once.
        """
        await self._until(lambda: len(self._in_hand) <= AT_ONCE // 2)
        async with self._beginning:
            room = AT_ONCE - len(self._in_hand)
            leased = [] if self._stopping else await self._lease_intents(room)
            if leased:
                failpoint("effect_after_intent")
                await self._change(begun=frozenset(asyncio.create_task(self._call(one)) for one in leased))
        return len(leased) == room

    async def settle_ended(self) -> int:
        """Settle the calls that have ended, once there is one and others had the time to end with it.

        What cannot be stored yet is kept and tried again; where a look-up was faster, it changes nothing.
        """
        await self._until(lambda: bool(self._in_hand))
        await asyncio.wait(self._in_hand, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait(self._in_hand, timeout=GATHER_S)
        ended = frozenset(call for call in self._in_hand if call.done())
        failpoint("effect_after_call")
        await self._settle([call.result() for call in ended])
        await self._change(settled=ended)
        return len(ended)

    async def _call(self, leased: Leased) -> Ended:
        return leased, await self._traced(leased, self._perform(leased))

    async def _traced(self, leased: Leased, call: Awaitable[T]) -> T:
        began = time.time_ns()
        outcome = await call
        if self._tracing is not None:
            self._tracing.called(leased.effect, try_of(leased, outcome), began)
        return outcome

    async def look_up_expired(self) -> int:
        """Look up what a dead worker may have done; how many they were."""
        if time.monotonic() < self._look_up_at:
            return 0
        rows = await self._store.pool.fetch(SQL.expired_effects, AT_ONCE, LEASE)
        self._look_up_at = time.monotonic() + (0 if rows else LOOK_UP_S)
        leased = _leased(rows, time.monotonic())
        if leased:
            found = await asyncio.gather(*[self._traced(one, self._find(one)) for one in leased])
            await self._settle(list(zip(leased, found, strict=True)))
        return len(leased)

    async def _lease_intents(self, most: int = AT_ONCE) -> list[Leased]:
        """Lease some, and have that acknowledged on the effects topic before anything is called."""
        began = time.monotonic()
        if not await self._store.pool.fetchval(SQL.effects_due, self._protocol.clock.now()):
            return []

        async def lease(work: Work) -> list[Leased]:
            leased = _leased(await work.conn.fetch(SQL.lease_effects, most, LEASE, work.now), began)
            tries = [(one.effect, one.attempts) for one in leased]
            work.emit_all(leases(self._protocol.service, work, tries))
            return leased

        return await act(self._protocol, [], lease, "effect_lease_after_commit")

    async def _perform(self, leased: Leased) -> Outcome | Later | None:
        """The outcome; None leaves the lease to run out, so that the effect is looked up."""
        if time.monotonic() > leased.call_before:
            LOG.warning("lease too old to call, looked up when it ends", key=leased.effect.key)
            return None
        try:
            async with asyncio.timeout(CALL_S):
                return Confirmed(await self._ports[leased.effect.kind].perform(leased.effect))
        except EffectFailed as error:
            return Failed(str(error))
        except EffectRefusedForNow as error:
            return Later(next_try(leased.attempts, self._protocol.clock.now()), str(error))
        except Exception as error:
            if failure_of(error) is Failure.BUG and not isinstance(error, EffectUnknown):
                raise
            LOG.warning("outcome unknown, looked up when the lease ends", key=leased.effect.key, error=repr(error))
            return None

    async def _find(self, leased: Leased) -> Outcome | Later:
        try:
            reference = await self._ports[leased.effect.kind].find(leased.effect)
        except CannotFind as error:
            return Unknown(str(error) or "the provider cannot be asked")
        if reference is not None:
            return Confirmed(reference)
        return Later(self._protocol.clock.now(), "looked up: it did not happen")

    async def _settle(self, ended: Sequence[Ended]) -> None:
        settled = [(one, final(outcome)) for one, outcome in ended if outcome is not None]

        async def write(work: Work) -> None:
            ours = await _write(work, settled)
            await self._say(work, [(one, outcome) for one, outcome in settled if one.effect.key in ours])

        if settled:
            await act(self._protocol, [one.effect.order_id for one, _ in settled], write, "effect_after_commit")
        for one, outcome in settled:
            EFFECTS.labels(one.effect.kind, state_of(outcome)).inc()

    async def _say(self, work: Work, settled: Sequence[tuple[Leased, Outcome | Later]]) -> None:
        by_kind: dict[str, list[Told]] = {}
        for one, outcome in settled:
            cause = Cause(try_of(one, outcome), work.now, one.effect.traceparent)
            state, reference = EffectState(state_of(outcome)), reference_of(outcome)
            work.emit(recorded(self._protocol.service, work, one.effect, state, one.attempts, cause, reference))
            if not isinstance(outcome, Later):
                by_kind.setdefault(one.effect.kind, []).append(Told(one.effect, outcome, cause))
        for kind, told in by_kind.items():
            await self._ports[kind].announce(work, told)


def _leased(rows: Sequence[asyncpg.Record], began: float) -> list[Leased]:
    call_before = began + LEASE.total_seconds() - 2 * CALL_S
    return [Leased(_effect(row), row["attempts"], call_before) for row in rows]


def _effect(row: asyncpg.Record) -> Effect:
    return Effect(row["key"], row["kind"], row["order_id"], orjson.loads(row["payload"]), row["traceparent"])


async def _write(work: Work, settled: Sequence[tuple[Leased, Outcome | Later]]) -> set[Any]:
    rows = await work.conn.fetch(
        SQL.settle_effects,
        [one.effect.key for one, _ in settled],
        [one.attempts for one, _ in settled],
        [state_of(outcome) for _, outcome in settled],
        [reference_of(outcome) for _, outcome in settled],
        [None if isinstance(outcome, Confirmed) else outcome.reason for _, outcome in settled],
        [outcome.at if isinstance(outcome, Later) else None for _, outcome in settled],
    )
    return {row["key"] for row in rows}
