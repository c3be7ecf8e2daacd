"""A message that is due: which fact, in which wording, about what. Pure values, and the key that makes it one."""

import re
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from notifier.domain.things import Package
from order_events import Fact

MAX_SUBJECT = 150  # with order id and fact it stays under the 255 characters of an effect key
_PLAIN = re.compile(r"[A-Za-z0-9._/@:#-]+")


class Said(NamedTuple):
    """Units of a line and what is said of them, such as `here`, `late` or `cancelled`."""

    line_id: str
    what: str
    quantity: int
    reason: str | None = None
    expected: str | None = None


class Message(NamedTuple):
    """One fact to tell. `about` names packages or lines; `at` is when it became true; `day` makes a new date news."""

    fact: Fact
    wording: str
    about: tuple[str, ...]
    at: datetime
    said: tuple[Said, ...]
    packages: tuple[Package, ...] = ()
    day: str | None = None
    overtaken: bool = False

    @property
    def subject(self) -> str:
        """What tells this message from others of its fact and order: its packages, or its lines and their day."""
        if not self.about:
            return "order"
        return f"{subject_of(self.about)}@{self.day}" if self.day else subject_of(self.about)


def subject_of(about: tuple[str, ...]) -> str:
    """The names themselves where they are short and plain, so that people can read them; else a hash of them."""
    text = ",".join(about)
    plain = len(text) <= MAX_SUBJECT and all(_PLAIN.fullmatch(name) for name in about)
    return text if plain else f"h-{sha256(repr(about).encode()).hexdigest()[:40]}"


def fact_key(order_id: str, fact: Fact, subject: str) -> str:
    """`order|fact|subject`: a second message under one key cannot be."""
    return f"{order_id}|{fact.value}|{subject}"


def message_id_of(key: str) -> str:
    """The message's id, the same for the same fact however often it is decided."""
    return sha256(key.encode()).hexdigest()[:32]


def package_name(shipment_id: str, package_id: str) -> str:
    """A package as `about` names it: partners may give two shipments the same package id.

    A package id so long that the name would not fit an id is hashed.
    """
    name = f"{shipment_id}/{package_id}"
    return name if len(name) <= 128 else f"{shipment_id}/h-{sha256(package_id.encode()).hexdigest()[:32]}"
