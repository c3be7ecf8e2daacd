"""The ports the protocol stands on: a log, a store, a clock. Kafka and PostgreSQL are one set, a simulation another."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from service_runtime.reading import Partition, Place, Record
from service_runtime.work import Effect, Timer


class Outgoing(Struct, frozen=True, gc=False, array_like=True):
    """A row of the outbox: what is published, byte for byte; (cause, n) is its key."""

    cause: str
    n: int
    event_id: str
    topic: str
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    payload: bytes


class OutboxBatch(Struct, frozen=True, gc=False):
    """What was said because of one partition's records of one batch; `first` and `last` are offsets of such records."""

    part: Partition
    first: int
    last: int
    rows: tuple[Outgoing, ...]


class Sight(Struct, frozen=True, gc=False):
    """An event's id and where it was seen; `body_hash` only for outside records."""

    id: str
    place: Place
    body_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """A record put aside, with the reason; where it could be read, its event keeps its order blocked."""

    record: Record
    error_class: str
    reason: str
    event_id: str | None = None
    order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event queued behind a blocked order."""

    order_id: str
    event_id: str
    record: Record


@dataclass(frozen=True, slots=True)
class Blocked:
    """An order with an event that failed: how often it was tried, and when it is tried again (None: parked)."""

    order_id: str
    attempts: int
    due_at: datetime | None
    reason: str


class Tx(Protocol):
    """One transaction of the store. `conn` is what handlers read and write their own rows with."""

    @property
    def conn(self) -> Any:
        """The connection, for the service's own statements."""

    async def first_sights(self, sights: Sequence[Sight]) -> Mapping[str, Sight]:
        """Write the ids not yet in the inbox; return those that were there, with their first sight."""

    async def lock_orders(self, order_ids: Sequence[str]) -> None:
        """Hold the locks of these orders until the transaction ends; sorted, waiting."""

    async def blocked_among(self, order_ids: Sequence[str]) -> Collection[str]:
        """Those of these orders that are blocked; their locks are held."""

    async def block(self, blocked: Sequence[Blocked]) -> None:
        """Block these orders, or move their next try."""

    async def queue(self, waiting: Sequence[Waiting]) -> None:
        """Put events behind their blocked orders, in this sequence."""

    async def queued(self, order_id: str) -> Sequence[Waiting]:
        """What waits behind an order, in sequence."""

    async def unqueue(self, order_id: str, event_ids: Sequence[str]) -> None:
        """These events are handled."""

    async def unblock(self, order_id: str) -> None:
        """The order's queue is empty: it is no longer blocked."""

    async def blocked_state(self, order_id: str) -> Blocked | None:
        """How an order is blocked; its lock is held."""

    async def stored(self, firsts: Sequence[Sight]) -> Sequence[Outgoing]:
        """What the batches of these first sights said because of these events, as stored."""

    async def published_through(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The mark of each partition: the first offset not yet known as acknowledged; absent is 0."""

    async def mark(
        self, published: Mapping[Partition, int], consumed: Mapping[Partition, int]
    ) -> Mapping[Partition, int]:
        """Move marks up, never down; return the marks as they stand now, of every partition in `consumed`."""

    async def add_batches(self, batches: Sequence[OutboxBatch]) -> None:
        """Write what is said because of records: until their offsets are marked, it is found by them."""

    async def add_outgoing(self, rows: Sequence[Outgoing]) -> None:
        """Write what is said and no offset covers, row by row; it is pended."""

    async def pend(self, rows: Sequence[Outgoing]) -> None:
        """Write that no offset covers these rows: the relay publishes them unless their writer does first."""

    async def park(self, parked: Sequence[Parked]) -> Sequence[Parked]:
        """Put aside events by their id, other records by their place; return those not put aside before."""

    async def settle_parked(self, event_ids: Sequence[str]) -> None:
        """These events are handled after all, if any of them was parked."""

    async def intend(self, effects: Sequence[Effect], now: datetime) -> Collection[str]:
        """Write effects to be done from now on, each key once for ever; return the keys that are new."""

    async def set_timers(self, timers: Sequence[Timer]) -> None:
        """Set these timers, or move them."""

    async def clear_timers(self, keys: Sequence[str]) -> None:
        """These timers are not needed."""

    async def take_timers(self, keys: Sequence[str], now: datetime) -> Sequence[Timer]:
        """Take away those of these timers that are due still; their orders are locked."""


class Store(Protocol):
    """Where a service keeps its rows."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Begin; commit at the end, roll back on any exception."""

    async def published(self, rows: Sequence[Outgoing]) -> None:
        """These rows are acknowledged: nobody needs to relay them."""

    async def lease_pending(self, limit: int) -> Sequence[Outgoing]:
        """Rows that nobody acknowledged in time; they are ours for the length of a lease."""

    async def consumed_through(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The first offset of each partition that this store has not consumed; absent is 0."""

    async def accept_skip(self, part: Partition, next_offset: int) -> None:
        """An operator lets this consumer begin at `next_offset`; what may be unsaid is pending from now on."""

    async def due_orders(self, now: datetime, limit: int) -> Sequence[str]:
        """Blocked orders whose time has come."""

    async def due_timers(self, now: datetime, limit: int) -> Sequence[Timer]:
        """Timers whose time has come, of orders that are not blocked."""


class Log(Protocol):
    """What is read from and published to."""

    async def publish(self, rows: Sequence[Outgoing]) -> None:
        """Return when every row is acknowledged; tries for ever."""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Now, in UTC."""
