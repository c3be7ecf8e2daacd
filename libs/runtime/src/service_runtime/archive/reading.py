"""Reading what was archived, as the log is read; and both as one."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from service_runtime.archive.blocks import block_lengths, read_block
from service_runtime.archive.days import DamagedError, Manifest, Sealed, record_of, seal_of
from service_runtime.past import Past
from service_runtime.reading import Partition, Record

ENDING = ".ndjson.zst"
Offsets = Mapping[Partition, int]


class ArchiveGapError(Exception):
    """What was asked for is neither in the log nor in the archive; says what."""


class Archive:
    """The sealed days of one instance's topics: `<folder>/<topic>/<day>.ndjson.zst`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, topic: str, day: date) -> Path:
        """Where a topic's day lies."""
        return self.folder / topic / f"{day.isoformat()}{ENDING}"

    def topics(self) -> list[str]:
        """The topics of which there is a day."""
        return sorted(path.name for path in self.folder.glob("*") if any(path.glob(f"*{ENDING}")))

    def days(self, topic: str) -> list[date]:
        """A topic's days, the oldest first."""
        names = (path.name.removesuffix(ENDING) for path in (self.folder / topic).glob(f"*{ENDING}"))
        return sorted(date.fromisoformat(name) for name in names)

    def sealed(self, topic: str, day: date) -> Sealed:
        """What a day says of itself; of its records none is read.

        Raises:
            DamagedError: it is no sealed file.
        """
        path = self.path(topic, day)
        with path.open("rb") as file:
            blocks = list(block_lengths(file))
            if not blocks:
                raise DamagedError("it is empty")
            file.seek(blocks[-1][0])
            lines = (read_block(file) or b"").splitlines()
        if len(lines) != 2:  # the manifest and the seal
            raise DamagedError("it does not end in a manifest and a seal")
        return Sealed(Manifest.read(lines[0]), seal_of(lines[1]), path.stat().st_size)

    def last(self, topic: str) -> Sealed | None:
        """The newest day of a topic."""
        days = self.days(topic)
        return self.sealed(topic, days[-1]) if days else None

    def blocks(self, topic: str, day: date) -> Iterator[list[bytes]]:
        """The lines of a file, a block at a time.

        Raises:
            DamagedError: it cannot be read to its end.
        """
        with self.path(topic, day).open("rb") as file:
            while (block := read_block(file)) is not None:
                yield block.splitlines(keepends=True)

    def ends(self, topic: str) -> Offsets:
        """Up to where a topic is archived."""
        last = self.last(topic)
        return last.manifest.ends if last else {}

    async def records(
        self, topic: str, begins: Offsets | None = None, ends: Offsets | None = None
    ) -> AsyncIterator[list[Record]]:
        """What is archived of a topic from `begins` up to but not including `ends`, a partition's in their order.

        A partition that `ends` does not name is not wanted. What is not archived is passed over: ask `missing` first.
        """
        for day in self.days(topic):
            manifest = self.sealed(topic, day).manifest
            if not _overlap(manifest, begins or {}, ends):
                continue
            blocks = self.blocks(topic, day)
            while (lines := await asyncio.to_thread(next, blocks, None)) is not None:
                read = await asyncio.to_thread(_records, lines, topic)
                if wanted := [one for one in read if _within(one, begins or {}, ends)]:
                    yield wanted

    def missing(self, topic: str, begins: Offsets, ends: Offsets) -> list[str]:
        """A line for each stretch between `begins` and `ends` that no day holds."""
        at = dict(begins)
        lines = []
        for day in self.days(topic):
            manifest = self.sealed(topic, day).manifest
            for part, begun in manifest.begins.items():
                if part in at and at[part] < min(begun, ends.get(part, 0)):
                    lines.append(_gap(part, at[part], min(begun, ends[part])))
                at[part] = max(at.get(part, 0), manifest.ends[part])
        return lines + [_gap(part, at[part], end) for part, end in sorted(ends.items()) if at.get(part, 0) < end]


def _gap(part: Partition, begins: int, ends: int) -> str:
    return f"{part.topic}/{part.partition}: {begins} to {ends - 1}"


def _overlap(manifest: Manifest, begins: Offsets, ends: Offsets | None) -> bool:
    return any(
        begins.get(part, 0) < end and manifest.begins[part] < (end if ends is None else ends.get(part, 0))
        for part, end in manifest.ends.items()
    )


def _within(record: Record, begins: Offsets, ends: Offsets | None) -> bool:
    part, offset = record.place.of, record.place.offset
    return begins.get(part, 0) <= offset and (ends is None or offset < ends.get(part, 0))


def _records(lines: Sequence[bytes], topic: str) -> list[Record]:
    return [record_of(line, topic) for line in lines if line.startswith(b'{"partition"')]


async def records_of(
    past: Past, archive: Archive | None, ends: Offsets, begins: Offsets | None = None
) -> AsyncIterator[list[Record]]:
    """What stands in these partitions below their ends: from the archive what the log no longer holds, then the log.

    Without `begins`, from the oldest there is. Each record comes once, those of a partition in their order.

    Raises:
        ArchiveGapError: something from `begins` on is in neither.
    """
    at = dict(begins or {})
    while behind := await _no_longer_in_the_log(past, at, ends):
        for topic in sorted({part.topic for part in behind}):
            wanted = {part: end for part, end in behind.items() if part.topic == topic}
            if begins is not None and (gaps := _gaps(archive, at, wanted)):
                raise ArchiveGapError(f"neither in the log nor in the archive: {'; '.join(gaps)}")
            if archive:
                async for some in archive.records(topic, at, wanted):
                    yield some
        at |= behind
    async for some in past.records(ends, at):
        yield some


async def _no_longer_in_the_log(past: Past, at: Offsets, ends: Offsets) -> dict[Partition, int]:
    """Up to where each of these is to be had from the archive; asked again until the log has moved no further."""
    starts = await past.begins(list(ends))
    return {part: min(start, ends[part]) for part, start in starts.items() if at.get(part, 0) < min(start, ends[part])}


def _gaps(archive: Archive | None, at: Offsets, wanted: Offsets) -> list[str]:
    begins = {part: at.get(part, 0) for part in wanted}
    [topic] = {part.topic for part in wanted}
    if archive is None:
        return [_gap(part, begins[part], end) for part, end in wanted.items()]
    return archive.missing(topic, begins, wanted)
