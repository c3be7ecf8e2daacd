"""What a hop of the floor says: as many records, as large, as the service in its place says. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Headers = list[tuple[str, bytes]]
ID_CHARS = 36
DIGITS = [b"%x" % n for n in range(16)]


class Row(NamedTuple):
    """An outbox row; `cause` and `n` are its key."""

    cause: str
    n: int
    topic: str
    key: bytes
    headers: bytes
    payload: bytes


@dataclass
class Output:
    """What a hop says on one topic.

    Args:
        topic: its whole name.
        per_input: records for each record read; where that is broken, every so many reads one more.
        size: of a value, in bytes.
    """

    topic: str
    per_input: float
    size: int
    _owed: float = 0.0
    _fixed: tuple[Headers, Headers] = field(default_factory=lambda: ([], []))

    def __post_init__(self) -> None:
        kind = self.topic.rpartition("-")[2]
        first = {"ce_specversion": "1.0", "ce_type": kind, "ce_source": "/baesong/bench-floor"}
        last = {"x-aggregate-version": "1", "x-schema": f"{kind}/1", "content-type": "application/json"}
        self._fixed = (_pairs(first), _pairs(last))

    def count(self) -> int:
        """Say how many records the next read is worth."""
        self._owed += self.per_input
        whole = int(self._owed + 1e-9)
        self._owed -= whole
        return whole

    def headers(self, id_: bytes, cause: bytes, key: bytes, time: bytes) -> Headers:
        """Give ten headers, as our events have them."""
        first, last = self._fixed
        said = [("ce_id", id_), ("ce_time", time), ("ce_subject", b"floor/" + key), ("x-causation-id", cause)]
        return [*first, *said, *last]


def _pairs(named: dict[str, str]) -> Headers:
    return [(name, value.encode()) for name, value in named.items()]


def sized(value: bytes, size: int) -> bytes:
    """Cut a value to a size, or repeat it until it has that."""
    if len(value) >= size:
        return value[:size]
    return (value * (size // len(value) + 1))[:size]


def id_in(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Find an event's id among its headers."""
    return next(value for name, value in headers if name == "ce_id")


def derived(cause: bytes, hop: int, number: int) -> bytes:
    """Make an id of its cause's: the digit of the hop becomes the number of the record, so that each has its own.

    Args:
        cause: a UUID whose last four digits are the hops'.
        hop: 1 to 4.
        number: 1 to 15, counted over all that one record causes.
    """
    place = ID_CHARS - 5 + hop
    return cause[:place] + DIGITS[number] + cause[place + 1 :]


def said(
    outputs: Sequence[Output], hop: int, cause: bytes, key: bytes, value: bytes, time: bytes
) -> Iterator[tuple[Row, Headers]]:
    """Say what one record causes, as outbox rows and their headers."""
    n, text = 0, cause.decode()
    for output in outputs:
        for _ in range(output.count()):
            n += 1
            headers = output.headers(derived(cause, hop, n), cause, key, time)
            packed = b"\n".join([each for _, each in headers])
            yield Row(text, n, output.topic, key, packed, sized(value, output.size)), headers
