"""What the records of a batch order of this service: each with its event, or why there is none. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from msgspec.structs import replace

from order_events import read_headers
from service_runtime.decoding import Poison, Routes, decode
from service_runtime.horizon import is_too_old
from service_runtime.ports import Parked
from service_runtime.reading import Received, Record
from service_runtime.replay.ticket import Mode, StaleTicketError, Ticket, TicketError, read_ticket

LOG = structlog.get_logger("replay")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an item, in a word, and why where that is not plain."""

    word: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ordered:
    """One record that was ordered of this service.

    `event` stands at the place of the replayed record, `poison` says why there is none. `ends` is the outcome where
    nothing is to be looked up for it, `named` the id of an event that our handlers pass over.
    """

    ticket: Ticket
    record: Record
    event: Received[Any] | None = None
    poison: str | None = None
    ends: Outcome | None = None
    named: str | None = None

    @property
    def item(self) -> str:
        """What it is called in the job's report."""
        return self.event.id if self.event else self.named or "/".join(map(str, self.ticket.origin))

    @property
    def to_look_up(self) -> Received[Any] | None:
        """Its event, where how it stands here decides."""
        return self.event if self.ends is None else None


@dataclass(frozen=True, slots=True)
class Orders:
    """What a batch orders; what nobody who may has ordered; and what was ordered too long ago."""

    by_key: dict[tuple[str, str], Ordered]
    forged: list[Parked]
    stale: list[Ticket]

    def add(self, one: Ordered) -> None:
        """The first of a job and item counts: a runner that was killed writes some twice."""
        self.by_key.setdefault((one.ticket.replay_id, one.item), one)

    @property
    def ordered(self) -> list[Ordered]:
        """Each item once a job."""
        return list(self.by_key.values())


def orders_of(records: Sequence[Record], key: bytes, service: str, routes: Routes, now: datetime) -> Orders:
    """Read the tickets of a batch; what is meant for other services is nothing."""
    orders = Orders({}, [], [])
    for record in records:
        try:
            ticket, original = read_ticket(record, key, now)
        except StaleTicketError as error:  # no result: the runner misses one, and signs it anew
            orders.stale.append(error.ticket)
        except TicketError as error:
            orders.forged.append(Parked(record, "poison", str(error)))
        else:
            if ticket.wants(service):
                orders.add(_ordered(ticket, original, routes, now))
    if orders.stale:
        jobs = sorted({ticket.replay_id for ticket in orders.stale})
        LOG.warning("stale, not replayed", records=len(orders.stale), jobs=jobs)
    return orders


def _ordered(ticket: Ticket, record: Record, routes: Routes, now: datetime) -> Ordered:
    """It is read as what it was where it came from; what it says is said because of the record that is here."""
    event = decode(record._replace(place=ticket.origin), routes)
    match event:
        case None:
            passed_over = Outcome("done", "passed over: it changes nothing here")
            return Ordered(ticket, record, ends=passed_over, named=read_headers(record.headers).get("ce_id"))
        case Poison(reason=reason):
            return Ordered(ticket, record, poison=reason)
    old = isinstance(event.body, bytes) and is_too_old(datetime.fromtimestamp(record.timestamp / 1000, tz=UTC), now)
    ends = Outcome("too_old", "an outside record older than 40 days is not known as read or unread") if old else None
    return Ordered(ticket, record, replace(event, record=record), ends=ends)


def forced(one: Ordered) -> Received[Any]:
    """The event as it is run again: what it says then is said because of this job, and is new."""
    assert one.event is not None
    cause = one.event.cause
    return replace(one.event, cause=cause._replace(id=f"{cause.id} force {one.ticket.replay_id}"))


def is_forced(one: Ordered) -> bool:
    """Whether it is to be run again though it is done."""
    return one.ticket.mode is Mode.FORCE
