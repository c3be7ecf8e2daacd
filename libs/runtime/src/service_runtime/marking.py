"""The mark of what was said last: the next batch writes it, and where none comes, this does once it is quiet.

Else a quiet partition's last batch would be kept for as long as it is quiet, and said again by an offset reset.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

import structlog

from service_runtime.failures import Failure, failure_of
from service_runtime.protocol import Progress, Protocol
from service_runtime.reading import Partition

LOG = structlog.get_logger("marking")
LOOK_EVERY_S = 0.5
QUIET_S = 2.0  # one small transaction after each time of work, and none while there is work
WITHIN_S = 2.0  # who waits for the batch in hand must not wait for a database that is away


async def mark_acknowledged(protocol: Protocol, progress: Progress, assigned: frozenset[Partition]) -> None:
    """Write the marks of what is known as acknowledged. A crash before it costs duplicates, as any mark that lags."""
    if marks := progress.marks(assigned):
        async with protocol.store.transaction() as tx:
            await tx.mark(marks, {})


class Marking:
    """Marks what a subscriber has said last, once it is quiet and before it lets go."""

    def __init__(
        self,
        protocol: Protocol,
        progress: Progress,
        in_hand: asyncio.Lock,
        assigned: Callable[[], frozenset[Partition]],
    ) -> None:
        self._protocol = protocol
        self._progress = progress
        self._in_hand = in_hand
        self._assigned = assigned
        self._marked: Mapping[Partition, int] = {}

    async def run(self) -> None:
        """Look now and then, until cancelled: where nothing was acknowledged for a while, and no batch is in hand."""
        seen, since = dict(self._progress.published), time.monotonic()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if seen != self._progress.published:
                seen, since = dict(self._progress.published), time.monotonic()
            elif time.monotonic() - since >= QUIET_S and not self._in_hand.locked():
                async with self._in_hand:
                    await self.now()

    async def now(self) -> None:
        """Mark what is not marked yet, the batch in hand being done; a database that is away leaves it for later."""
        if self._progress.published == self._marked:
            return
        try:
            async with asyncio.timeout(WITHIN_S):
                await mark_acknowledged(self._protocol, self._progress, self._assigned())
        except Exception as error:
            if failure_of(error) is Failure.BUG:
                raise
            LOG.debug("not marked, later again", error=repr(error))
        else:
            self._marked = dict(self._progress.published)
