"""A file of blocks: each a zstd frame, behind a skippable frame that holds its length.

So a file is written, read and passed over a block at a time, however large the day; and it is a zstd file like any
other: `zstd -dc` shows it.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import IO

from cramjam import DecompressionError, zstd

from service_runtime.archive.days import DamagedError, seal_line

BLOCK = 1 << 20  # bytes of lines, before they are packed
LARGEST = 1 << 28  # of one block, packed: a record is at most 4 MiB
LEVEL = 3
_SKIPPABLE = b"\x50\x2a\x4d\x18\x04\x00\x00\x00"  # RFC 8878, 3.1.2: a frame of four bytes that readers pass over
_HEAD = len(_SKIPPABLE) + 4


class BlockWriter:
    """Writes lines, and knows the SHA-256 of all it wrote."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lines: list[bytes] = []
        self._waiting = 0
        self._hash = sha256()

    def write(self, line: bytes) -> None:
        """Add a line; a block that is full is packed."""
        self._lines.append(line)
        self._waiting += len(line)
        if self._waiting >= BLOCK:
            self.end_block()

    def end_block(self) -> None:
        """Pack what waits."""
        if not self._lines:
            return
        plain = b"".join(self._lines)
        self._hash.update(plain)
        packed = bytes(zstd.compress(plain, LEVEL))
        self._file.write(_SKIPPABLE + len(packed).to_bytes(4, "little") + packed)
        self._lines, self._waiting = [], 0

    def closed_with(self, last: bytes) -> str:
        """Write the last line and the seal of all that was written, in a block of their own; the seal."""
        self.end_block()
        self._hash.update(last)
        seal = self._hash.hexdigest()
        self._lines = [last, seal_line(seal)]
        self.end_block()
        return seal


def read_block(file: IO[bytes]) -> bytes | None:
    """The next block's lines; None at the end.

    Raises:
        DamagedError: it is cut off, or no block of ours.
    """
    length = _length(file)
    if length is None:
        return None
    packed = file.read(length)
    if len(packed) != length:
        raise DamagedError("it is cut off")
    try:
        return bytes(zstd.decompress(packed))
    except (DecompressionError, ValueError) as error:
        raise DamagedError("a block cannot be unpacked") from error


def block_lengths(file: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Where each block begins and how long it is, without reading one.

    Raises:
        DamagedError: something else stands where a block should begin.
    """
    at = file.tell()
    while (length := _length(file)) is not None:
        yield at, length
        at = file.seek(length, 1)


def _length(file: IO[bytes]) -> int | None:
    head = file.read(_HEAD)
    if not head:
        return None
    length = int.from_bytes(head[len(_SKIPPABLE) :], "little")
    if len(head) != _HEAD or not head.startswith(_SKIPPABLE) or length > LARGEST:
        raise DamagedError("it is cut off, or no block begins where one should")
    return length
