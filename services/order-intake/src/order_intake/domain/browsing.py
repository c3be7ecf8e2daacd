"""Which orders somebody looks for, and where a list goes on. Pure."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import Struct

LAST = datetime(9999, 1, 1, tzinfo=UTC)


class Cursor(NamedTuple):
    """The place of an order in the list: the newest stand first, and none ever moves."""

    accepted_at: datetime
    order_id: str


BEGIN = Cursor(LAST, "")


class Wanted(Struct, frozen=True):
    """What an order must have to be in the list; what is None does not matter."""

    shop: str | None = None
    payment: str | None = None
    hold: str | None = None
    tag: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def said(cursor: Cursor) -> str:
    """A cursor as a client keeps it."""
    return urlsafe_b64encode(f"{cursor.accepted_at.isoformat()} {cursor.order_id}".encode()).decode().rstrip("=")


def heard(text: str) -> Cursor:
    """A cursor as a client gives it back.

    Raises:
        ValueError: it is none of ours.
    """
    try:
        at, _, order_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        return Cursor(datetime.fromisoformat(at), order_id)
    except (ValueError, UnicodeDecodeError) as error:
        raise ValueError("is no cursor of a list of orders: take `next` of the page before") from error
