"""What one piece of news changes, and which letters it makes due. Pure."""

from datetime import datetime
from typing import NamedTuple

from notifier.domain.facts import confirmed
from notifier.domain.hearing import hear
from notifier.domain.letters import Letter, letter_of, letters
from notifier.domain.sending import Policy
from notifier.domain.things import Decision, Held, Order, Shipment, Thing


class Heard(NamedTuple):
    """`learned` is the thing to keep, or None where the news was old; `letters` are due because of it."""

    learned: Thing | None
    letters: tuple[Letter, ...]


def heard(held: Held, news: Thing, policy: Policy, now: datetime) -> Heard:
    """Old news changes nothing and makes nothing due: what it could make due was told when it was new."""
    after = hear(held, news)
    if after is held:
        return Heard(None, ())
    return Heard(_newest(after, news), tuple(letters(after, policy, now)))


def eventful(news: Thing) -> bool:
    """Whether more than the order's confirmation may have to be told, now or later: something of the order was
    cancelled or edited, waits for its customer, could not be served, or left.
    """
    match news:
        case Order():
            return news.cancel_version is not None or bool(news.edits or news.needs)
        case Decision():
            return bool(news.short)
        case Shipment():
            return bool(news.packages)


def heard_of_uneventful(news: Thing, policy: Policy, now: datetime) -> Heard:
    """The same as `heard` without a look at what is held, for an order of which nothing eventful was ever heard.

    An older version is learned and a confirmation is due each time: saving passes over the one, its key over the other.
    """
    if not isinstance(news, Order):
        return Heard(news, ())
    return Heard(news, tuple(letter_of(news, message, policy, now) for message in confirmed(news, frozenset())))


def _newest(held: Held, news: Thing) -> Thing | None:
    match news:
        case Order():
            return held.order
        case Shipment():
            return held.shipments[news.shipment_id]
        case _:
            return held.decision
