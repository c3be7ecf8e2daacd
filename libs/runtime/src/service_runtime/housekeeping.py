"""The house's own timer: every hour parts are made for the days to come, and what is past its time goes."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from service_runtime.metrics import SWEPT
from service_runtime.ports import Clock
from service_runtime.postgres import PostgresStore
from service_runtime.reading import Answers, Batch, Handler, fires
from service_runtime.retention import ByDays, sweep
from service_runtime.work import Timer, Work

LOG = structlog.get_logger("housekeeping")
KIND = "retention"
EVERY = timedelta(hours=1)


class Housekeeper:
    """Sweeps when its timer fires: once an hour for a service, whichever replica fires it."""

    def __init__(self, store: PostgresStore, clock: Clock, by_days: Sequence[ByDays] = ()) -> None:
        self._store = store
        self._clock = clock
        self._by_days = by_days
        self._wanted = asyncio.Event()

    @property
    def handler(self) -> Handler:
        """Hears the timer: sets the next one, and has what is past swept, outside of this transaction."""

        @fires(KIND)
        async def on_retention(batch: Batch[Timer], work: Work) -> Answers:
            work.set_timer(Timer(KIND, KIND, KIND, work.now + EVERY))
            self._wanted.set()
            return Answers.done(batch)

        return on_retention

    async def begin(self) -> None:
        """Have a sweep now, and every hour from now on."""
        async with self._store.transaction() as tx:
            await tx.set_timers([Timer(KIND, KIND, KIND, self._clock.now())])

    async def run(self) -> None:
        """Sweep whenever it is wanted; what fails is the next hour's."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            async with self._store.pool.acquire() as conn:
                done = await sweep(conn, self._clock.now(), by_days=self._by_days)
            for what, rows in done.items():
                SWEPT.labels(what).inc(rows)
            LOG.info("swept", **done)
