"""How codes are compared."""

from functools import lru_cache
from unicodedata import normalize

REMEMBERED = 100_000  # SKUs of a large merchant; a code costs about a microsecond to fold


@lru_cache(maxsize=REMEMBERED)
def sku_key(code: str) -> str:
    """The form under which a SKU is kept and compared: NFKC, without case and outer spaces."""
    if code.isascii():
        return code.strip().lower()
    return normalize("NFKC", normalize("NFKC", code).casefold()).strip()
