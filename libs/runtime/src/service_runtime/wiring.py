"""The parts of a service, joined: ports, subscribers, worker, watch."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import asyncpg
from faststream.kafka import KafkaBroker

from service_runtime.brake import Brake
from service_runtime.clock import SystemClock
from service_runtime.decoding import Routes
from service_runtime.effects import EffectWorker
from service_runtime.holding import Holding
from service_runtime.housekeeping import Housekeeper
from service_runtime.infrastructure import Infrastructure
from service_runtime.kafka import KafkaLog, producer_of
from service_runtime.ordinals import Ordinal
from service_runtime.postgres import PostgresStore
from service_runtime.protocol import Protocol
from service_runtime.replay.forcing import effects_by_name
from service_runtime.replay.handling import Replaying
from service_runtime.replay.ticket import SUFFIX
from service_runtime.running import Running
from service_runtime.subscriber import Subscriber
from service_runtime.subscription import Pace, Reading, Second
from service_runtime.tracing import Tracing, tracing_of
from service_runtime.watch import Watch, Witness

if TYPE_CHECKING:
    from service_runtime.service import Service

REPLAYED_AT_ONCE = 100
REPLAY_FETCH_WAIT_MS = 1000  # nothing comes for weeks, and then nobody waits for the first second
OnBug = Callable[[BaseException], None]
OnStuck = Callable[[Sequence[str]], None]


def wired(
    service: "Service",
    pool: "asyncpg.Pool[asyncpg.Record]",
    on_bug: OnBug,
    on_stuck: OnStuck,
) -> Running:
    """All the parts of a service, joined and not yet started."""
    settings, infrastructure = service.settings, Infrastructure()
    store, clock = PostgresStore(pool), SystemClock(settings.clock_offset_s)
    client_id = f"{service.name}-{settings.ordinal}"
    packed, plain = (producer_of(settings.kafka_bootstrap_servers, client_id, how) for how in ("zstd", None))
    log = KafkaLog(packed, settings.topic_prefix, infrastructure, make_plain=plain)
    housekeeper = Housekeeper(store, clock, service.by_days)
    routes = Routes.of([*service.handlers, housekeeper.handler])
    protocol = Protocol(service.name, routes, service.locks, store, log, clock)
    broker = KafkaBroker(
        settings.kafka_bootstrap_servers, apply_types=False, allow_auto_create_topics=False, client_id=client_id,
        graceful_timeout=15.0, logger=None, metadata_max_age_ms=10000,
    )  # fmt: skip
    tracing, brake = tracing_of(service.name, settings), Brake(store, service.release)
    worker = EffectWorker(protocol, store, service.effects, tracing) if service.effects else None
    live = _subscribed(service, protocol, broker, brake, on_bug, infrastructure, tracing)
    subscribers = [*live, *_second(service, protocol, broker, live, on_bug, brake)]
    ordinal = _ordinal(service, subscribers, on_bug) if settings.static_membership else None
    witness = Witness(settings.kafka_bootstrap_servers, settings.topic_prefix)
    watch = Watch(witness, subscribers, infrastructure, settings.stuck_after_s, on_stuck)
    return Running(
        service.name, settings, protocol, store, log, broker, brake, subscribers, worker, infrastructure, watch,
        tracing, ordinal, housekeeper,
    )  # fmt: skip


def _ordinal(service: "Service", subscribers: Sequence[Subscriber], on_taken: OnBug) -> Ordinal:
    ordinal = Ordinal(service.settings.database_url, service.name, service.settings.ordinal, on_taken)
    for subscriber in subscribers:
        subscriber.holding.may_read = ordinal.held
    return ordinal


def _subscribed(
    service: "Service",
    protocol: Protocol,
    broker: KafkaBroker,
    brake: Brake,
    on_bug: OnBug,
    infrastructure: Infrastructure,
    tracing: Tracing | None,
) -> list[Subscriber]:
    settings = service.settings
    pace = Pace(settings.batch_records, settings.pace_ms / 1000)
    names = [topic for topic in service.outside_topics if "*" not in topic]
    patterns = [topic for topic in service.outside_topics if "*" in topic]
    ordinal = settings.ordinal if settings.static_membership else None
    readings = [Reading(service.name, service.own_topics)] if service.own_topics else []
    readings += [Reading(f"{service.name}.outside", names)] if names else []
    readings += [Reading(f"{service.name}.outside", pattern=pattern) for pattern in patterns]
    subscribers = []
    for reading in readings:
        holding = Holding(brake, settings.hostile_pause_s)
        subscriber = Subscriber(
            protocol,
            settings.topic_prefix,
            pace,
            holding,
            on_bug,
            infrastructure,
            tracing,
            accept_skip=settings.accept_skip,
        )
        subscriber.attach(broker, replace(reading, ordinal=ordinal))
        subscribers.append(subscriber)
    return subscribers


def _second(
    service: "Service", protocol: Protocol, broker: KafkaBroker, live: Sequence[Subscriber], on_bug: OnBug, brake: Brake
) -> list[Subscriber]:
    """What reads the replays of all that is read, where a runner's key is known; a batch is small, for live's sake."""
    settings, key = service.settings, service.settings.replay_key.get_secret_value()
    if not key or not live:
        return []
    replaying = Replaying(key.encode(), effects_by_name(service.effects))
    subscriber = Subscriber(
        protocol, settings.topic_prefix, Pace(REPLAYED_AT_ONCE), Holding(brake, settings.hostile_pause_s), on_bug,
        live[0].infrastructure, live[0].tracing, accept_skip=settings.accept_skip,
        second=Second(replaying.handle, live),
    )  # fmt: skip
    pattern = "|".join(topic + SUFFIX for topic in service.replayed_topics)
    subscriber.attach(broker, Reading(service.replay_group, pattern=pattern, fetch_wait_ms=REPLAY_FETCH_WAIT_MS))
    return [subscriber]
