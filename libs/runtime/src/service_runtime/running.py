"""A service that runs: its ports, its subscribers, its loops."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from faststream.kafka import KafkaBroker

from service_runtime.answering import DecideAll
from service_runtime.brake import Brake
from service_runtime.effects import EffectWorker
from service_runtime.grouping import Grouping
from service_runtime.housekeeping import Housekeeper
from service_runtime.infrastructure import Infrastructure
from service_runtime.kafka import KafkaLog
from service_runtime.ordinals import Ordinal
from service_runtime.postgres import PostgresStore
from service_runtime.prompt import Prompt
from service_runtime.protocol import Protocol
from service_runtime.replay.projections import Projection
from service_runtime.settings import ServiceSettings
from service_runtime.subscriber import Subscriber
from service_runtime.tracing import Tracing
from service_runtime.watch import Watch

W = TypeVar("W")


@dataclass
class Running:
    """What requests and tests reach of a running service."""

    name: str
    settings: ServiceSettings
    protocol: Protocol
    store: PostgresStore
    log: KafkaLog
    broker: KafkaBroker
    brake: Brake
    subscribers: list[Subscriber]
    worker: EffectWorker | None
    infrastructure: Infrastructure = field(default_factory=Infrastructure)
    watch: Watch | None = None
    tracing: Tracing | None = None
    ordinal: Ordinal | None = None
    housekeeper: Housekeeper | None = None
    for_good: bool = False
    projections: Sequence[Projection] = ()
    loops: list[asyncio.Task[None]] = field(default_factory=list)
    groups: dict[DecideAll[Any], Grouping[Any]] = field(default_factory=dict)
    keys_in_flight: set[str] = field(default_factory=set)  # of requests that are being answered

    @cached_property
    def prompt(self) -> Prompt:
        """How what requests say is published."""
        return Prompt(self.protocol, self.infrastructure)

    def group(self, decide: DecideAll[W]) -> Grouping[W]:
        """The requests that are decided by this."""
        if decide not in self.groups:
            self.groups[decide] = Grouping(self.protocol, decide, self.prompt.publish)
        return self.groups[decide]

    def waits_for(self) -> list[str]:
        """What keeps it from being ready; empty when it is."""
        joining = ["to join its group" for one in self.subscribers if not one.joined.is_set()]
        braked = [f"another release, or `baesong parked resume`: {self.brake.reason}"] if self.brake.reason else []
        away = [f"its infrastructure: {what}" for what in self.infrastructure.away]
        stranger = ["to be this replica again"] if self.ordinal and not self.ordinal.held.is_set() else []
        return sorted({*joining, *away, *braked, *stranger, *self.stuck()})

    def stuck(self) -> list[str]:
        """What a consumer that should progress waits for; empty while the process is alive."""
        return self.watch.stuck if self.watch else []
