"""Whether log, group and database agree on what is read next; what decides is pure."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from service_runtime.reading import Partition


class OffsetNotInLogError(Exception):
    """What a group would read next is not in the log, or not what its database ends with: going on would skip in
    silence.
    """


@dataclass(frozen=True, slots=True)
class Kept:
    """What the log holds of a partition: from `start`, up to but not including `end`."""

    start: int
    end: int

    def first(self, committed: int | None) -> int:
        """Where a group goes on that committed this: from the start, if the log does not hold it."""
        return committed if committed is not None and self.start <= committed <= self.end else self.start


def missing(committed: Mapping[Partition, int], kept: Mapping[Partition, Kept]) -> list[str]:
    """A line for each partition whose committed offset lies outside of what its log holds; empty when all is well.

    A group that never committed has missed nothing: it begins with what there is.
    """
    lines = []
    for part, offset in sorted(committed.items()):
        log, name = kept[part], f"{part.topic}/{part.partition}"
        if offset < log.start:
            lines.append(f"{name}: read to {offset}, kept from {log.start}: {log.start - offset} records were not read")
        elif offset > log.end:
            lines.append(f"{name}: read to {offset}, the log ends at {log.end}: it was cut or made anew")
    return lines


def put_back(committed: Mapping[Partition, int], consumed: Mapping[Partition, int]) -> list[str]:
    """A line for each partition that the group has read further than the database knows: one of them was moved."""
    return [
        f"{part.topic}/{part.partition}: the group has read to {offset}, this database to {consumed.get(part, 0)}: "
        "it was put back, or somebody moved the group"
        for part, offset in sorted(committed.items())
        if offset > consumed.get(part, 0)
    ]


def advice(service: str) -> str:
    """What an operator does about it."""
    return (
        f"mend what was missed with `baesong recover {service}`, "
        "or start once with BAESONG_ACCEPT_SKIP=true to go on with what the log holds"
    )


async def offsets_of(
    consumer: AIOKafkaConsumer, parts: Mapping[Partition, TopicPartition]
) -> tuple[dict[Partition, int], dict[Partition, Kept]]:
    """What the consumer's group has committed, and what the log holds, of each partition.

    Raises:
        KafkaError, OSError: the broker does not say.
    """
    if not parts:
        return {}, {}
    names: Sequence[TopicPartition] = list(parts.values())
    committed = await asyncio.gather(*(consumer.committed(name) for name in names))
    starts, ends = await consumer.beginning_offsets(names), await consumer.end_offsets(names)
    kept = {part: Kept(starts[name], ends[name]) for part, name in parts.items()}
    return {part: offset for part, offset in zip(parts, committed, strict=True) if offset is not None}, kept
