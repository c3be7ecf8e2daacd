"""A replay job: the states it goes through, and what may be done in each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """What a job does to what it picks."""

    REPROCESS = "reprocess"
    REPUBLISH = "republish"
    REBUILD = "rebuild"
    REINTERPRET = "reinterpret"
    FORCE = "force"

    @property
    def over_topics(self) -> bool:
        """Whether it goes over `<topic>.replay`; the others are done by the service whose rows they are."""
        return self in (Mode.REPROCESS, Mode.FORCE)


class State(StrEnum):
    """Where a job stands."""

    PREVIEW = "preview"
    READY = "ready"
    AWAITING_APPROVAL = "awaiting_approval"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"


class Step(StrEnum):
    """What moves a job on."""

    PREVIEWED = "previewed"
    APPLY = "apply"
    ASK = "ask"
    APPROVE = "approve"
    CANCEL = "cancel"
    RESUME = "resume"
    PAUSE = "pause"
    FINISH = "finish"
    FAIL = "fail"


LEGAL: Mapping[tuple[State, Step], State] = {
    (State.PREVIEW, Step.PREVIEWED): State.READY,
    (State.PREVIEW, Step.CANCEL): State.CANCELLED,
    (State.PREVIEW, Step.FAIL): State.FAILED,
    (State.READY, Step.APPLY): State.RUNNING,
    (State.READY, Step.ASK): State.AWAITING_APPROVAL,
    (State.READY, Step.CANCEL): State.CANCELLED,
    (State.AWAITING_APPROVAL, Step.APPROVE): State.RUNNING,
    (State.AWAITING_APPROVAL, Step.CANCEL): State.CANCELLED,
    (State.RUNNING, Step.PAUSE): State.PAUSED,
    (State.RUNNING, Step.CANCEL): State.CANCELLED,
    (State.RUNNING, Step.FINISH): State.DONE,
    (State.RUNNING, Step.FAIL): State.FAILED,
    (State.PAUSED, Step.CANCEL): State.CANCELLED,
}
STOPPED = (State.PAUSED, State.CANCELLED, State.FAILED)  # `resume` leads back to where it was stopped, never past it
ADVICE: Mapping[State, str] = {
    State.PREVIEW: "its preview is being made: `baesong replay status` shows how far",
    State.READY: "it is previewed: `baesong replay apply` runs it",
    State.AWAITING_APPROVAL: "it waits for a second person: `baesong replay approve`",
    State.RUNNING: "it runs: `baesong replay cancel` stops it",
    State.PAUSED: "it paused itself: `baesong replay resume` goes on, `cancel` ends it",
    State.CANCELLED: "it is cancelled: `baesong replay resume` goes on where it stopped",
    State.DONE: "it is done, and each item has its result: `baesong replay new` makes another",
    State.FAILED: "it failed: mend what it says, then `baesong replay resume`",
}


@dataclass(frozen=True, slots=True)
class Illegal:
    """It may not be done now; says what can be."""

    why: str


def after(state: State, step: Step, was: State | None = None) -> State | Illegal:
    """The state that a step leads to.

    Args:
        state: where the job stands.
        step: what is done.
        was: the state in which it was stopped, if it is.
    """
    if step is Step.RESUME and state in STOPPED and was is not None:
        return was
    return LEGAL.get((state, step)) or Illegal(f"{step.value} is not possible: {ADVICE[state]}")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is kept. `was` is the state it was stopped in, `why` what stopped it or what it waits for.

    `tolerant`: somebody has seen that much of it fails, and let it go on.
    """

    replay_id: str
    mode: Mode
    selector: Mapping[str, Any]
    services: tuple[str, ...]
    effects: tuple[str, ...]
    actor: str
    reason: str
    rate: int
    state: State
    created_at: datetime
    was: State | None = None
    why: str | None = None
    progress: Mapping[str, int] = field(default_factory=dict)
    preview: Mapping[str, Any] | None = None
    asked_by: str | None = None
    asked_at: datetime | None = None
    approved_by: str | None = None
    alone: bool = False
    tolerant: bool = False
    applied_at: datetime | None = None
    ended_at: datetime | None = None
