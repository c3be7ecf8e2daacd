"""What no offset covers: requests, blocked orders run again, outcomes of effects. Same locks, same outbox, pending."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog

from service_runtime.decoding import Poison, decode, distinct, hash_of
from service_runtime.failpoints import failpoint
from service_runtime.failures import AGAIN_AT_ONCE, Failure, failure_of
from service_runtime.outgoing import Speaker
from service_runtime.ports import Blocked, Outgoing, Tx, Waiting
from service_runtime.protocol import Protocol
from service_runtime.reading import Received
from service_runtime.rounds import ask
from service_runtime.schedule import next_try
from service_runtime.work import Work

LOG = structlog.get_logger("acts")
T = TypeVar("T")


async def act(
    protocol: Protocol,
    order_ids: Sequence[str],
    decide: Callable[[Work], Awaitable[T]],
    point: str = "act_after_commit",
) -> T:
    """Do something to orders in one transaction, and publish what it says.

    Only a transaction that was rolled back is tried again: what is committed is never decided a second time.
    """
    result, rows = await _transacted(protocol, order_ids, decide)
    await _publish(protocol, rows, point)
    return result


async def _transacted(
    protocol: Protocol, order_ids: Sequence[str], decide: Callable[[Work], Awaitable[T]]
) -> tuple[T, list[Outgoing]]:
    for attempt in range(AGAIN_AT_ONCE + 1):
        try:
            return await _transaction(protocol, order_ids, decide)
        except Exception as error:
            if failure_of(error) is not Failure.AGAIN or attempt == AGAIN_AT_ONCE:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


async def _transaction(
    protocol: Protocol, order_ids: Sequence[str], decide: Callable[[Work], Awaitable[T]]
) -> tuple[T, list[Outgoing]]:
    async with protocol.store.transaction() as tx:
        await tx.lock_orders(sorted(set(order_ids)))
        work = Work(tx.conn, protocol.clock.now())
        result = await decide(work)
        rows = await _say(protocol, tx, work)
    return result, rows


async def run_blocked(protocol: Protocol, order_id: str) -> bool:
    """Run what waits behind a blocked order, in sequence, until it is empty or fails again; True when unblocked."""
    async with protocol.store.transaction() as tx:
        await tx.lock_orders([order_id])
        work = Work(tx.conn, protocol.clock.now())
        blocked = await tx.blocked_state(order_id)
        if blocked is None or blocked.due_at is None or blocked.due_at > work.now:
            return blocked is None
        free = await _run_queue(protocol, tx, work, blocked)
        rows = await _say(protocol, tx, work)
    await _publish(protocol, rows, "blocked_after_commit")
    return free


async def _run_queue(protocol: Protocol, tx: Tx, work: Work, blocked: Blocked) -> bool:
    waiting = await tx.queued(blocked.order_id)
    events = [_decoded(protocol, one) for one in waiting]
    for lock in protocol.locks:
        await lock(tx.conn, events)
    for event in events:
        failed = await ask(work, [event], protocol.routes)
        if failed:
            await tx.block([_tried_again(blocked, event, waiting, work, failed[event.id].reason)])
            return False
        await tx.unqueue(blocked.order_id, [event.id])
    await tx.unblock(blocked.order_id)
    return True


def _decoded(protocol: Protocol, waiting: Waiting) -> Received[Any]:
    event = decode(waiting.record, protocol.routes)
    if event is None or isinstance(event, Poison):
        raise ValueError(f"{waiting.event_id} was read once and cannot be read now: {event}")
    return event if event.id == waiting.event_id else distinct(event, hash_of(event))


def _tried_again(
    blocked: Blocked, event: Received[Any], waiting: Sequence[Waiting], work: Work, reason: str
) -> Blocked:
    """The next try; the count starts again when the queue has moved on to another event."""
    attempts = blocked.attempts + 1 if event.id == waiting[0].event_id else 1
    return Blocked(blocked.order_id, attempts, next_try(attempts, work.now), reason)


async def _say(protocol: Protocol, tx: Tx, work: Work) -> list[Outgoing]:
    rows = Speaker(protocol.service, work.now).rows(work.events)
    await tx.intend(work.effects)
    await tx.add_outgoing(rows)
    await tx.pend(rows)
    return rows


async def _publish(protocol: Protocol, rows: Sequence[Outgoing], point: str) -> None:
    if rows:
        failpoint(point)
        await protocol.log.publish(rows)
        await _forget(protocol, rows)


async def _forget(protocol: Protocol, rows: Sequence[Outgoing]) -> None:
    """What stays pending is relayed once more, with the same ids: no reason to fail what is committed and said."""
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
