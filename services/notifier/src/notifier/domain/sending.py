"""Why a message is not sent although its fact is true. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import new as hmac

from notifier.domain.messages import Message
from notifier.domain.things import Order
from order_events import Fact

STALE_AFTER = timedelta(days=3)  # design.md section 4: older at first sight is stale
WE = "we"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of sending: whether at all, and the key recipients are hashed with."""

    mail_on: bool
    hash_key: bytes


def why_not(order: Order, message: Message, policy: Policy, now: datetime) -> str | None:
    """The reason to suppress a message, or None where it is to be sent; what concerns the order comes first."""
    if order.test:
        return "test_order"
    if others := _told_by_others(order, message.fact):
        return others
    if fault := _fault(order.customer.email):
        return fault
    if message.overtaken:
        return "overtaken"
    if now - message.at > STALE_AFTER:
        return "stale"
    return None if policy.mail_on else "mail_off"


def _told_by_others(order: Order, fact: Fact) -> str | None:
    """Who tells it instead, where the order's shop wants it so: the shop itself, or nobody."""
    who = order.told_by.get(fact.value) or order.told_by.get("*") or WE
    return None if who == WE else f"told_by_{who}"


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
