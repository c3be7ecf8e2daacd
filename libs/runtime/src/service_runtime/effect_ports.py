"""What a port of outside effects does, and what may come of a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from order_events import Cause
from service_runtime.replay.meaning import OncePerKey
from service_runtime.work import Effect, Work


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
    """What does one kind of effect, outside; `replay` says what it means for it that its event is read again."""

    @property
    def replay(self) -> OncePerKey:
        """Its meaning."""

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


def final(outcome: Outcome | Later) -> Outcome | Later:
    """A retry whose schedule is used up has failed."""
    return Failed(outcome.reason) if isinstance(outcome, Later) and outcome.at is None else outcome


def reference_of(outcome: Outcome | Later) -> str | None:
    """The provider's, where it happened."""
    return outcome.reference if isinstance(outcome, Confirmed) else None


def state_of(outcome: Outcome | Later) -> str:
    """The state of the effect afterwards."""
    return "intent" if isinstance(outcome, Later) else type(outcome).__name__.lower()


def try_of(leased: Leased, outcome: Outcome | Later | None) -> str:
    """What names a try and what came of it: the cause of what is said of it. None: nobody knows, it is still leased."""
    return f"{leased.effect.key}/{leased.attempts}/{state_of(final(outcome)) if outcome else 'leased'}"
