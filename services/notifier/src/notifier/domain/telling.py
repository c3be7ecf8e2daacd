"""What one piece of news changes, and which letters it makes due. Pure."""

from datetime import datetime
from typing import NamedTuple

from notifier.domain.hearing import hear
from notifier.domain.letters import Letter, letters
from notifier.domain.sending import Policy
from notifier.domain.things import Held, Order, Shipment, Thing


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


def _newest(held: Held, news: Thing) -> Thing | None:
    match news:
        case Order():
            return held.order
        case Shipment():
            return held.shipments[news.shipment_id]
        case _:
            return held.decision
