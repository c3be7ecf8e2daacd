"""How a service of Baesong handles what it reads: the batch protocol, once."""

from service_runtime.answering import Reply
from service_runtime.columns import joined, joined_columns
from service_runtime.effect_ports import (
    CannotFind,
    Confirmed,
    EffectFailed,
    EffectPort,
    EffectRefusedForNow,
    EffectUnknown,
    Failed,
    Outcome,
    Suppressed,
    Told,
    Unknown,
)
from service_runtime.encoding import json_of
from service_runtime.http import Act, Read
from service_runtime.packing import compressed, decompressed
from service_runtime.queries import Queries
from service_runtime.reading import (
    Answers,
    Batch,
    Done,
    Place,
    Received,
    Record,
    Retry,
    consumes,
    consumes_outside,
    fires,
)
from service_runtime.recovering import Mending, Step, had_heard, had_read, newest, takes_over
from service_runtime.replay.meaning import ByKey, ByVersion, NotOnATopic, OncePerKey
from service_runtime.replay.projections import Projection
from service_runtime.replay.snapshot import Open, Page, Thing
from service_runtime.retention import ByDays
from service_runtime.service import Service, run
from service_runtime.settings import ServiceSettings
from service_runtime.tolerant import Part, TolerantReader
from service_runtime.work import Connection, Effect, Timer, Work

__all__ = [
    "Act",
    "Answers",
    "Batch",
    "ByDays",
    "ByKey",
    "ByVersion",
    "CannotFind",
    "Confirmed",
    "Connection",
    "Done",
    "Effect",
    "EffectFailed",
    "EffectPort",
    "EffectRefusedForNow",
    "EffectUnknown",
    "Failed",
    "Mending",
    "NotOnATopic",
    "OncePerKey",
    "Open",
    "Outcome",
    "Page",
    "Part",
    "Place",
    "Projection",
    "Queries",
    "Read",
    "Received",
    "Record",
    "Reply",
    "Retry",
    "Service",
    "ServiceSettings",
    "Step",
    "Suppressed",
    "Thing",
    "Timer",
    "Told",
    "TolerantReader",
    "Unknown",
    "Work",
    "compressed",
    "consumes",
    "consumes_outside",
    "decompressed",
    "fires",
    "had_heard",
    "had_read",
    "joined",
    "joined_columns",
    "json_of",
    "newest",
    "run",
    "takes_over",
]
