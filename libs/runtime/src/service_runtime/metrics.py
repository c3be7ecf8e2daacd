"""Every metric, named in one place: what it counts, what to do when it rises, and from where on it is an alert.

`docs/runbooks/metrics.md`, the dashboard and the alert rules in `deploy/` are made from this list.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
PHASES = ("decode", "decide", "commit", "publish")


@dataclass(frozen=True, slots=True)
class Alert:
    """Somebody is told when it stands above this (a counter: when it grew by more in ten minutes) for so long."""

    above: float
    minutes: int


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as the runbook, the dashboard and the alert rules know it."""

    name: str
    kind: str
    topic: str
    means: str
    rises: str
    labels: Sequence[str] = ()
    alert: Alert | None = None


METRICS: list[Metric] = []


def _counter(*told: str, labels: Sequence[str] = (), alert: Alert | None = None) -> Counter:
    metric = _listed("counter", told, labels, alert)
    return Counter(metric.name, metric.means, labels)


def _gauge(*told: str, labels: Sequence[str] = (), alert: Alert | None = None) -> Gauge:
    metric = _listed("gauge", told, labels, alert)
    return Gauge(metric.name, metric.means, labels)


def _histogram(*told: str, buckets: Sequence[float], labels: Sequence[str] = ()) -> Histogram:
    metric = _listed("histogram", told, labels, None)
    return Histogram(metric.name, metric.means, labels, buckets=buckets)


def _listed(kind: str, told: Sequence[str], labels: Sequence[str], alert: Alert | None) -> Metric:
    name, topic, means, rises = told
    METRICS.append(Metric(name, kind, topic, means, rises, tuple(labels), alert))
    return METRICS[-1]


RECORDS = _counter(
    "baesong_records_total", "Flow", "Records handled: fresh, seen before, parked, or waiting behind a blocked order",
    "Many `seen`: offsets were reset, or a replica died before it committed them; harmless. `parked`: read "
    "`baesong parked list`. `waiting`: read `baesong_blocked_orders`.",
    labels=["kind"],
)  # fmt: skip
EMITTED = _counter(
    "baesong_emitted_events_total", "Flow", "Events said, by topic",
    "It follows what comes in. Out of proportion to it, a handler says too much: look which topic.",
    labels=["topic"],
)  # fmt: skip
BATCH_SIZE = _histogram(
    "baesong_batch_records", "Flow", "Records in a polled batch",
    "Full batches of 500 mean a backlog: read the lag. Small ones at high load mean too many partitions or replicas.",
    buckets=(1, 10, 50, 100, 250, 500),
)  # fmt: skip
LAG = _gauge(
    "baesong_lag_messages", "Lag", "Messages of this replica's partitions not yet handled, by topic",
    "The service is too slow, backs off or is braked: look at the phases, then at the log. Add a replica if "
    "a core is free and the time goes into `decide`.",
    labels=["topic"], alert=Alert(20_000, 10),
)  # fmt: skip
LAG_SECONDS = _gauge(
    "baesong_lag_seconds", "Lag",
    "At most how old the oldest message not yet handled is, by topic: now less the record time of the last one "
    "handled, or less when the partition was last seen empty, whichever is later",
    "As for messages; this is what the customer waits.",
    labels=["topic"], alert=Alert(60, 2),
)  # fmt: skip
BATCH_SECONDS = _histogram(
    "baesong_batch_seconds", "Time", "From poll to the last acknowledgement of a batch",
    "See which phase grew.",
    buckets=SECONDS,
)  # fmt: skip
PHASE_SECONDS = _histogram(
    "baesong_phase_seconds", "Time",
    "A batch by phase: decode; decide (all of its transaction: inbox, locks, handlers, outbox); commit; publish",
    "`decode`: larger events. `decide`: locks that wait, a slow statement (`pg_stat_activity`). `commit`: the "
    "database's disk. `publish`: the broker's disk, or the broker is away.",
    buckets=SECONDS, labels=["phase"],
)  # fmt: skip
FAILURES = _counter(
    "baesong_infrastructure_failures_total", "Trouble", "Tries that failed because database or broker did not answer",
    "Look at the database and the broker; the service goes on by itself when they are back.",
    labels=["what"],
)  # fmt: skip
AWAY_SECONDS = _gauge(
    "baesong_infrastructure_away_seconds", "Trouble", "How long database or broker have been away, by who noticed",
    "The same. Nothing is lost or parked meanwhile; after a minute the log says so once, and /ready is 503.",
    labels=["what"], alert=Alert(60, 0),
)  # fmt: skip
STOOD_SECONDS = _gauge(
    "baesong_stood_seconds", "Trouble", "The longest that a partition stood still though it has something to handle",
    "At the limit (60 s) /live fails and the process exits, to be started again. If it comes back: the last log "
    "line names the partition; look what its handler waits for.",
    alert=Alert(30, 0),
)  # fmt: skip
REPLACED = _counter(
    "baesong_replaced_producers_total", "Trouble", "Producers replaced because they could not go on",
    "Now and then after a broker restarts. All the time: two brokers disagree on a producer's state, or a request "
    "takes longer than 30 s.",
    alert=Alert(10, 0),
)  # fmt: skip
RELAYED = _counter(
    "baesong_relayed_events_total", "Trouble", "Rows the relay had to publish, because their writer did not",
    "After a crash, for a moment. All the time: who writes is cut off before it publishes.",
)  # fmt: skip
UNPUBLISHED = _gauge(
    "baesong_outbox_unpublished", "Trouble", "Outbox rows that no offset covers and nobody acknowledged yet",
    "The broker is away or slow; they are published when it answers.",
    alert=Alert(1_000, 5),
)  # fmt: skip
BLOCKED = _gauge(
    "baesong_blocked_orders", "Trouble", "Orders with an event that failed; their later events wait",
    "`baesong parked list` for those that wait for an operator; the others are tried again by themselves.",
    alert=Alert(100, 10),
)  # fmt: skip
BLOCKED_AGE = _gauge(
    "baesong_oldest_blocked_seconds", "Trouble", "Since when the longest blocked order is blocked",
    "Over 9 hours the schedule is used up and the event is parked: an operator retries, amends or discards it.",
    alert=Alert(36_000, 0),
)  # fmt: skip
PARKED = _gauge(
    "baesong_parked_records", "Trouble", "Records put aside, with their bytes and the reason",
    "`baesong parked list`, then retry, amend or discard each.",
    alert=Alert(0, 5),
)  # fmt: skip
EFFECTS = _counter(
    "baesong_effects_total", "Effects", "Outside effects settled, by kind and state",
    "`failed`: the provider refuses; its reason is in the row. `intent`: it asks to be tried later.",
    labels=["kind", "state"],
)  # fmt: skip
EFFECTS_OPEN = _gauge(
    "baesong_open_effects", "Effects", "Outside effects to be done, by state: intent, leased",
    "`intent`: the provider is slow or away. `leased` over 20 a replica: workers died; they are looked up after 30 s.",
    labels=["state"], alert=Alert(10_000, 10),
)  # fmt: skip
EFFECTS_UNKNOWN = _gauge(
    "baesong_unknown_effects", "Effects", "Outside effects of which nobody can know whether they happened",
    "The provider could not be asked. An operator looks there, and decides.",
    alert=Alert(0, 5),
)  # fmt: skip
TIMERS_DUE = _gauge(
    "baesong_timers_due", "Effects", "Timers whose time has come and that have not fired",
    "The service is too slow or its handler asks for another try: the log names the kind.",
    alert=Alert(1_000, 5),
)  # fmt: skip

TIMERS = _counter(
    "baesong_timers_total", "Effects", "Timers fired",
    "It follows what was set. Far above that: a handler sets its own timer again and again.",
)  # fmt: skip

SWEPT = _counter(
    "baesong_swept_total", "Trouble", "What retention made, dropped and deleted, by what it did",
    "It follows what came in 30 to 45 days ago. `gave_up` again and again: a long transaction holds a table "
    "(`pg_stat_activity`), and its parts are not dropped.",
    labels=["what"],
)  # fmt: skip

_PHASE = {phase: PHASE_SECONDS.labels(phase) for phase in PHASES}


class Phases:
    """A stopwatch for the phases of one batch: each ends when it is said to, and the next begins there."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at = time.perf_counter()

    def ended(self, phase: str) -> None:
        """This phase is over."""
        now = time.perf_counter()
        _PHASE[phase].observe(now - self._at)
        self._at = now
