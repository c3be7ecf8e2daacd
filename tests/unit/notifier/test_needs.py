"""An order that waits for its customer is told so, once per hold, and never when it waits no more."""

import pytest
from msgspec.structs import replace
from tests.unit.notifier.given import NOW, Customer, a_decision, a_shipment, allocated, an_order, what

from notifier.domain.things import Asked, Need, ShipmentLine

ADDRESS = Need("h-1", "incorrect_address", 1, NOW)
PAYMENT = Need("h-2", "awaiting_payment", 1, NOW)


def held(*needs, version=1):
    return an_order(version, holds=tuple(need.hold_id for need in needs), needs=needs)


def told(letters):
    return [(letter.fact.value, letter.wording, letter.reason) for letter in letters]


def test_what_the_customer_must_do_is_told_with_the_address_where_that_is_wrong():
    confirmed, address, payment = Customer().hears(held(ADDRESS, PAYMENT))
    assert told([confirmed, address, payment]) == [
        ("confirmed", "placed", None),
        ("on_hold", "address", None),
        ("on_hold", "payment", None),
    ]
    assert address.words.personal["address"] == ["김민아", "세종대로 110", "서울"]
    assert "address" not in payment.words.personal
    assert address.key == "o1|on_hold|h-1"


def test_a_hold_is_told_once_however_often_the_order_changes():
    customer = Customer()
    customer.hears(held(ADDRESS), held(ADDRESS, version=2), held(ADDRESS, version=3), held(ADDRESS))
    assert len(customer.letters) == 2


def test_a_hold_that_was_released_before_it_was_heard_of_is_overtaken():
    letters = Customer().hears(an_order(2), held(ADDRESS))
    assert told(letters) == [("confirmed", "placed", None), ("on_hold", "address", "overtaken")]


@pytest.mark.parametrize(("expired", "wording"), [(True, "expired"), (False, "all")])
def test_an_order_that_was_not_paid_in_time_is_told_so(expired, wording):
    customer = Customer()
    customer.hears(an_order(), a_decision(allocated("1", 2)))
    customer.hears(an_order(2, cancel_version=2, expired=expired))
    (letter,) = customer.hears(a_decision(revision=2, order_version=2))
    assert (letter.fact, letter.wording) == ("cancelled", wording)


def test_units_that_the_shop_had_sent_are_not_said_to_be_cancelled():
    first, second = an_order().lines
    customer = Customer()
    customer.hears(an_order(2, cancel_version=2, lines=(replace(first, fulfilled_elsewhere=1), second)))
    asked = [Asked("hub", "1", 1), Asked("hub", "2", 1)]
    customer.hears(a_decision(revision=2, order_version=2, asked=asked))
    (letter,) = customer.hears(a_shipment(lines=[ShipmentLine("1", 1, 1, 1), ShipmentLine("2", 1, 1, 1)]))
    assert what(letter) == [("kept", 1), ("cancelled", 1), ("cancelled", 1)]
