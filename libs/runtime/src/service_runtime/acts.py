"""What no offset covers: requests, outcomes of effects, the relay. Same locks, same outbox, pending."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

import structlog

from service_runtime.failpoints import failpoint
from service_runtime.failures import AGAIN_AT_ONCE, Failure, failure_of
from service_runtime.ports import Outgoing, Tx
from service_runtime.protocol import Protocol, written
from service_runtime.work import Work

LOG = structlog.get_logger("acts")
T = TypeVar("T")
Say = Callable[[Sequence[Outgoing], str], Awaitable[None]]


async def act(
    protocol: Protocol,
    names: Collection[str],
    decide: Callable[[Work], Awaitable[T]],
    point: str = "act_after_commit",
    say: Say | None = None,
) -> T:
    """Do something in one transaction under the locks of these names, orders' ids mostly; publish what it says.

    Only a transaction that was rolled back is tried again: what is committed is never decided a second time. `say`: how
    it is published, if not until it is acknowledged, however long that takes.
    """
    result, rows = await transacted(protocol, names, decide)
    await (say(rows, point) if say else publish(protocol, rows, point))
    return result


async def transacted(
    protocol: Protocol, names: Collection[str], decide: Callable[[Work], Awaitable[T]]
) -> tuple[T, list[Outgoing]]:
    """The first half of `act`: what was decided, and the rows that are committed and to be published."""
    for attempt in range(AGAIN_AT_ONCE + 1):
        try:
            return await _transaction(protocol, names, decide)
        except Exception as error:
            if failure_of(error) is not Failure.AGAIN or attempt == AGAIN_AT_ONCE:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _transaction(
    protocol: Protocol, names: Collection[str], decide: Callable[[Work], Awaitable[T]]
) -> tuple[T, list[Outgoing]]:
    async with protocol.store.transaction() as tx:
        await tx.lock_orders(sorted(set(names)))
        work = Work(tx.conn, protocol.clock.now())
        result = await decide(work)
        rows = await say(protocol, tx, work)
    return result, rows


async def say(protocol: Protocol, tx: Tx, work: Work) -> list[Outgoing]:
    """Write what is said where no offset covers it: pending, until it is acknowledged."""
    rows = await written(protocol.service, tx, work)
    await tx.add_outgoing(rows)
    await tx.pend(rows)
    return rows


async def publish(protocol: Protocol, rows: Sequence[Outgoing], point: str) -> None:
    """Publish after the COMMIT; only then is it pending no more."""
    await acknowledged(protocol, rows, point)
    await forget(protocol, rows)


async def acknowledged(protocol: Protocol, rows: Sequence[Outgoing], point: str) -> None:
    """Return when what is committed is said; `forget` it soon, else the relay says it once more."""
    if rows:
        failpoint(point)
        await protocol.log.publish(rows)


async def forget(protocol: Protocol, rows: Sequence[Outgoing]) -> None:
    """What stays pending is relayed once more, with the same ids: no reason to fail what is committed and said."""
    if not rows:
        return
    try:
        await protocol.store.published(rows)
    except Exception as error:
        if failure_of(error) is Failure.BUG:
            raise
        LOG.warning("published, and left to the relay all the same", rows=len(rows), error=repr(error))


async def relay(protocol: Protocol, limit: int = 500) -> int:
    """Publish what nobody acknowledged in time; how many rows that was."""
    rows = await protocol.store.lease_pending(limit)
    if rows:
        await protocol.log.publish(rows)
        await protocol.store.published(rows)
    return len(rows)
