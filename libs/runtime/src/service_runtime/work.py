"""What a handler may do in its transaction: read and write rows, say events, intend outside effects."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from order_events import Cause, Event

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Effect:
    """Something to be done outside (a mail), once: `key` is business identity, `payload` what the port needs.

    `traceparent` names the handling that wants it, so that the call is its child; the runtime sets it.
    """

    key: str
    kind: str
    order_id: str
    payload: dict[str, Any]
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """Something to be done at `due_at`: `key` is business identity, `kind` names its handler, `order_id` its lock."""

    key: str
    kind: str
    order_id: str
    due_at: datetime


@dataclass
class Work:
    """One transaction's work. `now` is read once; nothing in it commits or publishes."""

    conn: Connection
    now: datetime
    events: list[Event] = field(default_factory=list)
    effects: list[tuple[Effect, Cause]] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)

    def emit(self, *events: Event) -> None:
        """Say these events, once the transaction is committed."""
        self.events.extend(events)

    def emit_all(self, events: Iterable[Event]) -> None:
        """Say these events, once the transaction is committed."""
        self.events.extend(events)

    def intend(self, cause: Cause, *effects: Effect) -> None:
        """Do this outside, after the commit; a key that was ever intended is not intended again."""
        self.effects.extend((effect, cause) for effect in effects)

    def set_timer(self, timer: Timer) -> None:
        """Fire this timer when it is due; one of the same key is moved."""
        self.timers.append(timer)

    def clear_timer(self, key: str) -> None:
        """Do not fire this timer, if it is set."""
        self.cleared.append(key)
