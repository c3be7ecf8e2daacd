"""What requests about replays look like, and what they are answered."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from console import store
from console.domain.jobs import ADVICE, Job, Mode

Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f,]+$")]
Why = Annotated[str, Field(min_length=1, max_length=900, pattern=r"^[^\x00]+$")]  # a header takes 1,000 characters
Rate = Annotated[int, Field(ge=1, le=100_000)]
DEFAULT_RATE = 500
ITEM = ("n", "item", "topic", "partition", "offset", "order_id", "subject", "version", "state")


class Asked(BaseModel):
    """A request: what it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReplayIn(Asked):
    """What is to be replayed, how, by whom and why; by force the key says by whom."""

    mode: Mode = Mode.REPROCESS
    topic: Name | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    orders: tuple[Name, ...] = Field(default=(), max_length=100_000)
    error_class: Name | None = None
    parked: bool = False
    partner: Name | None = None
    offsets: tuple[Name, ...] = Field(default=(), max_length=1000)
    services: tuple[Name, ...] = Field(default=(), max_length=20)
    effects: tuple[Name, ...] = Field(default=(), max_length=100)
    actor: Name
    reason: Why
    rate: Rate = DEFAULT_RATE
    key: SecretStr | None = None

    @property
    def selector(self) -> dict[str, Any]:
        """What is picked, as it is kept."""
        names = {"topic", "since", "until", "orders", "error_class", "parked", "partner", "offsets"}
        return {name: value for name, value in self.model_dump(mode="json", include=names).items() if value}


class ActIn(Asked):
    """Who acts, and why."""

    actor: Name
    reason: Why | None = None


class ApplyIn(ActIn):
    """At which rate it goes, if not the one of its preview."""

    rate: Rate | None = None


class ApproveIn(ActIn):
    """The approver's key; `alone`: it is that of who ordered it, ten minutes after asking, and nobody answered."""

    key: SecretStr | None = None
    alone: bool = False


def told(job: Job) -> dict[str, Any]:
    """A job, without its counts."""
    return {
        "replay_id": job.replay_id,
        "mode": job.mode.value,
        "state": job.state.value,
        "says": job.why or ADVICE[job.state],
        "selector": dict(job.selector),
        "services": job.services,
        "effects": job.effects,
        "actor": job.actor,
        "reason": job.reason,
        "rate": job.rate,
        "progress": dict(job.progress),
        "preview": job.preview,
        "approval": {
            "asked_by": job.asked_by,
            "asked_at": _iso(job.asked_at),
            "by": job.approved_by,
            "alone": job.alone,
        },
        "created_at": _iso(job.created_at),
        "applied_at": _iso(job.applied_at),
        "ended_at": _iso(job.ended_at),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def item_told(row: store.Row) -> dict[str, Any]:
    """An item, how it stood at the preview, and what each service says of it."""
    told_of = {name: row[name] for name in ITEM}
    wide = {name: orjson.loads(row[name]) for name in ("standing", "outcomes")}
    return {**told_of, "event_id": row["event_id"], "recorded_at_ms": row["recorded_at"], "wants": row["wants"], **wide}


def act_told(row: store.Row) -> dict[str, Any]:
    """A row of the audit."""
    return {**dict(row), "at": row["at"].isoformat(), "detail": orjson.loads(row["detail"])}
