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
from service_runtime.acts import acknowledged, act, forget, transacted
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
Settled = tuple[Leased, Outcome | Later]
Ended = tuple[Leased, Outcome | Later | None]
Calls = frozenset["asyncio.Task[Ended]"]
T = TypeVar("T", bound=Outcome | Later | None)


class EffectWorker:
    """Does what was intended: some calls under way at any time, whoever has ended settled together.

    A turn settles what has ended and leases as much in its place: one transaction, one publish, and the next calls go
    out. A kill leaves no more than is in hand.
    """

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
        self.ports = ports
        self._stopping = False
        self._look_up_at = 0.0
        self._in_hand: frozenset[asyncio.Task[Ended]] = frozenset()
        self._free = asyncio.Event()  # nothing is in hand, nor about to be
        self._free.set()

    async def run(self) -> None:
        """Work until told to stop; infrastructure failures are waited out."""
        try:
            await asyncio.gather(*[self._repeat(step) for step in (self.turn, self.look_up_expired)])
        finally:
            self._stopping = True
            for call in self._in_hand:
                call.cancel()
            self._free.set()

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
            async with asyncio.timeout(CALL_S):
                await self._free.wait()
        except TimeoutError:
            LOG.warning("left with effects in hand: they are looked up when their lease ends")

    async def turn(self) -> int:
        """Settle the calls that have ended, lease and call as many intents as there is room for; how many of both.

        What cannot be stored yet is kept in hand and tried again; where a look-up was faster, it changes nothing.
        """
        ended = await self._ended()
        self._free.clear()
        try:
            begun = await self._exchange(ended, 0 if self._stopping else AT_ONCE - len(self._in_hand - ended))
        finally:
            if not self._in_hand:
                self._free.set()
        return len(ended) + begun

    async def _ended(self) -> Calls:
        """The calls that have ended, once there is one and others had the time to end with it.

        Where there is room for more, nobody waits for a slow one.
        """
        if not self._in_hand:
            return frozenset()
        patience = IDLE_S if len(self._in_hand) <= AT_ONCE // 2 else None
        await asyncio.wait(self._in_hand, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if any(call.done() for call in self._in_hand):
            await asyncio.wait(self._in_hand, timeout=GATHER_S)
        return frozenset(call for call in self._in_hand if call.done())

    async def _exchange(self, ended: Calls, room: int) -> int:
        """One transaction for both; what is leased is acknowledged on the effects topic before it is called."""
        settled = _settled([call.result() for call in ended])
        if not settled and not (room and await self._is_due()):
            self._in_hand -= ended
            return 0
        if settled:
            failpoint("effect_after_call")
        began = time.monotonic()

        async def write(work: Work) -> list[Leased]:
            await self._store_outcomes(work, settled)
            return await self._lease(work, room, began) if room else []

        orders = [one.effect.order_id for one, _ in settled]
        leased, rows = await transacted(self._protocol, orders, write)
        await acknowledged(self._protocol, rows, "effect_after_commit" if settled else "effect_lease_after_commit")
        if leased:
            failpoint("effect_after_intent")
        self._in_hand = self._in_hand - ended | {asyncio.create_task(self._call(one)) for one in leased}
        _count(settled)
        await forget(self._protocol, rows)
        return len(leased)

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

    async def _is_due(self) -> bool:
        return bool(await self._store.pool.fetchval(SQL.effects_due, self._protocol.clock.now()))

    async def _lease(self, work: Work, most: int, began: float) -> list[Leased]:
        leased = _leased(await work.conn.fetch(SQL.lease_effects, most, LEASE, work.now), began)
        work.emit_all(leases(self._protocol.service, work, [(one.effect, one.attempts) for one in leased]))
        return leased

    async def _perform(self, leased: Leased) -> Outcome | Later | None:
        """The outcome; None leaves the lease to run out, so that the effect is looked up."""
        if time.monotonic() > leased.call_before:
            LOG.warning("lease too old to call, looked up when it ends", key=leased.effect.key)
            return None
        try:
            async with asyncio.timeout(CALL_S):
                return Confirmed(await self.ports[leased.effect.kind].perform(leased.effect))
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
            reference = await self.ports[leased.effect.kind].find(leased.effect)
        except CannotFind as error:
            return Unknown(str(error) or "the provider cannot be asked")
        if reference is not None:
            return Confirmed(reference)
        return Later(self._protocol.clock.now(), "looked up: it did not happen")

    async def _settle(self, ended: Sequence[Ended]) -> None:
        settled = _settled(ended)
        orders = [one.effect.order_id for one, _ in settled]
        await act(self._protocol, orders, lambda work: self._store_outcomes(work, settled), "effect_after_commit")
        _count(settled)

    async def _store_outcomes(self, work: Work, settled: Sequence[Settled]) -> None:
        ours = await _write(work, settled) if settled else set()
        await self._say(work, [(one, outcome) for one, outcome in settled if one.effect.key in ours])

    async def _say(self, work: Work, settled: Sequence[Settled]) -> None:
        by_kind: dict[str, list[Told]] = {}
        for one, outcome in settled:
            cause = Cause(try_of(one, outcome), work.now, one.effect.traceparent)
            state, reference = EffectState(state_of(outcome)), reference_of(outcome)
            work.emit(recorded(self._protocol.service, work, one.effect, state, one.attempts, cause, reference))
            if not isinstance(outcome, Later):
                by_kind.setdefault(one.effect.kind, []).append(Told(one.effect, outcome, cause))
        for kind, told in by_kind.items():
            await self.ports[kind].announce(work, told)


def _leased(rows: Sequence[asyncpg.Record], began: float) -> list[Leased]:
    call_before = began + LEASE.total_seconds() - 2 * CALL_S
    return [Leased(_effect(row), row["attempts"], call_before) for row in rows]


def _effect(row: asyncpg.Record) -> Effect:
    return Effect(row["key"], row["kind"], row["order_id"], orjson.loads(row["payload"]), row["traceparent"])


def _settled(ended: Sequence[Ended]) -> list[Settled]:
    return [(one, final(outcome)) for one, outcome in ended if outcome is not None]


def _count(settled: Sequence[Settled]) -> None:
    for one, outcome in settled:
        EFFECTS.labels(one.effect.kind, state_of(outcome)).inc()


async def _write(work: Work, settled: Sequence[Settled]) -> set[Any]:
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
