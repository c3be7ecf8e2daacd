"""The runner: looks which jobs there is work for, and carries each on, one runner a job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from console import store
from console.asking import PATIENT_S, Services
from console.course import Course
from console.desk import Desk
from console.domain.jobs import State, Step
from console.moving import moved
from console.originals import Originals
from console.settings import Settings
from service_runtime.archive import Archive
from service_runtime.clock import SystemClock
from service_runtime.failures import Failure, failure_of
from service_runtime.past import Past
from service_runtime.postgres import SESSION
from service_runtime.replay.writing import ReplayWriter
from service_runtime.running import Running

LOG = structlog.get_logger("runner")
LOOK_EVERY_S = 0.2
AGAIN_AFTER_S = 1.0


class Runner:
    """A loop of the console; several consoles share the jobs out by the jobs' locks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._courses: dict[str, asyncio.Task[None]] = {}

    async def run(self, running: Running) -> None:
        """Look for work until cancelled; what is in hand is then left as it stands."""
        try:
            while True:
                await self._look(running)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            for task in self._courses.values():
                task.cancel()
            await asyncio.gather(*self._courses.values(), return_exceptions=True)

    async def _look(self, running: Running) -> None:
        try:
            at_work = await store.at_work(running.store.pool)
        except Exception as error:
            if failure_of(error) is Failure.BUG:
                raise
            running.infrastructure.failed("replays", error)
            return
        running.infrastructure.well("replays")
        self._courses = {id_: task for id_, task in self._courses.items() if not task.done()}
        for replay_id in at_work:
            if replay_id not in self._courses:
                self._courses[replay_id] = asyncio.create_task(self._course(running, replay_id))

    async def _course(self, running: Running, replay_id: str) -> None:
        """What is away is waited for, and said; a mistake of ours ends this job, not the others."""
        pool = running.store.pool
        try:
            await self._run(running, replay_id)
        except Exception as error:
            if failure_of(error) is Failure.BUG:
                LOG.exception("a bug ends this replay", replay_id=replay_id)
                await _failed(pool, replay_id, running, f"a bug: {type(error).__name__}: {error}"[:500])
                return
            LOG.warning("a replay waits", replay_id=replay_id, error=repr(error))
            with suppress(Exception):
                await store.waits(pool, replay_id, f"waits: {error}"[:500])
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _run(self, running: Running, replay_id: str) -> None:
        settings, clock = self._settings, SystemClock(self._settings.clock_offset_s)
        async with _lock(settings.database_url, replay_id) as conn:
            job = await store.job(conn, replay_id) if conn else None
            if conn is None or job is None:
                await asyncio.sleep(AGAIN_AFTER_S)
                return
            services = Services(settings.services, PATIENT_S if job.state is State.PREVIEW else ())
            writer = ReplayWriter(settings.kafka_bootstrap_servers, settings.topic_prefix, "console-replay")
            try:
                async with Past(settings.kafka_bootstrap_servers, settings.topic_prefix) as past:
                    archive = Archive(settings.archive) if settings.archive else None
                    key = settings.replay_key.get_secret_value().encode()
                    desk = Desk(running.store.pool, conn, services, Originals(past, archive), writer, key, clock)
                    await Course(desk, job).run()
            finally:
                await services.close()
                await writer.stop()


async def _failed(pool: "asyncpg.Pool[asyncpg.Record]", replay_id: str, running: Running, why: str) -> None:
    await store.write_audit(pool, replay_id, Step.FAIL.value, "console", why)
    async with running.store.transaction() as tx:
        await moved(tx.conn, replay_id, Step.FAIL, running.protocol.clock.now(), why=why)


@asynccontextmanager
async def _lock(dsn: str, replay_id: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record] | None]":
    """The job's lock, on a connection of its own; None while another holds it."""
    conn = await asyncpg.connect(dsn, timeout=10, server_settings={**SESSION, "application_name": "console replay"})
    try:
        yield conn if await store.take_job(conn, replay_id) else None
    finally:
        await conn.close(timeout=5)
