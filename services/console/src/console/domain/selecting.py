"""Which records a job picks. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.domain.jobs import Mode

RANGE = re.compile(r"(\d+):(\d+)(?:-(\d+))?\Z")


class SelectionError(ValueError):
    """It cannot be picked so; says what to give instead."""


@dataclass(frozen=True, slots=True)
class Range:
    """Offsets of one partition, both ends in it."""

    partition: int
    first: int
    last: int

    @classmethod
    def of(cls, word: str) -> "Range":
        """`2:100-200`, or `2:100` for one record.

        Raises:
            SelectionError: it is written otherwise.
        """
        found = RANGE.match(word)
        if not found or int(found[3] or found[2]) < int(found[2]):
            raise SelectionError(f"{word}: say PARTITION:FIRST-LAST, such as 2:100-200")
        return cls(int(found[1]), int(found[2]), int(found[3] or found[2]))


@dataclass(frozen=True, slots=True)
class Selector:
    """What is picked: of a topic, or of what the services have parked; narrowed by time, order and offset."""

    topic: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    orders: frozenset[str] = frozenset()
    error_class: str | None = None
    parked: bool = False
    offsets: tuple[Range, ...] = ()

    @property
    def of_parked(self) -> bool:
        """Whether it picks among what is parked."""
        return self.parked or self.error_class is not None

    def picks(self, partition: int, offset: int, recorded_at: int, key: str) -> bool:
        """Whether a record of the topic is meant; `recorded_at` in milliseconds. `until` is no longer in it."""
        if self.since and recorded_at < milliseconds(self.since):
            return False
        if self.until and recorded_at >= milliseconds(self.until):
            return False
        if self.orders and key not in self.orders:
            return False
        ranges = self.offsets
        return not ranges or any(r.partition == partition and r.first <= offset <= r.last for r in ranges)

    def picks_parked(self, topic: str, error_class: str, why: str) -> bool:
        """Whether what is parked is meant: by its class (`bug`), or by how its reason begins (`KeyError`)."""
        if self.topic is not None and topic != self.topic:
            return False
        wanted = self.error_class
        return wanted is None or error_class == wanted or why.startswith(wanted)


def milliseconds(at: datetime) -> int:
    """As the log counts."""
    return round(at.timestamp() * 1000)


def selector_of(said: dict[str, Any], mode: Mode) -> Selector:
    """The selector that was asked for.

    Raises:
        SelectionError: nothing is picked by it, or it does not go with the mode.
    """
    topic = said.get("topic") or _partners_topic(said.get("partner"), mode)
    selector = Selector(
        topic=topic,
        since=said.get("since"),
        until=said.get("until"),
        orders=frozenset(said.get("orders") or ()),
        error_class=said.get("error_class"),
        parked=bool(said.get("parked")),
        offsets=tuple(Range.of(word) for word in said.get("offsets") or ()),
    )
    _refuse_nonsense(selector, mode)
    return selector


def _partners_topic(partner: str | None, mode: Mode) -> str | None:
    if partner is None:
        return None
    return f"partner.{partner}.shipments" if mode is Mode.REPUBLISH else f"partner.{partner}.inbound"


def _refuse_nonsense(selector: Selector, mode: Mode) -> None:
    if selector.since and selector.until and selector.since >= selector.until:
        raise SelectionError("since is not before until: nothing lies between them")
    if selector.of_parked and mode not in (Mode.REPROCESS, Mode.FORCE):
        raise SelectionError(f"what is parked is run again by --mode reprocess, not by {mode.value}")
    if mode is Mode.REINTERPRET and not (selector.orders or selector.since):
        raise SelectionError("reinterpret needs --orders, --order or --since: whose raw input is to be read anew")
    if selector.topic is None and not selector.of_parked and mode not in (Mode.REINTERPRET, Mode.REBUILD):
        raise SelectionError("say what: --topic TOPIC, --partner ID, or --parked or --error-class NAME")
    if selector.topic and selector.topic.endswith(".replay"):
        raise SelectionError("a .replay topic is not replayed: name the topic without .replay")
