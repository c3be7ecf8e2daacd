"""What a shop's own words stand for here: looked up, newly known, or nearest to one that is known. Pure."""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from order_intake.domain.codes import folded
from order_intake.domain.shops import ANY, Shop

T = TypeVar("T")
COMPARED = 20
NEAR = 0.6  # of 1.0: a wrong letter in three is still the same word, two others are not


class Known(Struct, frozen=True):
    """Words of a shop, folded, that a saved registration has made known; `*` among the services: every service."""

    skus: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.skus or self.services or self.places)


def newly_known(before: Shop, after: Shop) -> Known:
    """What orders may have waited for that is known now: their holds can be released.

    A word that was known before is not among them, though it may stand for something else now.
    """
    services = _new(before.services, after.services)
    if before.knows_services and not after.knows_services:
        services |= {ANY}
    return Known(_new(before.skus, after.skus), services, _new(before.places, after.places))


def _new(before: Mapping[str, str], after: Mapping[str, str]) -> frozenset[str]:
    return frozenset(map(folded, after)) - frozenset(map(folded, before))


def nearest(word: str, known_words: Iterable[str]) -> str | None:
    """The known word that is most like this one, to be proposed; None where none is near.

    Of two that are equally near it is the first by the alphabet, so that the answer is always the same. Among 10,000
    words it takes some 10 ms: only those that share most pairs of letters are compared letter by letter.
    """
    pairs = _pairs(folded(word))
    alike = nlargest(COMPARED, sorted(known_words), key=lambda known: _shared(pairs, _pairs(folded(known))))
    likeness = {known: _likeness(folded(word), folded(known)) for known in sorted(alike)}
    best = max(likeness, key=likeness.__getitem__, default=None)
    return best if best is not None and likeness[best] >= NEAR else None


@lru_cache(maxsize=16_384)  # a shop's words are asked for again with every unknown one
def _pairs(word: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(f"\n{word}\n")))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one) + len(other))


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def as_looked_up(shop: Shop) -> Shop:
    """The shop with each name of its maps as it is written and as codes are compared: either finds it."""
    return replace(
        shop,
        mails=_both(shop.mails),
        skus=_both(shop.skus),
        services=_both(shop.services),
        places=_both(shop.places),
        kinds=_both(shop.kinds),
        wishes=_both(shop.wishes),
        payment=_both(shop.payment),
        shortage=_both(shop.shortage),
        calendar=replace(shop.calendar, deliver_days=_both(shop.calendar.deliver_days)),
    )


def _both(names: Mapping[str, T]) -> dict[str, T]:
    return {folded(name): value for name, value in names.items()} | dict(names)
