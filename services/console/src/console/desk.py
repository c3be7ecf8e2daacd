"""What is at hand when a job is worked on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg

from console import store
from console.asking import Reads, Services
from console.domain.items import Item
from console.domain.jobs import Job
from console.originals import Originals
from service_runtime.clock import SystemClock
from service_runtime.replay.writing import ReplayWriter

SAVED_AT_ONCE = 5000


@dataclass
class Desk:
    """The database, the other services, the log, and the key replayed records are signed with.

    `conn` holds the job's lock: what decides whether it goes on is read over it, so who has lost the lock stops.
    """

    pool: "asyncpg.Pool[asyncpg.Record]"
    conn: "asyncpg.Connection[asyncpg.Record]"
    services: Services
    originals: Originals
    writer: ReplayWriter
    key: bytes
    clock: SystemClock
    progress: dict[str, int] = field(default_factory=dict)

    async def asked(self, job: Job) -> list[Reads]:
        """What those services read that the job is for."""
        return [await self.services.reads(name) for name in job.services or self.services.names]

    async def tell(self, job: Job, **counts: int) -> None:
        """How far the preview is."""
        self.progress |= counts
        await store.progress(self.pool, job.replay_id, self.progress)

    async def save(self, job: Job, items: Sequence[Item]) -> None:
        """Keep what the job picked."""
        for start in range(0, len(items), SAVED_AT_ONCE):
            await store.add_items(self.pool, job.replay_id, items[start : start + SAVED_AT_ONCE])
            await self.tell(job, saved=min(len(items), start + SAVED_AT_ONCE))


class Way(Protocol):
    """How a mode picks, sends and hears."""

    async def foresee(self, desk: Desk, job: Job) -> dict[str, Any]:
        """Pick the items, and say what would become of them; nothing is changed anywhere."""

    async def prepare(self, desk: Desk, items: Sequence[Item]) -> None:
        """Get ready for these, which are sent next, some at a time."""

    async def send(self, desk: Desk, job: Job, items: Sequence[Item]) -> None:
        """Have these done, and note that they were sent; whoever dies in between does it again."""

    async def hear(self, desk: Desk, job: Job) -> bool:
        """Note what became of what was sent; whether anything was new."""
