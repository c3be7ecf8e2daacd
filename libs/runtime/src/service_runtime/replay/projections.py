"""What a projection is: tables that hold nothing but what others' events said, and how they are filled."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from order_events import Cause, Event
from service_runtime.reading import Batch, Handler
from service_runtime.work import Effect, Timer, Work

Apply = Callable[[Batch[Any], Work], Awaitable[None]]


class EffectInRebuildError(RuntimeError):
    """A rebuild says nothing and does nothing outside: whoever tries is a mistake, and the rebuild ends there."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables that can be filled again from the log.

    `tables` stand in the sequence in which a transaction first touches them, so that exchanging them deadlocks with
    nobody; each has a column `order_id`. `handler` reads the events (its models, its selector), `apply` is the part of
    it that saves, the same code that runs live: an order stands in a batch at most once.
    """

    name: str
    tables: tuple[str, ...]
    handler: Handler
    apply: Apply

    @property
    def topics(self) -> Sequence[str]:
        """What it is filled from."""
        return sorted(self.handler.models)


class SilentWork(Work):
    """The work of a rebuild: rows of its own tables, and nothing else."""

    def emit(self, *events: Event) -> NoReturn:
        """Nothing is said."""
        raise EffectInRebuildError(f"a rebuild says nothing: {[event.type for event in events]}")

    def emit_all(self, events: Iterable[Event]) -> None:
        """Nothing is said."""
        if said := list(events):
            self.emit(*said)

    def intend(self, cause: Cause, *effects: Effect) -> NoReturn:
        """Nothing is done outside."""
        raise EffectInRebuildError(f"a rebuild does nothing outside: {[one.key for one in effects]}, by {cause.id}")

    def set_timer(self, timer: Timer) -> NoReturn:
        """Nothing is put off."""
        raise EffectInRebuildError(f"a rebuild sets no timer: {timer.key}")

    def clear_timer(self, key: str) -> NoReturn:
        """Nothing is called off."""
        raise EffectInRebuildError(f"a rebuild clears no timer: {key}")
