"""Blocked orders: what waits behind each is run in sequence when its time has come."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from service_runtime.acts import publish, say
from service_runtime.decoding import Poison, decode, distinct, hash_of
from service_runtime.failures import Bug, Failure, failure_of
from service_runtime.outgoing import dead_letters
from service_runtime.parking import Failed, put_aside
from service_runtime.ports import Blocked, Outgoing, Tx, Waiting
from service_runtime.protocol import Protocol
from service_runtime.reading import Received
from service_runtime.rounds import ask
from service_runtime.work import Work

LOG = structlog.get_logger("blocked")


class BugInQueueError(Exception):
    """A queued event raised what nobody expected; it is parked in a transaction of its own."""

    def __init__(self, event_id: str, bug: Bug) -> None:
        super().__init__(event_id)
        self.event_id = event_id
        self.bug = bug


async def run_blocked(protocol: Protocol, order_id: str, *, at_once: bool = False) -> list[Bug]:
    """Run what waits behind a blocked order, in sequence, until it is empty or fails again; the bugs that were met.

    `at_once`: an operator wants it, whatever the schedule says, and what fails begins its schedule anew.
    """
    bugs: dict[str, Bug] = {}
    while True:
        try:
            await _run(protocol, order_id, bugs, at_once=at_once)
        except BugInQueueError as culprit:
            if culprit.event_id in bugs:
                raise
            bugs[culprit.event_id] = culprit.bug
        else:
            return list(bugs.values())


async def _run(protocol: Protocol, order_id: str, bugs: Mapping[str, Bug], *, at_once: bool) -> None:
    async with protocol.store.transaction() as tx:
        await tx.lock_orders([order_id])
        work = Work(tx.conn, protocol.clock.now())
        blocked = await tx.blocked_state(order_id)
        if blocked is not None and at_once:
            blocked = replace(blocked, attempts=0, due_at=work.now)
        if blocked is None or blocked.due_at is None or blocked.due_at > work.now:
            return
        letters = await _run_queue(protocol, tx, work, blocked, bugs)
        rows = [*await say(protocol, tx, work), *letters]
    await publish(protocol, rows, "blocked_after_commit")


async def _run_queue(
    protocol: Protocol, tx: Tx, work: Work, blocked: Blocked, bugs: Mapping[str, Bug]
) -> list[Outgoing]:
    waiting = await tx.queued(blocked.order_id)
    events = {one.event_id: _decoded(protocol, one, bugs) for one in waiting}
    for lock in protocol.locks:
        await lock(tx.conn, [event for event in events.values() if event is not None])
    for one in waiting:
        failed = bugs.get(one.event_id) or await _ask(protocol, work, one, events[one.event_id])
        if failed:
            attempts = blocked.attempts + 1 if one is waiting[0] else 1
            return await _stopped_at(protocol, tx, work, one, attempts, failed)
        await tx.unqueue(blocked.order_id, [one.event_id])
        await tx.settle_parked([one.event_id])
    await tx.unblock(blocked.order_id)
    return []


def _decoded(protocol: Protocol, waiting: Waiting, bugs: Mapping[str, Bug]) -> Received[Any] | None:
    """The event as it was when it was queued; None for the one that is going to be parked."""
    if waiting.event_id in bugs:
        return None
    event = decode(waiting.record, protocol.routes)
    if event is None or isinstance(event, Poison):
        why = event.reason if event else "no handler reads it any more"
        raise BugInQueueError(waiting.event_id, Bug("cannot be read any more", f"it was read once, and now: {why}"))
    return event if event.id == waiting.event_id else distinct(event, hash_of(event))


async def _ask(protocol: Protocol, work: Work, waiting: Waiting, event: Received[Any] | None) -> Failed | None:
    assert event is not None
    try:
        return (await ask(work, [event], protocol.routes)).get(event.id)
    except Exception as error:
        if failure_of(error) is not Failure.BUG:
            raise
        raise BugInQueueError(waiting.event_id, Bug.of(error)) from error


async def _stopped_at(
    protocol: Protocol, tx: Tx, work: Work, event: Waiting, attempts: int, failed: Failed
) -> list[Outgoing]:
    aside = put_aside(event, attempts, failed, work.now)
    await tx.block([aside.blocked])
    if aside.parked is None:
        return []
    letters = dead_letters(await tx.park([aside.parked]), protocol.service)
    await tx.add_outgoing(letters)
    await tx.pend(letters)
    return letters


async def run_due_orders(protocol: Protocol, limit: int = 100) -> Sequence[Bug]:
    """Run every blocked order whose time has come; the bugs that were met."""
    bugs: list[Bug] = []
    for order_id in await protocol.store.due_orders(protocol.clock.now(), limit):
        bugs += await run_blocked(protocol, order_id)
    return bugs
