"""Why a message is not sent although its fact is true."""

import pytest
from tests.unit.notifier.given import NOW, POLICY, an_order, later
from tests.unit.notifier.given import Customer as Told

from notifier.domain.sending import Policy, recipient_hash
from notifier.domain.things import Customer


def reason(order=None, policy=POLICY, now=NOW):
    (letter,) = Told(policy, now).hears(order or an_order())
    return letter.reason


def test_a_message_is_sent_where_nothing_speaks_against_it():
    assert reason() is None


def test_a_test_order_gets_no_mail():
    assert reason(an_order(test=True)) == "test_order"


def test_what_the_shop_tells_its_customers_itself_is_not_told_again():
    assert reason(an_order(told_by={"confirmed": "shop"})) == "told_by_shop"
    assert reason(an_order(told_by={"*": "nobody"})) == "told_by_nobody"
    assert reason(an_order(told_by={"*": "shop", "confirmed": "we"})) is None
    assert reason(an_order(told_by={"shipped": "shop"})) is None


@pytest.mark.parametrize("customer", [Customer("Kim"), Customer("Kim", ""), Customer()])
def test_an_order_without_an_address_gets_no_mail(customer):
    assert reason(an_order(customer=customer)) == "no_email"


@pytest.mark.parametrize(
    "email", ["a@b", "a b@example.test", "김@example.test", "<a>@example.test", "a@example.test\n"]
)
def test_an_address_no_server_would_take_gets_no_mail(email):
    assert reason(an_order(customer=Customer(email=email))) == "bad_address"


def test_with_mail_off_messages_are_recorded_and_not_sent():
    assert reason(policy=Policy(mail_on=False, hash_key=b"k")) == "mail_off"


def test_a_fact_older_than_three_days_at_first_sight_is_stale():
    assert reason(now=later(72)) is None
    assert reason(now=later(72.1)) == "stale"


def test_what_concerns_the_order_is_said_before_what_concerns_the_sending():
    off = Policy(mail_on=False, hash_key=b"k")
    assert reason(an_order(test=True, customer=Customer()), off, later(100)) == "test_order"
    assert reason(an_order(2, cancel_version=2), off, later(100)) == "overtaken"


def test_a_recipient_is_known_to_others_only_as_a_keyed_hash():
    (letter,) = Told().hears(an_order())
    assert letter.recipient == recipient_hash(b"a key", " MINA@example.test")
    assert letter.recipient != recipient_hash(b"another key", "mina@example.test")
    assert "mina" not in letter.recipient
    assert recipient_hash(b"a key", None) is None


def test_only_the_confirmation_carries_address_and_gift_message():
    (letter,) = Told().hears(an_order())
    assert letter.words.personal["gift_message"] == "생일 축하해!"
    assert letter.words.personal["address"] == ["김민아", "세종대로 110", "서울"]
    assert "mina" not in str(letter.words.say)
