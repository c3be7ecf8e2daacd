"""What a service does besides reading: commits, relays, runs what is due, watches itself."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from service_runtime.acts import relay
from service_runtime.blocked import run_due_orders
from service_runtime.brake import Braked
from service_runtime.failures import Bug, Failure, failure_of
from service_runtime.infrastructure import Infrastructure
from service_runtime.metrics import RELAYED, TIMERS
from service_runtime.protocol import Protocol
from service_runtime.running import Running
from service_runtime.timers import fire_due
from service_runtime.wiring import OnBug

LOG = structlog.get_logger("service")
RELAY_EVERY_S, DUE_EVERY_S, BRAKE_EVERY_S = 0.5, 0.2, 1.0
Loop = Callable[[], Coroutine[Any, Any, None]]


OwnLoop = Callable[[Running], Coroutine[Any, Any, None]]


def loops_of(running: Running, on_bug: OnBug, own: Sequence[OwnLoop] = ()) -> list[Coroutine[Any, Any, None]]:
    """What a service does besides its subscribers, each until it is cancelled; `own` are its own."""
    protocol, infrastructure = running.protocol, running.infrastructure
    loops: list[Loop] = [subscriber.commit_now_and_then for subscriber in running.subscribers]
    loops += [subscriber.marking.run for subscriber in running.subscribers]
    loops.append(lambda: _repeat("relay", infrastructure, lambda: _relay(protocol), RELAY_EVERY_S))
    loops.append(lambda: _repeat("due", infrastructure, lambda: _do_what_is_due(running), DUE_EVERY_S))
    loops.append(lambda: _repeat("brake", infrastructure, lambda: _mind_the_brake(running), BRAKE_EVERY_S))
    if running.housekeeper:
        sweeps = running.housekeeper.run
        loops.append(lambda: _repeat("retention", infrastructure, sweeps, DUE_EVERY_S))
    if running.watch:
        loops.append(running.watch.run)
    if running.worker:
        loops.append(running.worker.run)
    if running.ordinal:
        loops.append(running.ordinal.keep)
    loops += [partial(loop, running) for loop in own]
    return [_watched(loop, on_bug) for loop in loops]


async def _watched(loop: Loop, on_bug: Callable[[BaseException], None]) -> None:
    """A loop that ends by an exception is a bug: the service stops, and says why."""
    try:
        await loop()
    except Exception as error:
        LOG.exception("a bug stops this service")
        on_bug(error)


async def _repeat(
    what: str, infrastructure: Infrastructure, step: Callable[[], Awaitable[None]], every_s: float
) -> None:
    while True:
        try:
            await step()
        except Exception as error:
            if failure_of(error) is Failure.BUG:
                raise
            infrastructure.failed(what, error)
        else:
            infrastructure.well(what)
        await asyncio.sleep(every_s)


async def _relay(protocol: Protocol) -> None:
    """Until there is nothing left to relay: after an hour without a broker that is a lot."""
    while relayed := await relay(protocol):
        RELAYED.inc(relayed)


async def _do_what_is_due(running: Running) -> None:
    """Run blocked orders and timers whose time has come, unless this release is stopped."""
    if running.brake.reason:
        return
    bugs: list[Bug] = [*await run_due_orders(running.protocol)]
    fired, failed = await fire_due(running.protocol)
    TIMERS.inc(fired)
    with suppress(Braked):
        await running.brake.note(fired, [bug.kind for bug in (*bugs, *failed)])


async def _mind_the_brake(running: Running) -> None:
    await running.brake.look()
    for subscriber in running.subscribers:
        if subscriber.consumer is not None:
            subscriber.holding.apply(subscriber.consumer, subscriber.prefix)


async def stopped(running: Running) -> None:
    """Finish what is in hand, say it, leave."""
    for subscriber in running.subscribers:
        await subscriber.drain()
    for group in running.groups.values():
        await group.stop()
    running.prompt.stop()
    if running.worker:
        await running.worker.finished()
    for loop in running.loops:
        loop.cancel()
    await asyncio.gather(*running.loops, return_exceptions=True)
    for subscriber in running.subscribers if running.for_good else ():
        subscriber.leave_for_good()
    await running.broker.stop()
    await running.log.stop()
    if running.tracing:
        await asyncio.to_thread(running.tracing.close)
