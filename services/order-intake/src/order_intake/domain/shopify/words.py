"""What a merchant says that the shop's words mean, in the form in which they are compared. Pure."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from order_events import LineKind
from order_intake.domain.codes import folded
from order_intake.domain.shops import Shop, Wish

T = TypeVar("T")
_MOST_SHOPS = 256
_known: dict[int, tuple[Shop, "Words"]] = {}


class Words(Struct, frozen=True):
    """A shop's aliases by folded name."""

    skus: dict[str, str]
    services: dict[str, str]
    places: dict[str, str]
    kinds: dict[str, LineKind]
    wishes: dict[str, Wish]


def words_of(shop: Shop) -> Words:
    """The shop's words; folding thousands of aliases for every order would cost more than the order."""
    held = _known.get(id(shop))
    if held and held[0] is shop:
        return held[1]
    words = Words(
        skus=_by_fold(shop.skus),
        services=_by_fold(shop.services),
        places=_by_fold(shop.places),
        kinds=_by_fold(shop.kinds),
        wishes=_by_fold(shop.wishes),
    )
    if len(_known) >= _MOST_SHOPS:
        _known.clear()
    _known[id(shop)] = (shop, words)
    return words


def meant(aliases: Mapping[str, T], said: Iterable[str | None]) -> T | None:
    """What the first of the shop's words means that is known."""
    if not aliases:
        return None
    found = (aliases.get(folded(word)) for word in said if word)
    return next((each for each in found if each is not None), None)


def _by_fold(aliases: Mapping[str, T]) -> dict[str, T]:
    return {folded(word): meaning for word, meaning in aliases.items()}
