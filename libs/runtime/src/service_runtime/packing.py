"""Headers as one value of a row: MessagePack, which keeps any byte and costs a third of JSON."""

from collections.abc import Sequence

import msgspec
import orjson

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...]).decode


def packed(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as a row holds them."""
    return _encode(headers)


def unpacked(headers: bytes) -> tuple[tuple[str, bytes], ...]:
    """The headers that `packed` packed; rows written before it was MessagePack hold JSON pairs in latin-1."""
    if headers.startswith(b"["):
        return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(headers))
    return _decode(headers)
