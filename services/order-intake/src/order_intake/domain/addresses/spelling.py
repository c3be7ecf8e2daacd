"""How names of places are compared, and what says nothing. Pure."""

import re
from unicodedata import normalize

_JOINS = re.compile(r"[\W_]+")
_is_spoken = re.compile(r"[^\W_]").search


def codes(text: str) -> frozenset[str]:
    """A set of codes, written as one line of a table."""
    return frozenset(text.split())


# Written where a form insists on an answer. Compared whole: "None" is no street, "Nonestraße 1" is one.
_NOTHING = codes(
    """na n/a n.a n-a none null nil undefined unknown tbd tba inconnu desconocido unbekannt
    없음 なし 無し 无 無 нет"""
)


def plain(text: str) -> str:
    """A name without case, accents, spaces and signs: two spellings with the same letters are one name."""
    if text.isascii():
        return _JOINS.sub("", text.lower())
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if letter.isalnum())


def says_something(text: str | None) -> bool:
    """Whether a field holds a word or a number, and not a dash, a space or "n/a"."""
    if not text or _is_spoken(text) is None:
        return False
    return text.strip(" .-").lower() not in _NOTHING
