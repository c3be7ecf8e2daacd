"""What became of the items of a job here: one row each, in the transaction that decided it."""

from collections.abc import Mapping, Sequence

from service_runtime.replay.ordering import Ordered, Outcome
from service_runtime.replay.standing import REPLAY_SQL
from service_runtime.work import Connection

Key = tuple[str, str]  # job, item
DUE = "due"


def key_of(one: Ordered) -> Key:
    """What its result is known by."""
    return one.ticket.replay_id, one.item


async def settled(conn: Connection, keys: Sequence[Key]) -> dict[Key, Outcome]:
    """What is known already, of these; `due` is what was being run when a process died."""
    jobs, items = [job for job, _ in keys], [item for _, item in keys]
    rows = await conn.fetch(REPLAY_SQL.settled, jobs, items) if keys else []
    return {(row["replay_id"], row["item"]): Outcome(row["outcome"], row["reason"]) for row in rows}


async def settle(conn: Connection, results: Mapping[Key, Outcome]) -> None:
    """Write what became of them, once for ever; of what was due, how it ended."""
    if results:
        await conn.execute(
            REPLAY_SQL.settle,
            [job for job, _ in results],
            [item for _, item in results],
            [outcome.word for outcome in results.values()],
            [(outcome.reason or "")[:1000] or None for outcome in results.values()],
        )
