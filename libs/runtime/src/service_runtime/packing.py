"""What rows hold packed: headers as MessagePack, which keeps any byte at a third of JSON's cost; what a batch said."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from cramjam import zstd

from service_runtime.ports import Outgoing

LEVEL = 1  # of zstd: 1.3 us a row, an eighth of its size
WORTH_PACKING = 4096  # bytes; for fewer zstd's own set-up, 30 us, costs more than the bytes
_ZSTD = b"\x28\xb5\x2f\xfd"
_encode = msgspec.msgpack.Encoder().encode
_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes | None], ...]).decode
_rows = msgspec.msgpack.Decoder(list[Outgoing]).decode


def packed(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as a row holds them."""
    return _encode(headers)


def unpacked(headers: bytes) -> Any:
    """The headers that `packed` packed, of which one may have no value.

    Rows written before it was MessagePack hold JSON pairs in latin-1.
    """
    if headers.startswith(b"["):
        return tuple((name, value.encode("latin-1")) for name, value in orjson.loads(headers))
    return _headers(headers)


def compressed(plain: bytes) -> bytes:
    """The same bytes, smaller where that is worth it."""
    return plain if len(plain) < WORTH_PACKING else bytes(zstd.compress(plain, LEVEL))


def decompressed(packed: bytes) -> bytes:
    """What `compressed` was given."""
    return bytes(zstd.decompress(packed)) if packed.startswith(_ZSTD) else packed


def packed_rows(rows: Sequence[Outgoing]) -> bytes:
    """Rows of the outbox as a batch holds them."""
    return compressed(_encode(rows))


def unpacked_rows(batch: bytes) -> list[Outgoing]:
    """The rows that `packed_rows` packed."""
    return _rows(decompressed(batch))
