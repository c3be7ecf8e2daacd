"""Rows of a stream: one body to a line. Pure."""

from collections.abc import AsyncIterator

from order_intake.domain.checkouts import MOST_BYTES


async def rows_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Each line that is not empty; of one that is too long only as much as shows that it is."""
    held = bytearray()
    async for chunk in chunks:
        *ends, begins = chunk.split(b"\n")
        for end in ends:
            _grow(held, end)
            if row := _row(held):
                yield row
            held.clear()
        _grow(held, begins)
    if row := _row(held):
        yield row


def _grow(held: bytearray, more: bytes) -> None:
    held += more[: MOST_BYTES + 1 - len(held)]


def _row(held: bytearray) -> bytes:
    """Of what is too long nothing is stripped: it would be too long no more, and its end is not known."""
    return bytes(held) if len(held) > MOST_BYTES else bytes(held).strip()
