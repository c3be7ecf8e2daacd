"""What a subscriber reads, at which pace, and whom it lets go first."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol as Shape

from service_runtime.failures import Bug
from service_runtime.protocol import Handled, Progress, Protocol
from service_runtime.reading import Partition, Record

FETCH_WAIT_MS = 50


@dataclass(frozen=True)
class Reading:
    """What one subscriber reads: topics by name, or a pattern; in which group, and as which static member of it.

    A pattern is of names, several divided by `|`, in which `*` stands for an id. `fetch_wait_ms` is how long the broker
    keeps a fetch that finds little.
    """

    group: str
    topics: Sequence[str] = ()
    pattern: str | None = None
    ordinal: int | None = None
    fetch_wait_ms: int = FETCH_WAIT_MS


@dataclass(frozen=True)
class Pace:
    """How many records a batch may hold, and how long to wait after a small one."""

    batch_records: int = 1000
    wait_s: float = 0.02


Handle = Callable[[Protocol, Sequence[Record], Progress, frozenset[Partition], Bug | None], Awaitable[Handled]]


class Lagging(Shape):
    """A subscriber, as far as another lets it go first."""

    lags: bool


@dataclass(frozen=True)
class Second:
    """How batches are handled that come second to those of live topics, and whom they let go first.

    While any of them lags, at most a fifth of the time is theirs. What fails there is no reason for the brake.
    """

    handle: Handle
    live: Sequence[Lagging]

    async def let_go_first(self, took_s: float) -> None:
        """Wait after a batch that took so long."""
        if any(one.lags for one in self.live):
            await asyncio.sleep(took_s * 4)


def pattern_of(prefix: str, pattern: str) -> str:
    """The pattern as Kafka's clients want it."""
    names = "|".join(re.escape(name).replace(r"\*", "[^.]+") for name in pattern.split("|"))
    return f"^{re.escape(prefix)}({names})$"
