"""Outside effects: leased, done, and settled with the event that announces them. Never inside a transaction."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import asyncpg
import orjson
import structlog

from order_events import Cause, EffectState
from service_runtime.acts import act
from service_runtime.effect_states import leases, recorded
from service_runtime.failpoints import failpoint
from service_runtime.failures import Failure, failure_of
from service_runtime.metrics import EFFECTS, FAILURES
from service_runtime.postgres import SQL, PostgresStore
from service_runtime.protocol import Protocol as BatchProtocol
from service_runtime.schedule import back_off, next_try
from service_runtime.work import Effect, Work

LOG = structlog.get_logger("effects")
AT_ONCE = 20  # a kill may leave this many leased
LEASE = timedelta(seconds=30)  # longer than the sink keeps an idle connection (10 s) that could still carry a call
CALL_S = 10.0  # under half the lease
IDLE_S = 0.05
LOOK_UP_S = 1.0  # how often expired leases are asked for while there are none


class EffectFailed(Exception):  # noqa: N818 - an outcome, said by raising it
    """It was refused for good."""


class EffectRefusedForNow(Exception):  # noqa: N818
    """It was refused and may be tried again later."""


class EffectUnknown(Exception):  # noqa: N818
    """Nobody knows whether it happened; it is looked up before anything else."""


class CannotFind(Exception):  # noqa: N818
    """This port cannot look an effect up: an operator decides."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """It happened."""

    reference: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """It was refused for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It is not to be done after all."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it happened; an operator decides."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """It did not happen, and is tried again then; None when the schedule is used up."""

    at: datetime | None
    reason: str


Outcome = Confirmed | Failed | Suppressed | Unknown


@dataclass(frozen=True, slots=True)
class Told:
    """An effect whose outcome is to be announced, and the cause of what is said of it."""

    effect: Effect
    outcome: Outcome
    cause: Cause


class EffectPort(Protocol):
    """What does one kind of effect, outside."""

    async def perform(self, effect: Effect) -> str | None:
        """Do it, under its key; return the provider's reference.

        Raises:
            EffectFailed, EffectRefusedForNow, EffectUnknown: as they say.
        """

    async def find(self, effect: Effect) -> str | None:
        """The reference of an effect that may have happened; None when it did not.

        Raises:
            CannotFind: this port cannot know.
        """

    async def announce(self, work: Work, told: Sequence[Told]) -> None:
        """Say the outcomes, in the transaction that stores them."""


@dataclass(frozen=True, slots=True)
class Leased:
    """An effect that is ours for the length of a lease; `attempts` counts this try.

    After `call_before` (the process's own clock, which also counts while it is stopped) a call could outlive the lease.
    """

    effect: Effect
    attempts: int
    call_before: float


class EffectWorker:
    """Does what was intended, a few at a time."""

    def __init__(self, protocol: BatchProtocol, store: PostgresStore, ports: Mapping[str, EffectPort]) -> None:
        self._protocol = protocol
        self._store = store
        self._ports = ports
        self._stopping = False
        self._look_up_at = 0.0
        self._in_hand = asyncio.Lock()

    async def run(self) -> None:
        """Work until told to stop; infrastructure failures are waited out."""
        failures = 0
        while not self._stopping:
            try:
                async with self._in_hand:
                    worked = await self.round() + await self.look_up_expired()
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
        """Begin no other round; return when what was done outside is also stored, or its call must be over."""
        self._stopping = True
        try:
            async with asyncio.timeout(CALL_S), self._in_hand:
                return
        except TimeoutError:
            LOG.warning("left with effects in hand: they are looked up when their lease ends")

    async def round(self) -> int:
        """Lease some intents, do them, settle them; how many they were."""
        leased = await self._lease_intents()
        if leased:
            failpoint("effect_after_intent")
            outcomes = await asyncio.gather(*(self._perform(one) for one in leased))
            failpoint("effect_after_call")
            await self._settle(leased, outcomes)
        return len(leased)

    async def look_up_expired(self) -> int:
        """Look up what a dead worker may have done; how many they were."""
        if time.monotonic() < self._look_up_at:
            return 0
        rows = await self._store.pool.fetch(SQL.expired_effects, AT_ONCE, LEASE)
        self._look_up_at = time.monotonic() + (0 if rows else LOOK_UP_S)
        leased = _leased(rows, time.monotonic())
        if leased:
            await self._settle(leased, await asyncio.gather(*(self._find(one) for one in leased)))
        return len(leased)

    async def _lease_intents(self) -> list[Leased]:
        """Lease some, and have that acknowledged on the effects topic before anything is called."""
        began = time.monotonic()
        if not await self._store.pool.fetchval(SQL.effects_due, self._protocol.clock.now()):
            return []

        async def lease(work: Work) -> list[Leased]:
            leased = _leased(await work.conn.fetch(SQL.lease_effects, AT_ONCE, LEASE, work.now), began)
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
        except (EffectUnknown, TimeoutError) as error:
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

    async def _settle(self, leased: Sequence[Leased], outcomes: Sequence[Outcome | Later | None]) -> None:
        settled = [(one, _final(outcome)) for one, outcome in zip(leased, outcomes, strict=True) if outcome is not None]

        async def write(work: Work) -> None:
            ours = await _write(work, settled)
            await self._say(work, [(one, outcome) for one, outcome in settled if one.effect.key in ours])

        if settled:
            await act(self._protocol, [one.effect.order_id for one, _ in settled], write, "effect_after_commit")
        for one, outcome in settled:
            EFFECTS.labels(one.effect.kind, _state(outcome)).inc()

    async def _say(self, work: Work, settled: Sequence[tuple[Leased, Outcome | Later]]) -> None:
        by_kind: dict[str, list[Told]] = {}
        for one, outcome in settled:
            cause = Cause(f"{one.effect.key}/{one.attempts}/{_state(outcome)}", work.now, one.effect.traceparent)
            state, reference = EffectState(_state(outcome)), _reference(outcome)
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


def _final(outcome: Outcome | Later) -> Outcome | Later:
    """A retry whose schedule is used up has failed."""
    return Failed(outcome.reason) if isinstance(outcome, Later) and outcome.at is None else outcome


def _reference(outcome: Outcome | Later) -> str | None:
    return outcome.reference if isinstance(outcome, Confirmed) else None


def _state(outcome: Outcome | Later) -> str:
    return "intent" if isinstance(outcome, Later) else type(outcome).__name__.lower()


async def _write(work: Work, settled: Sequence[tuple[Leased, Outcome | Later]]) -> set[Any]:
    rows = await work.conn.fetch(
        SQL.settle_effects,
        [one.effect.key for one, _ in settled],
        [one.attempts for one, _ in settled],
        [_state(outcome) for _, outcome in settled],
        [_reference(outcome) for _, outcome in settled],
        [None if isinstance(outcome, Confirmed) else outcome.reason for _, outcome in settled],
        [outcome.at if isinstance(outcome, Later) else None for _, outcome in settled],
    )
    return {row["key"] for row in rows}
