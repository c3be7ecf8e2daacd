"""A job moves on: one step, under its row's lock."""

from datetime import datetime

from console import store
from console.domain.jobs import STOPPED, Illegal, Job, State, Step, after

STOPS = (Step.PAUSE, Step.CANCEL, Step.FAIL)
UNKNOWN = Illegal("there is no such job: `baesong replay list` shows those there are")


async def moved(
    conn: store.Writer, replay_id: str, step: Step, now: datetime, *,
    why: str | None = None, rate: int | None = None, tolerant: bool = False,
) -> State | Illegal:  # fmt: skip
    """The state that the step led to, or why it is not possible; call it in a transaction."""
    job = await store.job_locked(conn, replay_id)
    if job is None:
        return UNKNOWN
    reached = after(job.state, step, job.was)
    if isinstance(reached, State):
        was = stopped_in(job) if step in STOPS else None
        await store.move(conn, replay_id, reached, now, was=was, why=why, rate=rate, tolerant=tolerant)
    return reached


def stopped_in(job: Job) -> State:
    """Where it goes on when it is resumed."""
    return job.was if job.state in STOPPED and job.was else job.state
