"""How a service's tables stand: gauges read by one cheap statement when somebody scrapes, never in the hot path."""

import math

import asyncpg

from service_runtime.failures import CUT_OFF
from service_runtime.metrics import (
    BLOCKED,
    BLOCKED_AGE,
    EFFECTS_OPEN,
    EFFECTS_UNKNOWN,
    PARKED,
    TIMERS_DUE,
    UNPUBLISHED,
)
from service_runtime.postgres import SQL

PATIENCE_S = 1.0  # a scrape that waits longer is given up by who scrapes
GAUGES = {
    "blocked": BLOCKED,
    "oldest_blocked_s": BLOCKED_AGE,
    "parked": PARKED,
    "unpublished": UNPUBLISHED,
    "timers_due": TIMERS_DUE,
    "intent": EFFECTS_OPEN.labels("intent"),
    "leased": EFFECTS_OPEN.labels("leased"),
    "unknown": EFFECTS_UNKNOWN,
}


async def read_standing(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    """Bring the gauges up to date; what cannot be read now is not a number, rather than an old one."""
    try:
        async with pool.acquire(timeout=PATIENCE_S) as conn:
            row = await conn.fetchrow(SQL.standing, timeout=PATIENCE_S)
    except (asyncpg.PostgresError, *CUT_OFF):
        row = None
    for column, gauge in GAUGES.items():
        gauge.set(math.nan if row is None else row[column])
