"""From the outcomes of a batch to what is stored, said and answered."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.checkouts import checkout

from order_events import AnswerStatus, Cause, OrderPlaced, ShortagePolicy, ToldBy, time_of
from order_intake.domain.booking import (
    Delivery,
    NotTaken,
    Taken,
    book,
    name_of,
    names_wanted,
    number_of,
    said_on_kafka,
)
from order_intake.domain.checkouts import named, read_checkout
from order_intake.domain.receiving import Accepted, Conflict, HeldOrder, receive
from order_intake.domain.shops import Mailer, Shop, unregistered
from service_runtime import json_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
def delivery():
    def made(**changes) -> Delivery:
        raw = checkout(**changes)
        return Delivery("checkout.completed", "checkout.completed/0/7", (), raw, read_checkout(raw), Cause("c", NOW))

    return made


def test_names_are_counted_per_shop_in_the_sequence_of_arrival(delivery):
    shops = ["a", "b", "A", "a"]
    deliveries = [delivery(shop=shop, source_id=str(n)) for n, shop in enumerate(shops)]
    outcomes = [receive(one.reading, None, unregistered("seoul-craft"), NOW) for one in deliveries]
    assert names_wanted(outcomes) == {"a": 3, "b": 1}
    books = book(deliveries, outcomes, {"a": 1005, "b": 1001}, {}, NOW)
    assert [answer.name for answer in books.answers if isinstance(answer, Taken)] == [
        "#1003",
        "#1001",
        "#1004",
        "#1005",
    ]
    assert [(one.shop, one.number) for one in books.booked] == [("a", 1003), ("b", 1001), ("a", 1004), ("a", 1005)]


def test_an_accepted_order_is_said_at_version_one_with_its_name(delivery):
    one = delivery()
    books = book([one], [receive(one.reading, None, unregistered("seoul-craft"), NOW)], {"seoul-craft": 1001}, {}, NOW)
    event = books.booked[0].event
    assert (event.type, event.version, event.cause) == ("order.placed", 1, one.cause)
    assert isinstance(event.body, OrderPlaced)
    assert (event.body.name, event.body.order_id) == ("#1001", one.reading.order_id)
    assert OrderPlaced.model_validate_json(json_of(event.body)).name == "#1001"


def test_a_repeat_is_answered_like_the_first_and_takes_no_name(delivery):
    one = delivery()
    first = book(
        [one], [receive(one.reading, None, unregistered("seoul-craft"), NOW)], {"seoul-craft": 1001}, {}, NOW
    ).answers[0]
    assert isinstance(one.reading, type(read_checkout(one.raw)))
    held = HeldOrder(one.reading.order_id, "#1001", one.reading.body_hash, "{}")
    again = [receive(one.reading, held, unregistered("seoul-craft"), NOW)]
    assert names_wanted(again) == Counter()
    books = book([one], again, {}, {}, NOW)
    assert isinstance(first, Taken)
    assert books.answers == [Taken(first.order_id, first.checkout_id, first.name, repeated=True)]
    assert books.booked == books.turned_away == []


def test_what_is_refused_is_kept_raw_under_an_id_that_doing_it_again_makes_again(delivery):
    one = delivery(lines=[])
    [answer] = book([one], [receive(one.reading, None, unregistered("seoul-craft"), NOW)], {}, {}, NOW).answers
    [turned] = book([one], [receive(one.reading, None, unregistered("seoul-craft"), NOW)], {}, {}, NOW).turned_away
    assert isinstance(answer, NotTaken)
    assert answer.refused_id == str(turned.refused_id)
    assert (turned.delivery.raw, turned.problems) == (one.raw, answer.problems)
    assert time_of(turned.refused_id) == NOW


def test_kafka_is_answered_as_http_is(delivery):
    one, other = delivery(), delivery(lines=[])
    outcomes = [receive(each.reading, None, unregistered("seoul-craft"), NOW) for each in (one, other)]
    taken, refused = book([one, other], outcomes, {"seoul-craft": 1001}, {}, NOW).answers
    accepted = said_on_kafka("r-1", taken)
    assert (accepted.status, accepted.order_id, accepted.name, accepted.version, accepted.repeated) == (
        AnswerStatus.ACCEPTED, one.reading.order_id, "#1001", 1, False,
    )  # fmt: skip
    turned = said_on_kafka("r-2", refused)
    assert (turned.status, turned.order_id, turned.checkout_id) == (AnswerStatus.REFUSED, None, "G-20411")
    assert turned.refused_id is not None
    assert UUID(turned.refused_id)
    assert [problem.rule for problem in turned.problems] == ["too_short"]


def test_a_conflict_is_told_from_a_mistake(delivery):
    one = delivery()
    other = named(one.reading.order.model_copy(update={"tags": ("other",)}), "#1001")
    held = HeldOrder(one.reading.order_id, "#1001", None, json_of(other).decode())
    outcome = receive(one.reading, held, unregistered("seoul-craft"), NOW)
    assert isinstance(outcome, Conflict)
    [answer] = book([one], [outcome], {}, {}, NOW).answers
    assert isinstance(answer, NotTaken)
    assert answer.conflict


@given(st.integers(1, 10**15 - 1))
def test_a_name_is_found_by_its_number_with_or_without_sign(number: int):
    assert number_of(name_of(number)) == number_of(str(number)) == number


@pytest.mark.parametrize("text", ["", "#", "x", "-1", "１００１", "1" * 16, "##1", "1.0"])
def test_what_is_no_name_has_no_number(text: str):
    assert number_of(text) is None


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_no_two_orders_of_a_shop_share_a_name(shops: list[str]):
    raws = [checkout(source_id=str(n), shop=shop) for n, shop in enumerate(shops)]
    deliveries = [Delivery("d", "", (), raw, read_checkout(raw), Cause("c", NOW)) for raw in raws]
    outcomes = [receive(one.reading, None, unregistered("seoul-craft"), NOW) for one in deliveries]
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    wanted = names_wanted(outcomes)
    books = book(deliveries, outcomes, {shop: 1000 + count for shop, count in wanted.items()}, {}, NOW)
    names = [(one.shop, one.number) for one in books.booked]
    assert len(set(names)) == len(names)
    assert set(names) == {(shop, 1001 + n) for shop, count in wanted.items() for n in range(count)}


@pytest.mark.parametrize(
    ("said", "channel", "policy"),
    [
        ({}, "pos", "all_or_nothing"),
        ({}, "web", "cancel_missing"),
        ({"shortage_policy": "ship_available"}, "pos", None),
    ],
)
def test_what_is_done_where_units_are_short_is_said_by_the_order_else_its_channel_else_its_shop(
    delivery, said, channel, policy
):
    rules = {"pos": ShortagePolicy.ALL_OR_NOTHING, "*": ShortagePolicy.CANCEL_MISSING}
    shop = Shop("seoul-craft", shortage=rules)
    one = delivery(channel=channel, **said)
    books = book([one], [receive(one.reading, None, shop, NOW)], {"seoul-craft": 1001}, {"seoul-craft": shop}, NOW)
    assert books.booked[0].event.body.shortage_policy == (policy or said["shortage_policy"])


def test_who_mails_which_fact_is_said_when_the_order_is_taken(delivery):
    shop = Shop("seoul-craft", mails={"confirmed": Mailer.SHOP, "*": Mailer.WE})
    one = delivery()
    books = book([one], [receive(one.reading, None, shop, NOW)], {"seoul-craft": 1001}, {"seoul-craft": shop}, NOW)
    assert books.booked[0].event.body.told_by == (
        ToldBy(fact="confirmed", who="shop"),
        ToldBy(fact="*", who="we"),
    )
