"""What is said of a message: `customer.notified`, and the payload an effect keeps of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from notifier.domain.letters import Letter
from order_events import CustomerNotified, Fact, MessageStatus, trusted

CHANNEL = "email"


def payload_of(letter: Letter, at: datetime) -> dict[str, Any]:
    """A letter as an effect keeps it: what to say, not how it looks."""
    assert letter.words is not None
    return {
        "message_id": letter.message_id,
        "fact": letter.fact.value,
        "wording": letter.wording,
        "about": list(letter.about),
        "locale": letter.locale,
        "recipient": letter.recipient,
        "at": at.isoformat(),
        "say": letter.words.say,
        "personal": letter.words.personal,
    }


def notice_of(
    order_id: str,
    letter: Mapping[str, Any],
    status: MessageStatus,
    reason: str | None,
    reference: str | None,
    at: datetime,
) -> CustomerNotified:
    """What became of a letter, as others may know it: without the person."""
    return CustomerNotified(
        message_id=letter["message_id"],
        order_id=order_id,
        fact=Fact(letter["fact"]),
        about=tuple(letter["about"]),
        channel=CHANNEL,
        locale=letter["locale"],
        recipient=letter["recipient"],
        status=status,
        reason=reason,
        provider_reference=reference,
        at=at,
    )


def suppressed(letter: Letter, at: datetime) -> CustomerNotified:
    """That a letter is not sent, and why."""
    return trusted(
        CustomerNotified,
        message_id=letter.message_id,
        order_id=letter.order_id,
        fact=letter.fact,
        about=letter.about,
        channel=CHANNEL,
        locale=letter.locale,
        recipient=letter.recipient,
        status=MessageStatus.SUPPRESSED,
        reason=letter.reason,
        provider_reference=None,
        at=at,
    )
