"""A service: what it is made of, and how it starts, runs and stops."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import asyncpg
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from faststream.kafka import KafkaBroker

from service_runtime import http, logs, parked_http
from service_runtime.acts import relay
from service_runtime.blocked import run_due_orders
from service_runtime.brake import Brake, Braked
from service_runtime.clock import SystemClock
from service_runtime.decoding import Routes
from service_runtime.effects import EffectPort, EffectWorker
from service_runtime.failures import Bug, Failure, failure_of
from service_runtime.holding import Holding
from service_runtime.infrastructure import Infrastructure
from service_runtime.kafka import KafkaLog, producer_of
from service_runtime.metrics import RELAYED, TIMERS
from service_runtime.migrations import migrate
from service_runtime.postgres import PostgresStore, open_pool
from service_runtime.protocol import Protocol
from service_runtime.reading import Handler, Lock
from service_runtime.recovering import PATIENCE_S, Recovery, Step
from service_runtime.running import Running
from service_runtime.settings import ServiceSettings
from service_runtime.subscriber import Pace, Reading, Subscriber
from service_runtime.timers import fire_due
from service_runtime.watch import Watch, Witness, leave_this_process, watch_the_loop

LOG = structlog.get_logger("service")
RELAY_EVERY_S, DUE_EVERY_S, BRAKE_EVERY_S = 0.5, 0.2, 1.0
Loop = Callable[[], Coroutine[Any, Any, None]]
OnBug = Callable[[BaseException], None]
OnStuck = Callable[[Sequence[str]], None]
_fatal: list[BaseException] = []


def stop_this_process(error: BaseException) -> None:
    """A bug stops the service; its supervisor sees exit status 1."""
    _fatal.append(error)
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True)
class Service:
    """What a service is made of; `name` is also its consumer group and, with underscores, its package."""

    name: str
    settings: ServiceSettings
    handlers: Sequence[Handler]
    locks: Sequence[Lock] = ()
    routers: Sequence[APIRouter] = ()
    effects: Mapping[str, EffectPort] = field(default_factory=dict)
    opened: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    closed: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    own: Sequence[Step] = ()

    @property
    def package(self) -> str:
        """The Python package with its SQL."""
        return self.name.replace("-", "_")

    @cached_property
    def release(self) -> str:
        """Which release this is: the brake holds one until another comes."""
        try:
            return self.settings.release or version(self.name)
        except PackageNotFoundError:  # a service of a test
            return "0"

    @cached_property
    def own_topics(self) -> list[str]:
        """Our own topics that it reads."""
        return sorted(topic for handler in self.handlers for topic in handler.models)

    @cached_property
    def outside_topics(self) -> list[str]:
        """Hostile topics that it reads, by name or pattern."""
        return sorted(topic for handler in self.handlers if handler.outside for topic in handler.topics)

    def app(self, on_bug: Callable[[BaseException], None] = stop_this_process) -> FastAPI:
        """The ASGI application; the broker starts in its lifespan."""

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            async with run_service(self, on_bug) as running:
                app.state.running = running
                if running.watch:
                    watch_the_loop(running.watch)
                yield

        app = FastAPI(title=self.name, version="0.1.0", lifespan=lifespan)
        for router in (http.health, parked_http.router, *self.routers):
            app.include_router(router)
        app.add_exception_handler(RequestValidationError, http.answer_invalid)
        for away in (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            app.add_exception_handler(away, http.answer_away)
        return app


@asynccontextmanager
async def run_service(
    service: Service, on_bug: OnBug = stop_this_process, on_stuck: OnStuck = leave_this_process
) -> AsyncIterator[Running]:
    """Migrate, connect, subscribe; at the end finish the batch in hand, then leave."""
    await migrate(service.settings.database_url, service.package)
    pool = await open_pool(service.settings.database_url, service.name)
    running = _wired(service, pool, on_bug, on_stuck)
    try:
        for open_ in service.opened:
            await open_()
        await running.log.start()
        await running.brake.look()
        await running.broker.start()
        running.loops = [asyncio.create_task(loop) for loop in _loops(running, on_bug)]
        _settle_memory()
        yield running
    finally:
        await _stop(running)
        for close in service.closed:
            await close()
        await pool.close()


def _wired(
    service: Service,
    pool: "asyncpg.Pool[asyncpg.Record]",
    on_bug: OnBug = stop_this_process,
    on_stuck: OnStuck = leave_this_process,
) -> Running:
    settings, infrastructure = service.settings, Infrastructure()
    store, clock = PostgresStore(pool), SystemClock(settings.clock_offset_s)
    client_id = f"{service.name}-{settings.ordinal}"
    log = KafkaLog(producer_of(settings.kafka_bootstrap_servers, client_id), settings.topic_prefix, infrastructure)
    protocol = Protocol(service.name, Routes.of(service.handlers), service.locks, store, log, clock)
    broker = KafkaBroker(
        settings.kafka_bootstrap_servers, apply_types=False, allow_auto_create_topics=False, client_id=client_id,
        graceful_timeout=15.0, logger=None, metadata_max_age_ms=10000,
    )  # fmt: skip
    worker = EffectWorker(protocol, store, service.effects) if service.effects else None
    brake = Brake(store, service.release)
    subscribers = _subscribed(service, protocol, broker, brake, on_bug, infrastructure)
    witness = Witness(settings.kafka_bootstrap_servers, settings.topic_prefix)
    watch = Watch(witness, subscribers, infrastructure, settings.stuck_after_s, on_stuck)
    return Running(
        service.name, settings, protocol, store, log, broker, brake, subscribers, worker, infrastructure, watch
    )


def _subscribed(
    service: Service,
    protocol: Protocol,
    broker: KafkaBroker,
    brake: Brake,
    on_bug: OnBug,
    infrastructure: Infrastructure,
) -> list[Subscriber]:
    settings = service.settings
    pace = Pace(settings.batch_records, settings.pace_ms / 1000)
    names = [topic for topic in service.outside_topics if "*" not in topic]
    patterns = [topic for topic in service.outside_topics if "*" in topic]
    readings = [Reading(service.name, service.own_topics)] if service.own_topics else []
    readings += [Reading(f"{service.name}.outside", names)] if names else []
    readings += [Reading(f"{service.name}.outside", pattern=pattern) for pattern in patterns]
    subscribers = []
    for reading in readings:
        holding = Holding(brake, settings.hostile_pause_s)
        subscriber = Subscriber(
            protocol, settings.topic_prefix, pace, holding, on_bug, infrastructure, accept_skip=settings.accept_skip
        )
        subscriber.attach(broker, reading)
        subscribers.append(subscriber)
    return subscribers


def _loops(running: Running, on_bug: OnBug) -> list[Coroutine[Any, Any, None]]:
    protocol, infrastructure = running.protocol, running.infrastructure
    loops: list[Loop] = [subscriber.commit_now_and_then for subscriber in running.subscribers]
    loops.append(lambda: _repeat("relay", infrastructure, lambda: _relay(protocol), RELAY_EVERY_S))
    loops.append(lambda: _repeat("due", infrastructure, lambda: _do_what_is_due(running), DUE_EVERY_S))
    loops.append(lambda: _repeat("brake", infrastructure, lambda: _mind_the_brake(running), BRAKE_EVERY_S))
    if running.watch:
        loops.append(running.watch.run)
    if running.worker:
        loops.append(running.worker.run)
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
    RELAYED.inc(await relay(protocol))


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


def _settle_memory() -> None:
    """What was made at start is never garbage; fewer, larger collections after it (measured: 16 % of Python's time)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


async def _stop(running: Running) -> None:
    for subscriber in running.subscribers:
        await subscriber.drain()
    if running.worker:
        await running.worker.finished()
    for loop in running.loops:
        loop.cancel()
    await asyncio.gather(*running.loops, return_exceptions=True)
    await running.broker.stop()
    await running.log.stop()


async def recover(service: Service, patience_s: float = PATIENCE_S) -> dict[str, int]:
    """Mend a database that was put back; the service itself must not run, and is waited for that long."""
    settings = service.settings
    await migrate(settings.database_url, service.package)
    pool = await open_pool(settings.database_url, service.name)
    inputs = {service.name: service.own_topics, f"{service.name}.outside": service.outside_topics}
    try:
        return await Recovery(
            service.name, PostgresStore(pool), settings.kafka_bootstrap_servers, settings.topic_prefix, service.own,
            {group: topics for group, topics in inputs.items() if topics}, bool(service.effects), patience_s,
        ).run()  # fmt: skip
    finally:
        await pool.close()


def run(service: Service) -> None:
    """Run a service until it is told to stop, exit status 1 after a bug; or with `recover`, mend its database."""
    settings = service.settings
    logs.configure(service.name, settings.log_level)
    if sys.argv[1:] == ["recover"]:
        LOG.info("recovered", counts=asyncio.run(recover(service)))
        return
    uvicorn.run(
        service.app(), host=settings.http_host, port=settings.http_port, loop="uvloop", log_config=None,
        access_log=False, timeout_graceful_shutdown=15,
    )  # fmt: skip
    if _fatal:
        raise SystemExit(1)
