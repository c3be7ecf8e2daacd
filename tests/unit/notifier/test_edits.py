"""A changed order is told once per change, when it is decided and what was asked back is answered."""

from itertools import permutations

from msgspec.structs import replace
from tests.unit.notifier.given import (
    NOW,
    Customer,
    a_decision,
    a_shipment,
    allocated,
    an_edit,
    an_order,
    what,
)

from notifier.domain.things import Asked, Line, Money, ShipmentLine

PLACED = a_decision(allocated("1", 2), allocated("2", 1))
FIRST, SECOND = an_order().lines
LESS = an_order(2, lines=(replace(FIRST, cancelled=1), SECOND), edits=(an_edit(touched=("1",), of_lines=True),))
ASKED = a_decision(
    allocated("1", 2), allocated("2", 1), revision=2, order_version=2, asked=[Asked("hub", "1", 1)]
)  # fmt: skip
MORE = (FIRST, SECOND, Line("3", "Item 3", 4, Money(100, "KRW")))


def answer(released: int):
    return a_shipment(lines=[ShipmentLine("1", 2, released, 1)])


def after(*news):
    customer = Customer()
    customer.hears(an_order(), PLACED, *news)
    return customer


def kinds(letters):
    return [(letter.fact.value, letter.wording) for letter in letters]


def test_a_part_taken_off_is_told_when_it_was_given_back():
    customer = after(LESS)
    assert customer.hears(ASKED) == []
    (letter,) = customer.hears(answer(1))
    assert kinds([letter]) == [("order_changed", "lines")]
    assert what(letter) == [("changed", 1), ("taken_off", 1), ("stays", 1)]
    assert letter.key == "o1|order_changed|v2"


def test_what_could_not_be_stopped_is_not_said_to_be_taken_off():
    (letter,) = after(LESS, ASKED).hears(answer(0))
    assert what(letter) == [("changed", 1), ("kept", 1), ("stays", 1)]


def test_a_line_of_which_nothing_is_wanted_any_more_is_only_taken_off():
    off = LESS._replace(lines=(replace(FIRST, cancelled=2), SECOND))
    (letter,) = after(off).hears(a_decision(allocated("2", 1), revision=2, order_version=2))
    assert what(letter) == [("taken_off", 2), ("stays", 1)]


def test_a_new_line_is_told_as_new():
    more = an_order(2, lines=MORE, edits=(an_edit(of_lines=True, lines=3),))
    (letter,) = after(more).hears(a_decision(revision=2, order_version=2))
    assert what(letter) == [("stays", 2), ("stays", 1), ("added", 4)]


def test_a_line_that_was_new_before_is_not_new_again():
    more = an_order(2, lines=MORE, edits=(an_edit(of_lines=True, lines=3),))
    again = an_order(3, lines=MORE, edits=(an_edit(3, touched=("3",), of_lines=True, lines=3),))
    customer = after(more, a_decision(revision=2, order_version=2), again)
    (letter,) = customer.hears(a_decision(revision=3, order_version=3))
    assert what(letter) == [("stays", 2), ("stays", 1), ("changed", 4)]


def test_a_new_address_is_told_with_the_address_and_a_changed_line_without():
    moved = an_order(2, edits=(an_edit(of_address=True),))
    (letter,) = after(moved).hears(a_decision(revision=2, order_version=2))
    assert (letter.wording, letter.words.personal["address"]) == ("address", ["김민아", "세종대로 110", "서울"])
    (letter,) = after(LESS).hears(a_decision(revision=2, order_version=2))
    assert "address" not in letter.words.personal


def test_changes_that_are_decided_together_are_told_together_and_none_again():
    moved = an_order(3, lines=LESS.lines, edits=(an_edit(3, of_address=True),))
    customer = after(LESS, moved)
    assert customer.hears(a_decision(revision=2, order_version=2)) == []
    (letter,) = customer.hears(a_decision(revision=3, order_version=3))
    assert (letter.about, letter.wording) == (("v2", "v3"), "both")
    assert customer.hears(LESS, moved, a_decision(revision=4, order_version=3)) == []


def test_a_change_that_is_no_edit_is_not_told():
    assert after(an_order(2)).hears(a_decision(revision=2, order_version=2)) == []


def test_an_edit_that_a_cancel_overtook_is_not_told():
    cancelled = an_order(3, cancel_version=3)
    customer = after(LESS, cancelled, a_decision(revision=3, order_version=3))
    assert [(one.fact.value, one.reason) for one in customer.letters] == [
        ("confirmed", None),
        ("order_changed", "overtaken"),
        ("cancelled", None),
    ]


def test_every_order_of_arrival_tells_the_same_edits():
    news = [an_order(), PLACED, LESS, ASKED, answer(1)]
    for arrival in permutations(news):
        customer = Customer()
        customer.hears(*arrival)
        assert customer.told() == {("confirmed", ""), ("order_changed", "v2")}


def test_an_order_that_was_edited_before_it_was_heard_of_is_confirmed_as_it_is():
    customer = Customer()
    (letter,) = customer.hears(LESS)
    assert (letter.fact, what(letter)) == ("confirmed", [("ordered", 1), ("ordered", 1)])
    assert letter.words.say["items"] == {"amount": 36000, "currency": "KRW"}
    assert letter.words.say["lines"][0]["amount"] == 18000
    assert customer.held.order.at == NOW
