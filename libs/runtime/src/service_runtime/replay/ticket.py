"""The ticket of a replayed record: which job wants it, how, on whose word; signed with all it stands on. Pure."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from service_runtime.reading import REPLAYS, Place, Record

SUFFIX = REPLAYS
PREFIX = "x-replay-"
GOOD_FOR = timedelta(hours=24)
AHEAD = timedelta(minutes=5)  # two clocks may differ by so much
LONGEST = 1000  # characters of one header


class Mode(StrEnum):
    """How a replayed record is handled; the other modes of a job go over no topic."""

    REPROCESS = "reprocess"  # what is not done is run; what is done is counted
    FORCE = "force"  # what is done is run again, under guards


class TicketError(ValueError):
    """A record on a replay topic that nobody who may has signed; says what is wrong."""


class StaleTicketError(TicketError):
    """A record that was signed too long ago, or by a clock that is ahead: resuming the job signs it anew."""

    def __init__(self, ticket: "Ticket") -> None:
        super().__init__(f"the ticket of {ticket.at:%Y-%m-%d %H:%M} UTC is stale: resume the job, which signs it anew")
        self.ticket = ticket


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is ordered of a record.

    `services` and `effects` are empty for: all that read it, none of its effects. `origin` is where the original
    stands, `recorded_at` its time in milliseconds, `at` when the runner wrote this.
    """

    replay_id: str
    mode: Mode
    actor: str
    reason: str
    origin: Place
    recorded_at: int
    at: datetime
    services: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()

    def wants(self, service: str) -> bool:
        """Whether this service is asked."""
        return not self.services or service in self.services


def ordered(record: Record, ticket: Ticket, key: bytes) -> Record:
    """The record as the runner writes it to its topic's `.replay`; `record` is the original.

    Raises:
        ValueError: a word of the ticket is too long for a header.
    """
    told = {
        "id": ticket.replay_id,
        "mode": ticket.mode.value,
        "services": ",".join(ticket.services),
        "effects": ",".join(ticket.effects),
        "actor": ticket.actor,
        "reason": ticket.reason,
        "origin": f"{ticket.origin.partition}/{ticket.origin.offset}/{ticket.recorded_at}",
        "at": str(int(ticket.at.timestamp() * 1000)),
    }
    if longest := next((name for name, text in told.items() if name != "effects" and len(text) > LONGEST), None):
        raise ValueError(f"{longest} is longer than {LONGEST} characters")
    headers = (*_own(record), *((PREFIX + name, text.encode()) for name, text in told.items()))
    place = Place(record.place.topic + SUFFIX, record.place.partition, -1)
    unsigned = Record(place, record.key, record.value, headers, record.timestamp)
    signature = (PREFIX + "sig", _signature(unsigned, key).encode())
    return unsigned._replace(headers=(*headers, signature))


def read_ticket(record: Record, key: bytes, now: datetime) -> tuple[Ticket, Record]:
    """The ticket of a record of a `.replay` topic, and the record as it was, at the place of the replayed one.

    Raises:
        TicketError: it is not signed by this key.
        StaleTicketError: it is, and not good any more.
    """
    told, unsigned = _told(record)
    if not hmac.compare_digest(told.pop("sig", "").encode(), _signature(unsigned, key).encode()):
        raise TicketError("x-replay-sig is missing or wrong: nobody who may has ordered this")
    ticket = _ticket(told, record.place.topic.removesuffix(SUFFIX))
    if not now - GOOD_FOR < ticket.at < now + AHEAD:
        raise StaleTicketError(ticket)
    return ticket, record._replace(headers=_own(record), timestamp=ticket.recorded_at)


def _told(record: Record) -> tuple[dict[str, str], Record]:
    """What the ticket's headers say, each once, and the record without its signature."""
    if any(text is None for _, text in record.headers):  # Kafka allows it
        raise TicketError("a header has no value")
    said = [(name.removeprefix(PREFIX), text) for name, text in record.headers if name.startswith(PREFIX)]
    if len({name for name, _ in said}) != len(said):
        raise TicketError("a header of the ticket stands twice")
    headers = tuple(header for header in record.headers if header[0] != PREFIX + "sig")
    try:
        return {name: text.decode() for name, text in said}, record._replace(headers=headers)
    except UnicodeDecodeError as error:
        raise TicketError("a header of the ticket is not UTF-8") from error


def _ticket(told: dict[str, str], topic: str) -> Ticket:
    try:
        partition, offset, recorded_at = (int(part) for part in told["origin"].split("/"))
        return Ticket(
            replay_id=told["id"],
            mode=Mode(told["mode"]),
            actor=told["actor"],
            reason=told["reason"],
            origin=Place(topic, partition, offset),
            recorded_at=recorded_at,
            at=datetime.fromtimestamp(int(told["at"]) / 1000, tz=UTC),
            services=_names(told["services"]),
            effects=_names(told["effects"]),
        )
    except (KeyError, ValueError) as error:
        raise TicketError(f"the ticket cannot be read: {error!r}") from error


def _names(joined: str) -> tuple[str, ...]:
    return tuple(name for name in joined.split(",") if name)


def _own(record: Record) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, text) for name, text in record.headers if not name.startswith(PREFIX))


def _signature(record: Record, key: bytes) -> str:
    """Over topic, key, value and headers, each with its length before it: no two records read alike."""
    said = hmac.new(key, digestmod=sha256)
    texts = [record.place.topic.encode(), record.key, record.value]
    texts += [part for name, text in record.headers for part in (name.encode(), text)]
    for text in texts:
        said.update(b"-" if text is None else len(text).to_bytes(8, "big") + text)
    return said.hexdigest()
