"""A service: what it is made of, and how it starts, runs and stops."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import asyncpg
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from service_runtime import http, logs, parked_http
from service_runtime.effect_ports import EffectPort
from service_runtime.failures import CUT_OFF
from service_runtime.loops import loops_of, stopped
from service_runtime.migrations import migrate
from service_runtime.operating import By
from service_runtime.postgres import PostgresStore, open_pool
from service_runtime.problem_details import documented
from service_runtime.reading import Handler, Lock
from service_runtime.recovering import PATIENCE_S, Recovery, Step
from service_runtime.replay import http as replay_http
from service_runtime.replay import rebuild_http, republish_http
from service_runtime.replay.projections import Projection
from service_runtime.replay.republishing import Order
from service_runtime.replay.shadow import tidy
from service_runtime.replay.snapshot import Open, snapshot
from service_runtime.replay.ticket import SUFFIX
from service_runtime.retention import ByDays
from service_runtime.running import Running
from service_runtime.settings import ServiceSettings
from service_runtime.start_check import refuse_a_copy
from service_runtime.watch import leave_this_process, watch_the_loop
from service_runtime.wiring import OnBug, OnStuck, wired

LOG = structlog.get_logger("service")
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
    open: Open | None = None
    by_days: Sequence[ByDays] = ()
    projections: Sequence[Projection] = ()
    loops: Sequence[Callable[[Running], Coroutine[Any, Any, None]]] = ()

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

    @property
    def replayed_topics(self) -> list[str]:
        """All that it reads, by name or pattern: beside each there are its replays."""
        return [*self.own_topics, *self.outside_topics]

    @property
    def replay_group(self) -> str:
        """The group in which it reads them."""
        return f"{self.name}.replay"

    @property
    def inputs(self) -> dict[str, list[str]]:
        """What it reads, by consumer group."""
        groups = {self.name: self.own_topics, f"{self.name}.outside": self.outside_topics}
        if self.settings.replay_key.get_secret_value():
            groups[self.replay_group] = [topic + SUFFIX for topic in self.replayed_topics]
        return {group: topics for group, topics in groups.items() if topics}

    def app(self, on_bug: Callable[[BaseException], None] = stop_this_process) -> FastAPI:
        """The ASGI application; the broker starts in its lifespan."""

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            async with run_service(self, on_bug) as running:
                app.state.running = running
                if running.watch:
                    watch_the_loop(running.watch)
                _hear_of_leaving(running)
                yield

        app = FastAPI(title=self.name, version="0.1.0", lifespan=lifespan)
        replays = (replay_http.router, republish_http.router, rebuild_http.router)
        for router in (*self.routers, http.health, parked_http.router, *replays):
            app.include_router(router)
        app.add_exception_handler(RequestValidationError, http.answer_invalid)
        app.add_exception_handler(HTTPException, http.answer_refused)
        app.add_exception_handler(Exception, http.answer_mistake)
        app.openapi = lambda: documented(app)  # type: ignore[method-assign]
        for away in (asyncpg.PostgresError, *CUT_OFF):
            app.add_exception_handler(away, http.answer_away)
        return app


def _hear_of_leaving(running: Running) -> None:
    """SIGUSR1: stop, and leave for good, so that others take the partitions at once."""

    def leave() -> None:
        running.for_good = True
        os.kill(os.getpid(), signal.SIGTERM)

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, leave)


@asynccontextmanager
async def run_service(
    service: Service, on_bug: OnBug = stop_this_process, on_stuck: OnStuck = leave_this_process
) -> AsyncIterator[Running]:
    """Migrate, connect, subscribe; at the end finish the batch in hand, then leave."""
    settings = service.settings
    await migrate(settings.database_url, service.package)
    pool = await open_pool(settings.database_url, service.name)
    running = wired(service, pool, on_bug, on_stuck)
    running.projections = service.projections
    try:
        await tidy(pool, [one.name for one in service.projections])
        if not settings.accept_skip:
            await refuse_a_copy(
                service.name, running.store, settings.kafka_bootstrap_servers, settings.topic_prefix, service.inputs
            )
        for open_ in service.opened:
            await open_()
        if running.ordinal:
            await running.ordinal.take()
        await running.log.start()
        await running.brake.look()
        if running.housekeeper:
            await running.housekeeper.begin()
        await running.broker.start()
        running.loops = [asyncio.create_task(loop) for loop in loops_of(running, on_bug, service.loops)]
        settle_memory()
        yield running
    finally:
        await stopped(running)
        if running.ordinal:
            await running.ordinal.let_go()
        for close in service.closed:
            await close()
        await pool.close()


def settle_memory() -> None:
    """What was made at start is never garbage, and no collection falls into a batch, while all of it is alive.

    A batch of 1,000 records is 20,000 to 40,000 objects: a collection at each 20,000 cost a tenth of Python. One of
    100,000 takes 6 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


async def recover(service: Service, patience_s: float = PATIENCE_S) -> dict[str, int]:
    """Mend a database that was put back; the service itself must not run, and is waited for that long."""
    settings = service.settings
    await migrate(settings.database_url, service.package)
    pool = await open_pool(settings.database_url, service.name)
    try:
        return await Recovery(
            service.name, PostgresStore(pool), settings.kafka_bootstrap_servers, settings.topic_prefix, service.own,
            service.inputs, bool(service.effects), patience_s,
        ).run()  # fmt: skip
    finally:
        await pool.close()


def _snapshot(service: Service, replay_id: str, actor: str, reason: str) -> int:
    """Exit status 1 where a thing that is open is nowhere; the last line says which."""
    order = Order(replay_id, "snapshot", By(actor, reason))
    counts, missing = asyncio.run(snapshot(service.name, service.settings, service.open, order))
    LOG.info("snapshot", counts=counts, missing=missing)
    return 1 if missing else 0


def run(service: Service) -> None:
    """Run a service until it is told to stop, exit status 1 after a bug; with `recover`, mend its database; with
    `snapshot ID ACTOR REASON`, say again what is open.
    """
    settings = service.settings
    logs.configure(service.name, settings.log_level)
    if sys.argv[1:] == ["recover"]:
        LOG.info("recovered", counts=asyncio.run(recover(service)))
        return
    if sys.argv[1:2] == ["snapshot"]:
        raise SystemExit(_snapshot(service, *sys.argv[2:]))
    uvicorn.run(
        service.app(), host=settings.http_host, port=settings.http_port, loop="uvloop", log_config=None,
        access_log=False, timeout_graceful_shutdown=15,
    )  # fmt: skip
    if _fatal:
        raise SystemExit(1)
