"""What a replay means for a handler and for an effect: a value that stands beside each of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service_runtime.work import Connection

Held = Callable[["Connection", Sequence[str]], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class ByVersion:
    """A thing's version decides: what is older than what is held changes nothing, and is told as superseded.

    `held` gives, of these orders, the version of each of their things that is held (`order/…`, `shipment/…`).
    """

    held: Held


@dataclass(frozen=True, slots=True)
class ByKey:
    """A natural key decides, and finds what was done: running it again answers as it did. `key` says which."""

    key: str


@dataclass(frozen=True, slots=True)
class NotOnATopic:
    """Nothing of it is ever read from a topic (a timer)."""


NOT_ON_A_TOPIC = NotOnATopic()
Meaning = ByVersion | ByKey | NotOnATopic


@dataclass(frozen=True, slots=True)
class OncePerKey:
    """An effect's own key decides: one that was ever intended is not intended again, whoever reads what again.

    `by_name`: under `force` an operator may name the key, and it is done once more.
    """

    by_name: bool
