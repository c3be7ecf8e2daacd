"""What a wish about a shop comes to, given how it is registered: a version, two secrets. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from order_intake.domain.shops import Shop

S = TypeVar("S")
MOST_SECRETS = 2  # the newest, and while a shop changes over the one before


class Saved(Struct, frozen=True):
    """The registration's next version."""

    version: int


class Unchanged(Struct, frozen=True):
    """It says what is registered already: nothing is written, and no version used up."""


class Moved(Struct, frozen=True):
    """Somebody changed the shop meanwhile: it is at another version than the one the wish was made from."""

    version: int


def registration(wanted: Shop, held: Shop | None, version: int, made_from: int | None) -> Saved | Unchanged | Moved:
    """What saving a shop comes to.

    Args:
        wanted: the shop as it is to be.
        held: as it is registered; None where it is not.
        version: the registered version; 0 where there is none.
        made_from: the version that the wish was made from, 0 for a shop that is to be new; None: whatever it is.
    """
    if made_from is not None and made_from != version:
        return Moved(version)
    return Unchanged() if wanted == held else Saved(version + 1)


class TooMany(Struct, frozen=True):
    """Two secrets are held: one of them must be dropped before a third comes."""


def rotated(
    held: Sequence[tuple[S, datetime]], new: S | None, now: datetime, *, drop_old: bool
) -> list[tuple[S, datetime]] | TooMany:
    """A shop's secrets after a change, the newest first.

    A new secret stands beside the one before it until `drop_old`; both at once leave the new one alone. One that is
    held already is not held twice.
    """
    fresh = [(new, now)] if new is not None and all(new != one for one, _ in held) else []
    if drop_old:
        return fresh or [one for one in held if new is None or one[0] == new][:1]
    after = [*fresh, *held]
    return TooMany() if len(after) > MOST_SECRETS else after
