"""Why a message is not sent although its fact is true. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import new as hmac

from notifier.domain.messages import Message
from notifier.domain.things import Order
from order_events import Fact

STALE_AFTER = timedelta(days=3)  # design.md section 4: older at first sight is stale
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of sending: whether at all, and the key recipients are hashed with.

    `told_by_shop` is what a shop tells its customers itself, by shop: nothing, until the shop registry says so.
    """

    mail_on: bool
    hash_key: bytes
    told_by_shop: Mapping[str, frozenset[Fact]] = field(default_factory=dict)


def why_not(order: Order, message: Message, policy: Policy, now: datetime) -> str | None:
    """The reason to suppress a message, or None where it is to be sent; what concerns the order comes first."""
    if order.test:
        return "test_order"
    if message.fact in policy.told_by_shop.get(order.shop, ()):
        return "told_by_shop"
    if fault := _fault(order.customer.email):
        return fault
    if message.overtaken:
        return "overtaken"
    if now - message.at > STALE_AFTER:
        return "stale"
    return None if policy.mail_on else "mail_off"


def _fault(email: str | None) -> str | None:
    """Why no mail can be sent to this address; None where it can."""
    if not email:
        return "no_email"
    return None if _ADDRESS.fullmatch(email) else "bad_address"


def recipient_hash(key: bytes, email: str | None) -> str | None:
    """The recipient as others may know it: the same person the same hash, to nobody without the key."""
    if not email:
        return None
    return hmac(key, email.strip().casefold().encode(), sha256).hexdigest()[:32]
