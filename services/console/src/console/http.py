"""What the console serves: replays, each shown before it is done."""

import hmac
from collections.abc import AsyncIterator, Mapping
from secrets import token_hex
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import SecretStr

from console import store
from console.domain.approving import NOBODY_S, Alone, Approved, NotApproved, approval, slowed
from console.domain.jobs import Illegal, Job, Mode, State, Step
from console.domain.reporting import csv_head, csv_of
from console.domain.selecting import SelectionError, selector_of
from console.moving import moved
from console.shapes import ActIn, ApplyIn, ApproveIn, ReplayIn, act_told, item_told, told
from order_events import Cause
from service_runtime import Act, Read, Reply, Work, json_of

LOG = structlog.get_logger("replays")
A_PAGE = 1000
NOT_THERE = Reply.problem(
    404, "replay_id", "exists", "there is no such job: `baesong replay list` shows those there are"
)


class Replays:
    """The endpoints, with what they need of the settings."""

    def __init__(self, services: frozenset[str], approvers: Mapping[str, SecretStr], *, signs: bool) -> None:
        self._services = services
        self._approvers = approvers
        self._signs = signs
        self.router = APIRouter(tags=["replays"])
        self.router.add_api_route("/replays", self.new, methods=["POST"], status_code=201)
        self.router.add_api_route("/replays", listed, methods=["GET"])
        self.router.add_api_route("/replays/{replay_id}", one, methods=["GET"])
        self.router.add_api_route("/replays/{replay_id}/apply", apply, methods=["POST"])
        self.router.add_api_route("/replays/{replay_id}/cancel", cancel, methods=["POST"])
        self.router.add_api_route("/replays/{replay_id}/resume", resume, methods=["POST"])
        self.router.add_api_route("/replays/{replay_id}/approve", self.approve, methods=["POST"])
        self.router.add_api_route("/replays/{replay_id}/items", items, methods=["GET"])
        self.router.add_api_route("/replays/{replay_id}/report", report, methods=["GET"])

    async def new(self, wanted: ReplayIn, act: Act) -> JSONResponse:
        """Have a preview made, and nothing else: which records, how each stands, what would follow."""
        known = self._known(wanted.key)
        problem = self._problem(wanted, known)
        if problem:
            return problem.response()

        async def decide(work: Work, _: Cause) -> Reply:
            job = _job(wanted, work, known if known and wanted.mode is Mode.FORCE else wanted.actor)
            await store.write_audit(work.conn, job.replay_id, "new", job.actor, job.reason, wanted.selector)
            await store.add_job(work.conn, job)
            return Reply(201, told(job))

        return (await act.once([], decide)).response()

    def _problem(self, wanted: ReplayIn, known: str | None) -> Reply | None:
        unknown = sorted(set(wanted.services) - self._services)
        if unknown:
            there = ", ".join(sorted(self._services)) or "none: CONSOLE_SERVICES names them"
            return Reply.problem(422, "services", "known", f"there is no service {unknown[0]}: there are {there}")
        if wanted.effects and wanted.mode is not Mode.FORCE:
            return Reply.problem(422, "effects", "only_forced", "effects are named under --mode force only")
        if wanted.mode is Mode.FORCE and known is None:
            return Reply.problem(403, "key", "approver", f"a forced job is ordered with an approver's key: {NOBODY_S}")
        if wanted.mode.over_topics and not self._signs:
            return Reply.problem(409, "", "signs", "the console has no key to sign with: set BAESONG_REPLAY_KEY")
        said = wanted.model_dump(
            include={"topic", "since", "until", "orders", "error_class", "parked", "partner", "offsets"}
        )
        try:
            selector_of(said, wanted.mode)
        except SelectionError as error:
            return Reply.problem(422, "selector", "picks", str(error))
        return None

    async def approve(self, replay_id: str, wanted: ApproveIn, act: Act, read: Read) -> JSONResponse:
        """Let a forced job go: another approver than who ordered it, or that one alone after ten minutes, slowly."""
        known = self._known(wanted.key)

        async def decide(work: Work, _: Cause) -> Reply:
            job = await store.job_locked(work.conn, replay_id)
            if job is None:
                return NOT_THERE
            if job.state is not State.AWAITING_APPROVAL or job.asked_at is None:
                return _refused(Illegal(f"nothing is to be approved: it is {job.state.value}"))
            match approval(known, job.actor, job.asked_at, work.now, alone=wanted.alone):
                case NotApproved(why):
                    return Reply.problem(403, "key", "second_person", why)
                case Approved(by):
                    return await self._let_go(work, job, by, job.rate, alone=False)
                case Alone(by):
                    return await self._let_go(work, job, by, slowed(job.rate), alone=True)

        await _audited(read, replay_id, "approve", wanted, {"approver": known})
        return (await act.once([], decide)).response()

    def _known(self, shown: SecretStr | None) -> str | None:
        """The approver whose key this is."""
        given = shown.get_secret_value().encode() if shown else b""
        keys = {name: key.get_secret_value().encode() for name, key in self._approvers.items()}
        return next((name for name, key in keys.items() if key and hmac.compare_digest(key, given)), None)

    async def _let_go(self, work: Work, job: Job, by: str, rate: int, *, alone: bool) -> Reply:
        await store.approve(work.conn, job.replay_id, by, alone=alone)
        if alone:
            LOG.error("a forced replay goes without a second person", replay_id=job.replay_id, actor=by,
                      reason=job.reason, rate=rate, approvers=sorted(self._approvers))  # fmt: skip
            why = f"approved by {by} alone, at {rate} a second: so say the log (an error) and the audit"
            await store.write_audit(work.conn, job.replay_id, "alone", by, job.reason, {"rate": rate})
            return await _moved(work, job.replay_id, Step.APPROVE, rate=rate, why=why)
        return await _moved(work, job.replay_id, Step.APPROVE, rate=rate)


def _job(wanted: ReplayIn, work: Work, actor: str) -> Job:
    """Its id has the time in front, so that ids sort as jobs were made."""
    replay_id = f"{int(work.now.timestamp() * 1000):012x}-{token_hex(4)}"
    return Job(
        replay_id, wanted.mode, wanted.selector, wanted.services, wanted.effects, actor, wanted.reason,
        wanted.rate, State.PREVIEW, work.now,
    )  # fmt: skip


async def listed(read: Read, limit: Annotated[int, Query(ge=1, le=1000)] = 50) -> JSONResponse:
    """The newest jobs first, without their previews."""
    jobs = [told(job) | {"preview": None} for job in await store.jobs(read, limit)]
    return Reply(200, {"replays": jobs}).response()


async def one(replay_id: str, read: Read) -> JSONResponse:
    """A job: its preview, how many of its items are sent and settled, what they came to, who did what about it."""
    job = await store.job(read, replay_id)
    if job is None:
        return NOT_THERE.response()
    counts, outcomes = await store.counts(read, replay_id), await store.outcomes(read, replay_id)
    acts = [act_told(row) for row in await store.audit(read, replay_id)]
    return Reply(200, {**told(job), "items": counts, "outcomes": outcomes, "acts": acts}).response()


async def apply(replay_id: str, wanted: ApplyIn, act: Act, read: Read) -> JSONResponse:
    """Do what was previewed; a forced job asks for a second person first."""

    async def decide(work: Work, _: Cause) -> Reply:
        job = await store.job_locked(work.conn, replay_id)
        forced = job is not None and job.mode is Mode.FORCE
        reply = await _moved(work, replay_id, Step.ASK if forced else Step.APPLY, rate=wanted.rate)
        if forced and reply.status == 200:
            await store.ask(work.conn, replay_id, wanted.actor, work.now)
        return reply

    await _audited(read, replay_id, "apply", wanted, {"rate": wanted.rate})
    return (await act.once([], decide)).response()


async def cancel(replay_id: str, wanted: ActIn, act: Act, read: Read) -> JSONResponse:
    """Stop after the chunk in hand; what was not sent stays, for `resume`."""

    async def decide(work: Work, _: Cause) -> Reply:
        return await _moved(work, replay_id, Step.CANCEL, why=f"cancelled by {wanted.actor}")

    await _audited(read, replay_id, "cancel", wanted, {})
    return (await act.once([], decide)).response()


async def resume(replay_id: str, wanted: ApplyIn, act: Act, read: Read) -> JSONResponse:
    """Go on where it stopped; what pauses itself because much of it fails does not do so again."""

    async def decide(work: Work, _: Cause) -> Reply:
        job = await store.job_locked(work.conn, replay_id)
        paused = job is not None and job.state is State.PAUSED
        return await _moved(
            work, replay_id, Step.RESUME, rate=None if job and job.alone else wanted.rate, tolerant=paused
        )

    await _audited(read, replay_id, "resume", wanted, {"rate": wanted.rate})
    return (await act.once([], decide)).response()


async def items(
    replay_id: str, read: Read, after: int = 0, limit: Annotated[int, Query(ge=1, le=A_PAGE)] = 100
) -> JSONResponse:
    """A job's items, in the sequence they are sent in."""
    rows = [item_told(row) for row in await store.items(read, replay_id, after, limit)]
    return Reply(200, {"items": rows, "next": rows[-1]["n"] if len(rows) == limit else None}).response()


async def report(replay_id: str, read: Read, format: Literal["json", "csv"] = "json") -> Any:  # noqa: A002 - as it is asked
    """Every item with its results, as one document."""
    job = await store.job(read, replay_id)
    if job is None:
        return NOT_THERE.response()
    if format == "csv":
        return StreamingResponse(_csv(read, replay_id), media_type="text/csv; charset=utf-8")
    return StreamingResponse(_document(read, job), media_type="application/json")


async def _csv(read: Read, replay_id: str) -> AsyncIterator[str]:
    yield csv_head()
    async for rows in _pages(read, replay_id):
        yield csv_of(rows)


async def _document(read: Read, job: Job) -> AsyncIterator[bytes]:
    counts, outcomes = await store.counts(read, job.replay_id), await store.outcomes(read, job.replay_id)
    head = json_of({**told(job), "counts": counts, "outcomes": outcomes})
    yield head[:-1] + b',"items":['
    first = True
    async for rows in _pages(read, job.replay_id):
        yield (b"" if first else b",") + b",".join(json_of(row) for row in rows)
        first = False
    yield b"]}\n"


async def _pages(read: Read, replay_id: str) -> AsyncIterator[list[dict[str, Any]]]:
    after = 0
    while rows := await store.items(read, replay_id, after, A_PAGE):
        after = rows[-1]["n"]
        yield [item_told(row) for row in rows]


async def _moved(
    work: Work, replay_id: str, step: Step, *, rate: int | None = None, why: str | None = None, tolerant: bool = False
) -> Reply:
    reached = await moved(work.conn, replay_id, step, work.now, rate=rate, why=why, tolerant=tolerant)
    if isinstance(reached, Illegal):
        return _refused(reached)
    job = await store.job(work.conn, replay_id)
    assert job is not None
    return Reply(200, told(job) | {"preview": None})


def _refused(illegal: Illegal) -> Reply:
    return Reply.problem(409, "state", "possible_now", illegal.why)


async def _audited(read: Read, replay_id: str, act: str, wanted: ActIn, detail: dict[str, Any]) -> None:
    """Written down before it is done, whatever comes of it."""
    await store.write_audit(read.service.store.pool, replay_id, act, wanted.actor, wanted.reason, detail)
