"""How codes are read: a SKU as printed, a shop and a source whatever their case. Pure."""

from unicodedata import normalize


def tidy(code: str) -> str:
    """A code as our events carry it: NFKC, without outer spaces, in the case it was given."""
    return code.strip() if code.isascii() else normalize("NFKC", code).strip()


def folded(code: str) -> str:
    """A code as it is compared: tidy and without case; two codes with the same fold are one code."""
    return tidy(code).lower() if code.isascii() else normalize("NFKC", tidy(code).casefold())
