"""The course of one job: its preview is made, or it is carried on until each item has its results."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from console import store
from console.asking import RefusedError
from console.desk import Desk, Way
from console.domain.foreseeing import goes_wrong, samples, seconds_at, unanswered
from console.domain.jobs import Illegal, Job, Mode, State, Step
from console.domain.pace import Pace
from console.moving import moved
from console.ways.over_topics import OverTopics
from console.ways.rebuilding import Rebuilding
from console.ways.reinterpreting import Reinterpreting
from console.ways.republishing import Republishing

LOG = structlog.get_logger("replay")
WAYS: Mapping[Mode, Callable[[], Way]] = {
    Mode.REPROCESS: OverTopics,
    Mode.FORCE: OverTopics,
    Mode.REPUBLISH: Republishing,
    Mode.REINTERPRET: Reinterpreting,
    Mode.REBUILD: Rebuilding,
}
AT_ONCE = 1000  # items read from the log together
CHUNK = 100  # items sent together; a cancel waits for no more
HEAR_EVERY_S, REST_S = 0.5, 0.2
SILENT_S = 30.0  # without news: it is said who does not answer, or no longer waited for where nothing is to be sent
RENEW_EVERY_S = 60.0
SAMPLES = 20
GOOD_FOR = timedelta(hours=24)
BY_ITSELF = "console"


class Course:
    """One job, by the one who holds its lock."""

    def __init__(self, desk: Desk, job: Job) -> None:
        self._desk = desk
        self._id = job.replay_id
        self._way = WAYS[job.mode]()
        self._pace = Pace(job.rate)
        self._heard_at = self._weighed_at = 0.0
        self._renewed_at, self._news_at = -math.inf, time.monotonic()

    async def run(self) -> None:
        """Until nothing is left to do for it; what cannot be done is written down as its failure."""
        job = await self._job()
        try:
            if job.state is State.PREVIEW:
                await self._preview(job)
            else:
                await self._carry_on()
        except RefusedError as error:
            await self.step(Step.FAIL, str(error))

    async def step(self, step: Step, why: str | None = None) -> None:
        """Move it on, having written so; a step that is not possible any more is none."""
        await store.write_audit(self._desk.pool, self._id, step.value, BY_ITSELF, why)
        async with self._desk.conn.transaction():
            reached = await moved(self._desk.conn, self._id, step, self._desk.clock.now(), why=why)
        if not isinstance(reached, Illegal):
            LOG.info("replay moved", replay_id=self._id, state=reached.value, why=why)

    async def _job(self) -> Job:
        job = await store.job(self._desk.conn, self._id)
        assert job is not None
        return job

    async def _preview(self, job: Job) -> None:
        """Nothing but our own rows is written; one that was interrupted is made from its beginning."""
        await store.begin_anew(self._desk.pool, self._id)
        found = await self._way.foresee(self._desk, job)
        records = sum((await store.counts(self._desk.pool, self._id)).values())
        rows = await store.items_numbered(self._desk.pool, self._id, samples(SAMPLES, records))
        shown = [{**_shown(row), "standing": orjson.loads(row["standing"])} for row in rows]
        told = {"records": records, "rate": job.rate, "seconds": seconds_at(records, job.rate), "samples": shown}
        await store.foresee(self._desk.pool, self._id, {**found, **told})
        await self.step(Step.PREVIEWED)

    async def _carry_on(self) -> None:
        await store.settle(self._desk.pool, self._id)
        while (job := await self._job()).state in (State.RUNNING, State.PAUSED, State.CANCELLED):
            await self._renew()
            sent = await self._send(job) if job.state is State.RUNNING else 0
            news = await self._hear(job, at_once=not sent)
            left = await store.counts(self._desk.pool, self._id) if not sent else {"chosen": 1}
            if not left.get("sent") and not (left.get("chosen") and job.state is State.RUNNING):
                await self._end(job)
                return
            await self._mind_silence(job, news=bool(sent or news))
            if not sent and not news:
                await asyncio.sleep(REST_S)

    async def _renew(self) -> None:
        """What has no result when its ticket ends is signed and sent anew."""
        if time.monotonic() - self._renewed_at >= RENEW_EVERY_S:
            self._renewed_at = time.monotonic()
            await store.stale(self._desk.pool, self._id, self._desk.clock.now() - GOOD_FOR)

    async def _mind_silence(self, job: Job, *, news: bool) -> None:
        """Say who does not answer; what was stopped waits for nobody: `resume` sends that anew, which is done once."""
        if news:
            self._news_at = time.monotonic()
            await store.waits(self._desk.pool, self._id, None)
        elif time.monotonic() - self._news_at < SILENT_S:
            return
        elif job.state is State.RUNNING:
            silent = await store.open_wants(self._desk.pool, self._id)
            await store.waits(self._desk.pool, self._id, unanswered(silent, SILENT_S))
        else:
            await store.stale(self._desk.pool, self._id, self._desk.clock.now())

    async def _end(self, job: Job) -> None:
        if job.state is State.RUNNING:
            await self.step(Step.FINISH)

    async def _send(self, job: Job) -> int:
        """Some of what is left, chunk by chunk; between two chunks it may be stopped."""
        items = await store.chosen(self._desk.pool, self._id, AT_ONCE)
        size = max(1, min(CHUNK, job.rate // 5))
        self._pace.rate = job.rate
        await self._way.prepare(self._desk, items)
        for start in range(0, len(items), size):
            chunk = items[start : start + size]
            await asyncio.sleep(self._pace.wait(len(chunk), time.monotonic()))
            job = await self._job()  # it may have been stopped, and let go on, at another rate, since the last chunk
            if job.state is not State.RUNNING:
                return start
            self._pace.rate = job.rate
            await self._way.send(self._desk, job, chunk)
            if job.why:
                await store.waits(self._desk.pool, self._id, None)
            await self._hear(job)
            await self._mind(job)
        return len(items)

    async def _hear(self, job: Job, *, at_once: bool = False) -> bool:
        if not at_once and time.monotonic() - self._heard_at < HEAR_EVERY_S:
            return False
        news = await self._way.hear(self._desk, job)
        self._heard_at = time.monotonic()
        return news

    async def _mind(self, job: Job) -> None:
        """Stop by itself when what failed fails again, and nobody has said that it may."""
        if job.tolerant or time.monotonic() - self._weighed_at < 1:
            return
        self._weighed_at = time.monotonic()
        by_service = await store.outcomes(self._desk.pool, self._id)
        total: dict[str, int] = {}
        for outcomes in by_service.values():
            total |= {name: total.get(name, 0) + n for name, n in outcomes.items()}
        why = goes_wrong({name: n for name, n in total.items() if name != "done"})
        if why and (await store.counts(self._desk.pool, self._id)).get("chosen"):
            LOG.warning("a replay pauses itself", replay_id=self._id, why=why)
            await self.step(Step.PAUSE, why)


def _shown(row: store.Row) -> dict[str, Any]:
    names = ("n", "item", "topic", "partition", "offset", "order_id", "subject", "version")
    at = datetime.fromtimestamp(row["recorded_at"] / 1000).astimezone().isoformat() if row["recorded_at"] else None
    return {name: row[name] for name in names} | {"recorded_at": at}
