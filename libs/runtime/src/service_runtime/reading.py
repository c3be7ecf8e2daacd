"""What a handler is given: events that were read, in batches in which an order stands at most once."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar

from msgspec import Struct

from order_events import Body, Cause
from service_runtime.replay.meaning import NOT_ON_A_TOPIC, Meaning
from service_runtime.tolerant import TolerantReader

if TYPE_CHECKING:
    from service_runtime.work import Work

REPLAYS = ".replay"  # behind a topic's name: where its records are written to be read again
E_co = TypeVar("E_co", covariant=True)


class Partition(NamedTuple):
    """One partition of a topic; topics are named without an instance's prefix."""

    topic: str
    partition: int


class Place(NamedTuple):
    """Where a record stands in the log."""

    topic: str
    partition: int
    offset: int

    @property
    def of(self) -> Partition:
        """The partition it stands in."""
        return Partition(self.topic, self.partition)

    @property
    def live_topic(self) -> str:
        """The topic whose record it is; a replayed one stands beside it."""
        return self.topic.removesuffix(REPLAYS)


class Record(NamedTuple):
    """A record of the log, byte for byte; `timestamp` in milliseconds since 1970."""

    place: Place
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp: int


class Received(Struct, Generic[E_co], frozen=True, gc=False):
    """One event as it was read; a struct, because a named tuple is made at three times its cost.

    `id` is the event's own id; of an outside record its topic and `ce_id`, so that two partners may use the same.
    `order_id` is what it is locked and kept in sequence by (the SKU on topics keyed by sku); `body` the validated
    model, or the raw bytes on an outside topic. `cause` is what events made because of it are caused by. `conflict`:
    an outside record that reuses the id of another with another body; its own id is made distinct.
    """

    id: str
    type: str
    subject: str
    version: int
    time: datetime
    order_id: str
    body: E_co
    cause: Cause
    record: Record
    conflict: bool = False

    @property
    def place(self) -> Place:
        """Where it stands in the log."""
        return self.record.place

    @property
    def topic(self) -> str:
        """The topic it came on, once or once more."""
        return self.record.place.live_topic

    @property
    def ce_id(self) -> str:
        """The id as its sender gave it."""
        return self.id.removeprefix(f"{self.topic}/")


KeyOf = Callable[[bytes, Mapping[str, str]], str]  # of a record's value and headers


@dataclass(frozen=True, slots=True)
class Batch(Generic[E_co]):
    """Events for one handler, in log order, at most one of each order."""

    events: tuple[Received[E_co], ...]

    @property
    def order_ids(self) -> list[str]:
        """The orders of the events, in the order of the events."""
        return [event.order_id for event in self.events]

    def __iter__(self) -> Iterator[Received[E_co]]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)


@dataclass(frozen=True, slots=True)
class Done:
    """The event is handled, whatever the outcome was."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The event cannot be decided now (business, passing): its order is blocked and tried again by the schedule.

    Nothing may have been written for it.
    """

    reason: str


Answer = Done | Retry
_DONE = Done()


@dataclass(frozen=True, slots=True)
class Answers:
    """A handler's answer to each event of its batch, by event id."""

    by_id: Mapping[str, Answer]

    @classmethod
    def done(cls, batch: Batch[Any]) -> "Answers":
        """Every event of the batch is handled."""
        return cls(dict.fromkeys([event.id for event in batch], _DONE))

    @classmethod
    def but(cls, batch: Batch[Any], retries: Mapping[str, Retry]) -> "Answers":
        """Every event is handled but those in `retries`, by event id."""
        return cls({event.id: retries.get(event.id, _DONE) for event in batch})


Model: TypeAlias = type[Body] | type[TolerantReader]
Selector = Callable[[Any], bool]
Decide = Callable[[Batch[Any], "Work"], Awaitable[Answers]]
Lock = Callable[[Any, Sequence[Received[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that handles events of some types, or timers; made by `consumes`, `consumes_outside` or `fires`.

    `replay` says what it means for it to be given again what it was given before.
    """

    decide: Decide
    models: Mapping[str, Model] = field(default_factory=dict)
    topics: Sequence[str] = ()
    key: KeyOf | None = None
    timer: str | None = None
    selector: Selector | None = None
    replay: Meaning | None = None

    @property
    def outside(self) -> bool:
        """Whether it listens to hostile topics, and validates what it reads itself."""
        return self.key is not None

    async def __call__(self, batch: Batch[Any], work: "Work") -> Answers:
        """Decide a batch."""
        return await self.decide(batch, work)


def consumes(
    *models: Model, selector: Selector | None = None, replay: Meaning | None = None
) -> Callable[[Callable[..., Awaitable[Answers]]], Handler]:
    """Mark a function as the handler of our own events of these models.

    A reader may hand in a slim model of its own: a `TolerantReader`, or a `Body`, with the same `event_type` and fewer
    fields.

    Args:
        models: what is read of each event type.
        selector: from a body to whether it may change anything here, whatever is held; what may not costs no lock and
            no row of the inbox. Pure, and of the body alone: a second delivery is turned away like the first.
        replay: what it means to be given them again; every handler of a service of ours says it.
    """
    read = {model.event_type: model for model in models}
    return lambda decide: Handler(decide, read, selector=selector, replay=replay)


def consumes_outside(
    *topics: str, key: KeyOf, replay: Meaning | None = None
) -> Callable[[Callable[..., Awaitable[Answers]]], Handler]:
    """Mark a function as the handler of outside topics, whose records arrive as raw JSON bytes.

    Args:
        topics: names, or a pattern such as `partner.*.inbound` in which `*` stands for an id.
        key: from a record's value (any JSON) and headers to the order id it concerns, for lock and sequence; must not
            raise.
        replay: what it means to be given them again.
    """
    return lambda decide: Handler(decide, topics=topics, key=key, replay=replay)


def fires(kind: str) -> Callable[[Callable[..., Awaitable[Answers]]], Handler]:
    """Mark a function as the handler of timers of a kind: it gets a batch of `Timer`, with their orders' locks held."""
    return lambda decide: Handler(decide, timer=kind, replay=NOT_ON_A_TOPIC)
