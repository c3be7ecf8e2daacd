"""What a job picked, one by one: how an item is called, and in which sequence items go. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from uuid import UUID

OUTSIDE = ("checkout.completed", "checkout.updated", "partner.*.inbound")  # as libs/events/topics calls the doors
TEXT = 500  # characters of what a stranger's record says of itself


@dataclass(frozen=True, slots=True)
class Item:
    """One of what a job picked.

    `item` is its name in the services' results: an event's id, or where its record stands when that cannot be read,
    an order, a projection. `wants` are the services that are to say what became of it.
    """

    n: int
    item: str
    topic: str = ""
    partition: int = 0
    offset: int = -1
    recorded_at: int = 0
    event_id: str | None = None
    order_id: str | None = None
    subject: str = ""
    version: int = 0
    wants: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where its record stands."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def item_of(
    place: tuple[str, int, int], recorded_at: int, key: bytes | None, headers: Iterable[tuple[str, bytes | None]]
) -> Item:
    """A record as an item: read by its headers alone, and never trusted; a header may have no value."""
    topic, partition, offset = place
    told = {name: text for name, text in headers if text is not None and len(text) <= TEXT}
    event_id = _event_id(topic, _text(told.get("ce_id")))
    return Item(
        n=0,
        item=event_id or f"{topic}/{partition}/{offset}",
        topic=topic,
        partition=partition,
        offset=offset,
        recorded_at=recorded_at,
        event_id=event_id,
        order_id=_text(key),
        subject=_text(told.get("ce_subject")) or "",
        version=_number(told.get("x-aggregate-version")),
    )


def is_outside(topic: str) -> bool:
    """Whether strangers write it."""
    return any(fnmatchcase(topic, pattern) for pattern in OUTSIDE)


def _event_id(topic: str, ce_id: str | None) -> str | None:
    if not ce_id:
        return None
    if is_outside(topic):
        return f"{topic}/{ce_id}"
    try:
        return str(UUID(ce_id))
    except ValueError:
        return None


def _text(raw: bytes | None) -> str | None:
    """As text that can be stored, or nothing."""
    try:
        text = raw.decode() if raw is not None else None
    except UnicodeDecodeError:
        return None
    return None if text is None or "\x00" in text else text[:TEXT]


def _number(raw: bytes | None) -> int:
    text = _text(raw) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def in_sequence(items: Iterable[Item]) -> list[Item]:
    """Numbered as they are sent: by time, and those of a partition never otherwise than they stand there.

    A record that stands twice (parked by two services) is one item.
    """
    by_partition: dict[tuple[str, int], dict[int, Item]] = defaultdict(dict)
    for item in items:
        by_partition[item.topic, item.partition].setdefault(item.offset, item)
    timed: list[tuple[int, str, int, int, Item]] = []
    for (topic, partition), its in by_partition.items():
        latest = 0
        for offset in sorted(its):
            latest = max(latest, its[offset].recorded_at)  # a clock may go back; a log does not
            timed.append((latest, topic, partition, offset, its[offset]))
    timed.sort(key=lambda one: one[:4])
    return [replace(one[4], n=n) for n, one in enumerate(timed, 1)]


def stretches(offsets: Sequence[int], gap: int) -> list[tuple[int, int]]:
    """Offsets as stretches to be read at once, each (first, end); what lies closer than `gap` is one."""
    found: list[tuple[int, int]] = []
    for offset in sorted(set(offsets)):
        if found and offset - found[-1][1] < gap:
            found[-1] = (found[-1][0], offset + 1)
        else:
            found.append((offset, offset + 1))
    return found
