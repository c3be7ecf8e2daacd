"""A message with everything its words need: made once, kept, and rendered as often as it is looked at. Pure."""

from datetime import datetime
from typing import Any, NamedTuple

from notifier.domain.facts import facts
from notifier.domain.messages import Message, Said, fact_key, message_id_of
from notifier.domain.sending import Policy, recipient_hash, why_not
from notifier.domain.things import Held, Line, Order
from order_events import Fact

ABOUT_THE_ADDRESS = {(Fact.ORDER_CHANGED, "address"), (Fact.ORDER_CHANGED, "both"), (Fact.ON_HOLD, "address")}
MAX_LINES = 100  # mail programs cut long mails off (Gmail at 102 kB); what is beyond is counted


class Words(NamedTuple):
    """What is said to whom: `say` is clear, `personal` is personal data."""

    say: dict[str, Any]
    personal: dict[str, Any]


class Letter(NamedTuple):
    """A message to a customer: either its `words`, or the `reason` why it is not sent."""

    order_id: str
    fact: Fact
    subject: str
    key: str  # the fact's, which is the effect's too
    message_id: str
    about: tuple[str, ...]
    wording: str
    locale: str
    recipient: str | None
    reason: str | None
    words: Words | None


def letters(held: Held, policy: Policy, now: datetime) -> list[Letter]:
    """The letters that are due by what is held, each with the reason not to send it, if there is one."""
    if held.order is None:
        return []
    due = facts(held.order, held.decision, held.shipments, held.told)
    return [letter_of(held.order, message, policy, now) for message in due]


def letter_of(order: Order, message: Message, policy: Policy, now: datetime) -> Letter:
    """The letter that tells a message to the order's customer; nobody needs the words of one that is not sent."""
    subject = message.subject
    key = fact_key(order.order_id, message.fact, subject)
    reason = why_not(order, message, policy, now)
    return Letter(
        order_id=order.order_id,
        fact=message.fact,
        subject=subject,
        key=key,
        message_id=message_id_of(key),
        about=message.about,
        wording=message.wording,
        locale=order.locale,
        recipient=recipient_hash(policy.hash_key, order.customer.email),
        reason=reason,
        words=None if reason else words_of(order, message),
    )


def words_again(held: Held, message_id: str, fact: str, about: tuple[str, ...]) -> Words | None:
    """The words of a message that was not sent, as it would be told now; None where it would not be told any more."""
    if held.order is None:
        return None
    untold = held.told - {(fact, one) for one in about or ("",)}
    for message in facts(held.order, held.decision, held.shipments, untold):
        if message_id_of(fact_key(held.order.order_id, message.fact, message.subject)) == message_id:
            return words_of(held.order, message)
    return None


def words_of(order: Order, message: Message) -> Words:
    """What a message says of an order."""
    return Words(_say(order, message), _personal(order, message))


def _say(order: Order, message: Message) -> dict[str, Any]:
    lines = {line.line_id: line for line in order.lines}
    priced = message.fact is Fact.CONFIRMED
    shipping = order.shipping if priced else None
    return {
        "order": order.name,
        "shop": order.shop,
        "country": order.country,
        "lines": [_line(one, lines.get(one.line_id), priced) for one in message.said[:MAX_LINES]],
        "more": max(0, len(message.said) - MAX_LINES),
        "parcels": [{"carrier": p.carrier, "number": p.number, "url": _web(p.url)} for p in message.packages],
        "items": _sum(order.lines) if priced else None,
        "shipping": {"amount": shipping.amount, "currency": shipping.currency} if shipping else None,
    }


def _line(said: Said, line: Line | None, priced: bool) -> dict[str, Any]:
    spoken = {
        "title": line.title if line else said.line_id,
        "what": said.what,
        "quantity": said.quantity,
        "reason": said.reason,
        "expected": said.expected,
    }
    if line is None or not priced:
        return spoken
    return spoken | {"amount": line.price.amount * said.quantity, "currency": line.price.currency}


def _sum(lines: tuple[Line, ...]) -> dict[str, Any] | None:
    """What the items cost together, where they are all priced in one currency."""
    currencies = {line.price.currency for line in lines}
    if len(currencies) != 1:
        return None
    return {"amount": sum(line.price.amount * line.wanted for line in lines), "currency": currencies.pop()}


def _web(url: str | None) -> str | None:
    """A link that a mail may carry: http or https, nothing that runs."""
    return url if url and url.lower().startswith(("https://", "http://")) else None


def _personal(order: Order, message: Message) -> dict[str, Any]:
    """The personal data this message needs and no more: the address where it is about that, the gift message only in
    the confirmation.
    """
    person: dict[str, Any] = {"to": order.customer.email, "name": order.customer.name}
    if message.fact is not Fact.CONFIRMED and (message.fact, message.wording) not in ABOUT_THE_ADDRESS:
        return person
    to = order.ship_to
    address = [part for part in (to.name, to.company, to.address1, to.address2, to.city) if part]
    known = person | {"address": address}
    return known | {"gift_message": order.wishes.gift_message} if message.fact is Fact.CONFIRMED else known
