"""Of an order of which nothing was cancelled, short or packed nothing is read: what is told is the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.notifier.given import (
    NOW,
    POLICY,
    Customer,
    a_decision,
    a_package,
    a_shipment,
    allocated,
    an_edit,
    an_order,
    later,
    short,
)
from tests.unit.notifier.test_any_order import histories

from notifier.domain.hearing import hear
from notifier.domain.sending import Policy
from notifier.domain.telling import eventful, heard, heard_of_uneventful
from notifier.domain.things import Held, Need


class Hurried:
    """Looks at what is held only where something eventful is heard, and claims a letter once, as the tables do."""

    def __init__(self, policy: Policy = POLICY, now=NOW) -> None:
        self.held = Held()
        self._eventful = False
        self._claimed = set()
        self._policy, self._now = policy, now

    def hears(self, news):
        self._eventful = self._eventful or eventful(news)
        if self._eventful:
            answer = heard(self.held, news, self._policy, self._now)
        else:
            answer = heard_of_uneventful(news, self._policy, self._now)
        letters = [letter for letter in answer.letters if letter.message_id not in self._claimed]
        self._claimed |= {letter.message_id for letter in letters}
        told = self.held.told | {(letter.fact.value, about) for letter in letters for about in letter.about or ("",)}
        self.held = (hear(self.held, answer.learned) if answer.learned else self.held)._replace(told=told)
        return letters


@given(st.data(), st.sampled_from([POLICY, Policy(mail_on=False, hash_key=b"k")]), st.sampled_from([NOW, later(100)]))
@settings(max_examples=300)
def test_the_short_way_tells_and_holds_after_each_piece_of_news_what_the_long_way_does(data, policy, now):
    things, _ = data.draw(histories())
    arrivals = [news for versions in things for news in versions]
    hurried, thorough = Hurried(policy, now), Customer(policy, now)
    for news in data.draw(st.permutations(arrivals + data.draw(st.lists(st.sampled_from(arrivals), max_size=5)))):
        assert hurried.hears(news) == thorough.hears(news)
        assert hurried.held == thorough.held


@pytest.mark.parametrize(
    ("news", "is_eventful"),
    [
        (an_order(), False),
        (an_order(7), False),
        (an_order(2, cancel_version=2), True),
        (an_order(2, edits=(an_edit(of_lines=True),)), True),
        (an_order(needs=(Need("h-1", "awaiting_payment", 1, NOW),)), True),
        (a_decision(allocated("1", 2), allocated("2", 1, None)), False),
        (a_decision(allocated("1", 2), short("2", 1, "cancelled")), False),
        (a_decision(allocated("1", 2), short("2")), True),
        (a_decision(allocated("1", 2), short("2", 1, "declined")), True),
        (a_shipment(), False),
        (a_shipment(a_package(_1=1)), True),
    ],
)
def test_eventful_is_what_was_cancelled_could_not_be_served_or_left(news, is_eventful):
    assert eventful(news) == is_eventful
