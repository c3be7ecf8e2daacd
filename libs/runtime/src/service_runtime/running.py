"""A service that runs: its ports, its subscribers, its loops."""

import asyncio
from dataclasses import dataclass, field

from faststream.kafka import KafkaBroker

from service_runtime.effects import EffectWorker
from service_runtime.kafka import KafkaLog
from service_runtime.ordinals import Ordinal
from service_runtime.postgres import PostgresStore
from service_runtime.protocol import Protocol
from service_runtime.settings import ServiceSettings
from service_runtime.subscriber import Subscriber


@dataclass
class Running:
    """What requests and tests reach of a running service."""

    name: str
    settings: ServiceSettings
    protocol: Protocol
    store: PostgresStore
    log: KafkaLog
    broker: KafkaBroker
    subscribers: list[Subscriber]
    worker: EffectWorker | None
    ordinal: Ordinal | None = None
    for_good: bool = False
    loops: list[asyncio.Task[None]] = field(default_factory=list)

    def waits_for(self) -> list[str]:
        """What keeps it from being ready; empty when it is."""
        joining = ["to join its group" for one in self.subscribers if not one.joined.is_set()]
        backing_off = ["its infrastructure" for one in self.subscribers if one.failures]
        stranger = ["to be this replica again"] if self.ordinal and not self.ordinal.held.is_set() else []
        return sorted({*joining, *backing_off, *stranger})
