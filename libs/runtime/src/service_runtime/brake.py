"""The brake: a release that fails too often stops reading, until another release or an operator lifts it."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

import asyncpg
import structlog

from service_runtime.failures import Failure, failure_of
from service_runtime.postgres import SQL, PostgresStore

LOG = structlog.get_logger("brake")
WINDOW = 1000  # events
MOST_OF_WINDOW = 50  # 5 % of them
MOST_A_MINUTE = 50  # of one error
MINUTE_S = 60.0


def verdict(failed_of_window: int, kinds_of_last_minute: Sequence[str]) -> str | None:
    """Why a release must stop, or None: over 5 % of its last 1,000 events, or 50 a minute of one error. Pure."""
    if failed_of_window > MOST_OF_WINDOW:
        return f"{failed_of_window} of the last {WINDOW} events failed"
    kind, times = max(Counter(kinds_of_last_minute).items(), key=lambda item: item[1], default=("", 0))
    return f"{times} times within a minute: {kind}" if times >= MOST_A_MINUTE else None


class Braked(Exception):  # noqa: N818 - a state, said by raising it
    """This release stops reading; the message says why."""


class Brake:
    """Counts what fails in this process, and keeps the row that outlives it."""

    def __init__(self, store: PostgresStore, release: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.reason: str | None = None
        self.release = release
        self._store = store
        self._clock = clock
        self._window: deque[int] = deque(maxlen=WINDOW)  # 1 for an event that failed
        self._failed: deque[tuple[float, str]] = deque()

    async def note(self, done: int, failed: Iterable[str]) -> None:
        """Count events that were handled, and the kinds of those that failed.

        Raises:
            Braked: that was one too many; it is written down.
        """
        now = self._clock()
        kinds = list(failed)
        self._window.extend(repeat(0, done))
        self._window.extend(repeat(1, len(kinds)))
        self._failed.extend((now, kind) for kind in kinds)
        while self._failed and self._failed[0][0] < now - MINUTE_S:
            self._failed.popleft()
        why = verdict(sum(self._window), [kind for _, kind in self._failed]) if kinds else None
        if why:
            await self._pull(why)

    async def _pull(self, why: str) -> None:
        await self._store.pool.execute(SQL.pull_brake, self.release, why)
        self.reason = why
        LOG.error(
            "braked: this release stops reading; what waits is in the log",
            reason=why,
            release=self.release,
            do="mend it and start another release, or `baesong parked resume SERVICE`",
        )
        raise Braked(why)

    async def look(self) -> None:
        """Learn from the row whether this release is stopped; another release, or an operator, lifts it."""
        try:
            row: asyncpg.Record | None = await self._store.pool.fetchrow(SQL.brake)
        except Exception as error:
            if failure_of(error) is Failure.BUG:
                raise
            return
        reason = row["reason"] if row and row["release"] == self.release else None
        if self.reason and not reason:
            self._window.clear()
            self._failed.clear()
            LOG.warning("the brake is lifted", release=self.release)
        self.reason = reason
