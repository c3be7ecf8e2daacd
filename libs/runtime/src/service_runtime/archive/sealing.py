"""Sealing days that are over: read from the log in no group, written aside, then renamed.

A day is over an hour after its midnight by this machine's clock: brokers refuse records that are dated more than an
hour ahead, and clocks of one installation differ by less. A run that is killed leaves an unfinished file, which nobody
reads and the next run removes; a sealed day is never written again.
"""

import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO

from service_runtime.archive.blocks import BlockWriter
from service_runtime.archive.days import Manifest, Sealed, Stretch, line_of, midnight, next_day, title_line
from service_runtime.archive.reading import Archive
from service_runtime.past import Past
from service_runtime.reading import Partition

OVER_AFTER = timedelta(hours=1)
FURTHEST_BACK = timedelta(days=41)  # topics are kept 30; what is older still belongs to the first day
NOT_LIVE = (".dlq", ".replay")
UNFINISHED = ".unfinished"
Tell = Callable[[str, date, int], None]


class ArchiveError(Exception):
    """A topic cannot be archived; says why."""


@dataclass(frozen=True, slots=True)
class Due:
    """A topic's days that are over and not sealed."""

    topic: str
    parts: Sequence[Partition]
    days: Sequence[date]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else seals in this folder meanwhile.

    Raises:
        ArchiveError: somebody does.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError(f"another run archives into {folder}") from error
        yield


async def due(past: Past, archive: Archive, now: datetime) -> list[Due]:
    """What there is to seal, topic by topic."""
    parts = [part for part in await past.parts(["*"]) if _is_live(part.topic)]
    by_topic = {topic: [part for part in parts if part.topic == topic] for topic in sorted({p.topic for p in parts})}
    last = {topic: archive.last(topic) for topic in by_topic}
    firsts = await _first_days(past, [part for part in parts if last[part.topic] is None], now)
    found = []
    for topic, its_parts in by_topic.items():
        sealed = last[topic]
        first = next_day(sealed.manifest.day) if sealed else firsts.get(topic)
        if first and (days := list(_over(first, now))):
            found.append(Due(topic, its_parts, days))
    return found


def _is_live(topic: str) -> bool:
    return not topic.endswith(NOT_LIVE) and not topic.startswith("_")


def _over(first: date, now: datetime) -> Iterator[date]:
    while midnight(next_day(first)) + OVER_AFTER <= now:
        yield first
        first = next_day(first)


async def _first_days(past: Past, parts: Sequence[Partition], now: datetime) -> dict[str, date]:
    """The first day of each topic of which the log holds anything."""
    starts = await past.begins(parts)
    found: dict[str, date] = {}
    for day in _over((now - FURTHEST_BACK).date(), now) if parts else ():
        ends = await past.since([part for part in parts if part.topic not in found], midnight(next_day(day)))
        found |= {part.topic: day for part, end in ends.items() if end > starts[part]}
    return found


async def seal(past: Past, archive: Archive, due: Due, tell: Tell) -> AsyncIterator[Sealed]:
    """Seal a topic's days and give each, the oldest first; `tell` hears how many records are written.

    Raises:
        ArchiveError: the log is not the one that was archived.
    """
    folder = archive.folder / due.topic
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for unfinished in folder.glob(f"*{UNFINISHED}"):
        unfinished.unlink()
    previous = archive.last(due.topic)
    for day in due.days:
        previous = await _day_sealed(past, archive, due, day, previous, tell)
        yield previous


async def _day_sealed(past: Past, archive: Archive, due: Due, day: date, previous: Sealed | None, tell: Tell) -> Sealed:
    path = archive.path(due.topic, day)
    unfinished = path.with_name(path.name + UNFINISHED)
    while True:
        stretches = await _stretches(past, due.parts, day, previous)
        manifest = Manifest(due.topic, day, tuple(stretches), previous.seal if previous else None)
        with _private(unfinished) as file:
            whole, seal_ = await _written(past, file, manifest, tell)
        starts = await past.begins(due.parts)
        if all(starts[part] <= begins for part, begins in whole.begins.items() if begins < whole.ends[part]):
            break  # else the log let go of some of it meanwhile, and it may be incomplete
    unfinished.rename(path)
    _settled(path.parent)
    return Sealed(whole, seal_, path.stat().st_size)


async def _stretches(past: Past, parts: Sequence[Partition], day: date, previous: Sealed | None) -> list[Stretch]:
    begun: Mapping[Partition, int] = previous.manifest.ends if previous else {}
    starts, there = await past.begins(parts), await past.ends(parts)
    ends = await past.since(parts, midnight(next_day(day)))
    if anew := [part for part in parts if there[part] < begun.get(part, 0)]:
        raise ArchiveError(
            f"{anew[0].topic}/{anew[0].partition} is archived up to {begun[anew[0]]} and ends at {there[anew[0]]}: "
            "the topic was made anew. Move its old days away, then run again"
        )
    return [_stretch(part, begun.get(part), starts[part], ends[part]) for part in parts]


def _stretch(part: Partition, begun: int | None, start: int, end: int) -> Stretch:
    """From where the day before ended; where the log begins only behind that, what lies between is stated as lost."""
    if begun is None or start <= begun:
        begins = start if begun is None else begun
        return Stretch(part.partition, begins, max(begins, end), 0)
    return Stretch(part.partition, start, max(start, end), 0, lost=begun)


async def _written(past: Past, file: IO[bytes], manifest: Manifest, tell: Tell) -> tuple[Manifest, str]:
    writer = BlockWriter(file)
    writer.write(title_line(manifest.topic, manifest.day))
    counts = dict.fromkeys((one.partition for one in manifest.stretches), 0)
    async for records in past.records(manifest.ends, manifest.begins):
        for record in records:
            counts[record.place.partition] += 1
            writer.write(line_of(record))
        tell(manifest.topic, manifest.day, sum(counts.values()))
    whole = replace(
        manifest, stretches=tuple(replace(one, records=counts[one.partition]) for one in manifest.stretches)
    )
    seal_ = writer.closed_with(whole.line)
    file.flush()
    os.fsync(file.fileno())
    return whole, seal_


def _private(path: Path) -> IO[bytes]:
    """A file of its owner alone: it holds what customers said of themselves."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _settled(folder: Path) -> None:
    """A name is lasting once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
