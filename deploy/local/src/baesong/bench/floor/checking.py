"""Counts what the floor relayed, by id."""

from collections import Counter

from baesong.bench.drain import Drained
from baesong.bench.floor.hops import sources
from baesong.bench.floor.message import ID_CHARS
from baesong.bench.shape import SPEAKERS, Shape
from baesong.bench.showing import Show
from baesong.bench.topics import id_of, records_of
from baesong.connection import Connection
from baesong.errors import BaesongError
from baesong.services import SERVICES

HOPS_DIGITS = 4


async def check(connection: Connection, shape: Shape, drained: Drained, show: Show) -> None:
    """Fail unless every checkout came out at each hop's first topic, no id stands twice, and all was said.

    Raises:
        BaesongError: says what is missing or doubled, and where.
    """
    sent = len(drained.order_ids) + len(drained.warm_ids)
    topics = [topic for service in SERVICES for topic in SPEAKERS[service] if topic in shape]
    ids: dict[str, set[bytes]] = {topic: set() for topic in topics}
    twice: Counter[str] = Counter()
    tell = show.steps("counted by id", 0)
    async for topic, record in records_of(connection, topics):
        id_ = id_of(record)
        twice[topic] += id_ in ids[topic]
        ids[topic].add(id_)
    tell(sum(map(len, ids.values())))
    broken = [f"{n} ids of {topic} stand twice" for topic, n in twice.items() if n]
    broken += short_of(ids, shape, sent)
    if broken:
        raise BaesongError(f"the floor lost or doubled: {'; '.join(broken)}")


def short_of(ids: dict[str, set[bytes]], shape: Shape, sent: int) -> list[str]:
    """Say which topic lacks a checkout, or records; a rate that is no whole number may leave one owed at each hop."""
    short = []
    for topic, found in ids.items():
        checkouts = {id_[: ID_CHARS - HOPS_DIGITS] for id_ in found}
        is_first = topic in sources().values()
        if is_first and shape[topic].per_order >= 1 and len(checkouts) != sent:
            short.append(f"{topic} holds {len(checkouts)} of {sent} checkouts")
        if abs(len(found) - sent * shape[topic].per_order) > len(SERVICES) * max(1.0, shape[topic].per_order):
            short.append(f"{topic} holds {len(found)} records, {sent * shape[topic].per_order:.0f} were due")
    return short
