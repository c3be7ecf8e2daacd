"""Whether an archive is what was sealed: each file line by line, and each topic's days joined."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from service_runtime.archive.days import DamagedError, Manifest, Sealed, next_day, record_of, seal_of, title_line
from service_runtime.archive.reading import Archive
from service_runtime.reading import Partition

SEAL, RECORD = b'{"sha256"', b'{"partition"'
Tell = Callable[[str, date], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a topic's day."""

    topic: str
    day: date
    what: str


def problems(archive: Archive, topic: str, tell: Tell) -> Iterator[Problem]:
    """All that is wrong with a topic; `tell` hears of each day before it is read."""
    before: Sealed | None = None
    expected: date | None = None
    for day in archive.days(topic):
        tell(topic, day)
        try:
            sealed = checked(archive, topic, day)
        except DamagedError as error:
            yield Problem(topic, day, str(error))
            before, expected = None, next_day(day)
            continue
        if expected and expected < day:
            yield Problem(topic, expected, f"no file, up to {day}")
        elif before or not expected:
            yield from (Problem(topic, day, what) for what in _unjoined(before, sealed))
        before, expected = sealed, next_day(day)


def checked(archive: Archive, topic: str, day: date) -> Sealed:
    """A file that is read whole, and is what was sealed.

    Raises:
        DamagedError: it is not; says how.
    """
    sealed = archive.sealed(topic, day)
    count, hash_, seal = _Count(sealed.manifest), sha256(), ""
    lines = (line for block in archive.blocks(topic, day) for line in block)
    if (title := next(lines)) != title_line(topic, day):
        raise DamagedError("it is the file of another topic or day")
    hash_.update(title)
    for line in lines:
        if line.startswith(SEAL):
            seal = seal_of(line)
            continue
        hash_.update(line)
        if line.startswith(RECORD):
            count.add(line)
    if hash_.hexdigest() != seal:
        raise DamagedError("it was changed: its lines are not those that were sealed")
    count.is_whole()
    return sealed


class _Count:
    """The records of a file, held against its manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._at = {part: begins - 1 for part, begins in manifest.begins.items()}
        self._seen = dict.fromkeys(self._at, 0)

    def add(self, line: bytes) -> None:
        """The next record; those of a partition come in their order, within their stretch."""
        try:
            place = record_of(line, self._manifest.topic).place
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError("it was changed: a line is no record") from error
        if not self._at.get(place.of, place.offset) < place.offset < self._manifest.ends[place.of]:
            raise DamagedError(f"{place.partition}/{place.offset} does not belong here")
        self._at[place.of] = place.offset
        self._seen[place.of] += 1

    def is_whole(self) -> None:
        """As many as it says."""
        for one in self._manifest.stretches:
            seen = self._seen[Partition(self._manifest.topic, one.partition)]
            if seen != one.records:
                raise DamagedError(f"partition {one.partition} should have {one.records} records and has {seen}")


def _unjoined(before: Sealed | None, sealed: Sealed) -> Iterator[str]:
    manifest = sealed.manifest
    if before is None:
        if manifest.previous is not None:
            yield "the days before it are missing: it was not sealed as the first"
        return
    if manifest.previous != before.seal:
        yield "it was sealed behind another file than the one that lies before it"
    ends = {part.partition: end for part, end in before.manifest.ends.items()}
    for one in manifest.stretches:
        if one.joins != ends.get(one.partition, one.joins):
            yield f"partition {one.partition} begins at {one.joins}, and the day before ends at {ends[one.partition]}"
