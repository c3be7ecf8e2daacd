"""How a day is written down: a line a record, and a manifest that says what there is. Pure.

The first line names topic and day, then a line is a record, the last but one is the manifest, and the last seals all
before it by its SHA-256. The manifest names the seal of the day before, so that no file can be taken out of the chain.
"""

from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

import orjson

from service_runtime.reading import Partition, Place, Record

FORMAT = 1


class DamagedError(Exception):
    """A file is not what was sealed; says how."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a day holds of a partition: `records` of the offsets from `begins` up to but not including `ends`.

    From `lost` up to `begins` the log held nothing any more when the day was archived, and no day before has it.
    """

    partition: int
    begins: int
    ends: int
    records: int
    lost: int | None = None

    @property
    def joins(self) -> int:
        """Where the day before must have ended."""
        return self.begins if self.lost is None else self.lost


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file says of itself. `previous` is the seal of the day before; None of a topic's first."""

    topic: str
    day: date
    stretches: tuple[Stretch, ...]
    previous: str | None

    @property
    def records(self) -> int:
        """How many there are."""
        return sum(one.records for one in self.stretches)

    @property
    def begins(self) -> dict[Partition, int]:
        """Where the day begins in each partition."""
        return {Partition(self.topic, one.partition): one.begins for one in self.stretches}

    @property
    def ends(self) -> dict[Partition, int]:
        """Where it ends."""
        return {Partition(self.topic, one.partition): one.ends for one in self.stretches}

    @property
    def line(self) -> bytes:
        """As it is written."""
        return _line({"manifest": asdict(self)})

    @classmethod
    def read(cls, line: bytes) -> Self:
        """From its line.

        Raises:
            DamagedError: it is none.
        """
        try:
            told = orjson.loads(line)["manifest"]
            stretches = tuple(Stretch(**one) for one in told["stretches"])
            return cls(told["topic"], date.fromisoformat(told["day"]), stretches, told["previous"])
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError("it has no manifest that can be read") from error


@dataclass(frozen=True, slots=True)
class Sealed:
    """A day that is over and written: what it says of itself, its seal, its size on disk."""

    manifest: Manifest
    seal: str
    size: int


def title_line(topic: str, day: date) -> bytes:
    """The first line of a file."""
    return _line({"archive": FORMAT, "topic": topic, "day": day})


def seal_line(seal: str) -> bytes:
    """The last line of a file."""
    return _line({"sha256": seal})


def seal_of(line: bytes) -> str:
    """The seal in a file's last line.

    Raises:
        DamagedError: there is none.
    """
    try:
        return str(orjson.loads(line)["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError("it has no seal") from error


def line_of(record: Record) -> bytes:
    """A record as a line; what is no text is base64 in an object of its own."""
    place = record.place
    told = {"partition": place.partition, "offset": place.offset, "timestamp": record.timestamp}
    headers = [[name, _told(text)] for name, text in record.headers]
    return _line({**told, "key": _told(record.key), "value": _told(record.value), "headers": headers})


def record_of(line: bytes, topic: str) -> Record:
    """The record in a line."""
    told = orjson.loads(line)
    headers: Any = tuple((name, _bytes(text)) for name, text in told["headers"])
    place = Place(topic, told["partition"], told["offset"])
    return Record(place, _bytes(told["key"]), _bytes(told["value"]), headers, told["timestamp"])


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _told(value: bytes | None) -> str | dict[str, str] | None:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def _bytes(told: str | dict[str, str] | None) -> bytes | None:
    if isinstance(told, dict):
        return b64decode(told["base64"])
    return None if told is None else told.encode()


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def next_day(day: date) -> date:
    """The day after."""
    return day + timedelta(days=1)
