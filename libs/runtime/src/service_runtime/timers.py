"""Timers: rows that fire at their time, through the same locks and the same outbox as events do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from order_events import Cause
from service_runtime.acts import publish, say
from service_runtime.failures import Bug, Failure, failure_of
from service_runtime.housekeeping import KIND as HOUSE
from service_runtime.ports import Tx
from service_runtime.protocol import Protocol
from service_runtime.reading import Place, Received, Record
from service_runtime.rounds import ask, rounds_of
from service_runtime.work import Timer, Work

LOG = structlog.get_logger("timers")
AT_ONCE = 200
AGAIN_AFTER = timedelta(seconds=30)  # a timer whose handler asks for another try
AFTER_A_BUG = timedelta(hours=1)  # a timer whose handler raised; the log and a metric show it


def fired(timer: Timer, work: Work) -> Received[Timer]:
    """A timer as its handler gets it; what it causes has the timer's key and due time as its cause."""
    cause_id = f"timer {timer.key} {timer.due_at.isoformat()}"
    return Received(
        id=cause_id,
        type=timer.kind,
        subject=f"timer/{timer.key}",
        version=0,
        time=timer.due_at,
        order_id=timer.order_id,
        body=timer,
        cause=Cause(cause_id, work.now),
        record=Record(Place("timer", 0, 0), None, None, (), int(timer.due_at.timestamp() * 1000)),
    )


async def fire_due(protocol: Protocol) -> tuple[int, Sequence[Bug]]:
    """Fire the timers whose time has come; how many, and the bugs that were met."""
    due = await protocol.store.due_timers(protocol.clock.now(), AT_ONCE)
    if not due:
        return 0, ()
    try:
        await _fire(protocol, due)
    except Exception as error:
        if failure_of(error) is not Failure.BUG:
            raise
        return len(due), await _fire_one_by_one(protocol, due)
    return len(due), ()


async def _fire_one_by_one(protocol: Protocol, due: Sequence[Timer]) -> list[Bug]:
    """One of them raised: each alone, and the culprit put off."""
    bugs = []
    for timer in due:
        try:
            await _fire(protocol, [timer])
        except Exception as error:
            if failure_of(error) is not Failure.BUG:
                raise
            LOG.exception("a timer raised and is put off", key=timer.key, kind=timer.kind)
            bugs.append(Bug.of(error))
            await _put_off(protocol, timer)
    return bugs


async def _fire(protocol: Protocol, due: Sequence[Timer]) -> None:
    async with protocol.store.transaction() as tx:
        await tx.lock_orders(sorted({timer.order_id for timer in due}))
        work = Work(tx.conn, protocol.clock.now())
        blocked = await tx.blocked_among(sorted({timer.order_id for timer in due}))
        taken = await tx.take_timers([timer.key for timer in due if timer.order_id not in blocked], work.now)
        events = sorted((fired(timer, work) for timer in taken), key=lambda event: (event.time, event.id))
        needing = [event for event in events if event.type != HOUSE]
        for lock in protocol.locks if needing else ():
            await lock(tx.conn, needing)
        await _decide(protocol, tx, work, events)
        rows = await say(protocol, tx, work)
    await publish(protocol, rows, "timer_after_commit")


async def _decide(protocol: Protocol, tx: Tx, work: Work, events: Sequence[Received[Timer]]) -> None:
    for events_of_round in rounds_of(events):
        failed = await ask(work, events_of_round, protocol.routes)
        again = [event.body for event in events_of_round if event.id in failed]
        await tx.set_timers([replace(timer, due_at=work.now + AGAIN_AFTER) for timer in again])


async def _put_off(protocol: Protocol, timer: Timer) -> None:
    async with protocol.store.transaction() as tx:
        await tx.lock_orders([timer.order_id])
        now = protocol.clock.now()
        if await tx.take_timers([timer.key], now):
            await tx.set_timers([replace(timer, due_at=now + AFTER_A_BUG)])
