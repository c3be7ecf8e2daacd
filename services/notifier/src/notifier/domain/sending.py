"""Why a message is not sent although its fact is true. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import new as hmac

from notifier.domain.messages import Message
from notifier.domain.things import Order

STALE_AFTER = timedelta(days=3)  # design.md section 4: older at first sight is stale
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of sending: whether at all, and the key recipients are hashed with."""

    mail_on: bool
    hash_key: bytes


def why_not(order: Order, message: Message, mail_on: bool, now: datetime) -> str | None:
    """The reason to suppress a message, or None where it is to be sent; what concerns the order comes first."""
    email = order.customer.email
    if order.test:
        return "test_order"
    if not email:
        return "no_email"
    if not _ADDRESS.fullmatch(email):
        return "bad_address"
    if message.overtaken:
        return "overtaken"
    if now - message.at > STALE_AFTER:
        return "stale"
    return None if mail_on else "mail_off"


def recipient_hash(key: bytes, email: str | None) -> str | None:
    """The recipient as others may know it: the same person the same hash, to nobody without the key."""
    if not email:
        return None
    return hmac(key, email.strip().casefold().encode(), sha256).hexdigest()[:32]
