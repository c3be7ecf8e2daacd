"""Rows of a stream."""

import asyncio
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from order_intake.domain.checkouts import MOST_BYTES
from order_intake.domain.rows import rows_of


def rows(*chunks: bytes) -> list[bytes]:
    async def sent() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    async def read() -> list[bytes]:
        return [row async for row in rows_of(sent())]

    return asyncio.run(read())


@given(st.lists(st.binary(max_size=20)), st.data())
def test_however_the_bytes_come_the_rows_are_those_between_line_ends(parts, data):
    whole = b"\n".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    chunks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert rows(*chunks) == [row for row in (line.strip() for line in whole.split(b"\n")) if row]


def test_of_a_row_that_is_too_long_only_as_much_is_held_as_shows_that_it_is():
    long, short = b"x" * (3 * MOST_BYTES), b"{}"
    found = rows(long[:MOST_BYTES], long[MOST_BYTES:], b"\n" + short)
    assert [len(row) for row in found] == [MOST_BYTES + 1, len(short)]


def test_a_row_that_is_too_long_is_so_whatever_its_blanks():
    assert [len(row) for row in rows(b"{}" + b" " * MOST_BYTES + b"x\n", b" " * (2 * MOST_BYTES))] == [
        MOST_BYTES + 1
    ] * 2
