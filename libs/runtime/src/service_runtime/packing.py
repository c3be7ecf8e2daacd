"""Headers as one value of a row: JSON pairs, in which latin-1 keeps any byte."""

from collections.abc import Sequence

import orjson


def packed(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as a row holds them."""
    return orjson.dumps([[name, value.decode("latin-1")] for name, value in headers])


def unpacked(headers: bytes) -> tuple[tuple[str, bytes], ...]:
    """The headers that `packed` packed."""
    return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(headers))
