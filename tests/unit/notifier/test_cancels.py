"""A cancel is told when every ask is answered, and says what could not be stopped."""

from tests.unit.notifier.given import (
    Customer,
    a_decision,
    a_package,
    a_shipment,
    allocated,
    an_order,
    later,
    short,
    what,
)

from notifier.domain.things import Asked, ShipmentLine

PLACED = a_decision(allocated("1", 2), allocated("2", 1))
ASKED = a_decision(
    allocated("1", 2),
    allocated("2", 1),
    revision=2,
    order_version=2,
    asked=[Asked("hub", "1", 2), Asked("hub", "2", 1)],
)
CANCELLED = an_order(2, cancel_version=2)


def after_the_cancel():
    customer = Customer()
    customer.hears(an_order(), PLACED, CANCELLED, ASKED)
    return customer


def answer(released: int, *packages, version=2):
    """The shipment once all is answered, with so many of the two mugs released; the tea is always released."""
    lines = [ShipmentLine("1", 2, released, 2), ShipmentLine("2", 1, 1, 1)]
    return a_shipment(*packages, lines=lines, version=version)


def test_a_cancel_is_not_told_before_it_is_answered():
    customer = after_the_cancel()
    assert [letter.fact for letter in customer.letters] == ["confirmed"]
    asked_only_half = [ShipmentLine("1", 2, 1, 1), ShipmentLine("2", 1, 1, 1)]
    assert customer.hears(a_shipment(lines=asked_only_half)) == []


def test_all_was_stopped():
    (letter,) = after_the_cancel().hears(answer(2))
    assert (letter.fact, letter.wording, what(letter)) == ("cancelled", "all", [("cancelled", 2), ("cancelled", 1)])
    assert letter.about == ()


def test_some_had_already_left():
    shipped, cancelled = after_the_cancel().hears(answer(1, a_package(_1=1)))
    assert (shipped.fact, shipped.wording) == ("shipped", "some")
    assert (cancelled.wording, what(cancelled)) == ("some", [("kept", 1), ("cancelled", 1), ("cancelled", 1)])


def test_nothing_could_be_stopped():
    kept = [ShipmentLine("1", 2, 0, 2), ShipmentLine("2", 1, 0, 1)]
    (letter,) = after_the_cancel().hears(a_shipment(lines=kept))
    assert (letter.wording, what(letter)) == ("none", [("kept", 2), ("kept", 1)])


def test_a_cancel_is_told_once():
    customer = after_the_cancel()
    customer.hears(answer(2), answer(2, version=3), an_order(3, cancel_version=3), PLACED)
    assert [letter.fact for letter in customer.letters] == ["confirmed", "cancelled"]


def test_asks_at_every_place_are_waited_for():
    customer = Customer()
    customer.hears(an_order(), PLACED, CANCELLED)
    customer.hears(
        a_decision(
            allocated("1", 2), allocated("2"), revision=2, order_version=2,
            asked=[Asked("hub", "1", 2), Asked("bench", "2", 1)],
        )
    )  # fmt: skip
    assert customer.hears(a_shipment(lines=[ShipmentLine("1", 2, 2, 2)])) == []
    at_bench = a_shipment(number=2, location_id="bench", lines=[ShipmentLine("2", 1, 1, 1)])
    assert [letter.wording for letter in customer.hears(at_bench)] == ["all"]


def test_an_order_of_which_nothing_was_assigned_is_cancelled_at_once():
    customer = Customer()
    customer.hears(an_order(), a_decision(short("1", 2), short("2")), CANCELLED)
    gone = (short("1", 2, "cancelled"), short("2", 1, "cancelled"))
    (letter,) = customer.hears(a_decision(*gone, revision=2, order_version=2))
    assert (letter.fact, letter.wording) == ("cancelled", "all")


def test_the_decision_must_answer_the_cancel_and_not_the_version_before():
    customer = Customer()
    customer.hears(an_order(), CANCELLED)
    assert customer.hears(a_decision(short("1", 2, "declined"), short("2", 1, "declined")))[0].reason == "overtaken"
    assert [letter.fact for letter in customer.letters] == ["confirmed", "cancelled"]
    assert customer.letters[-1].about == ("1", "2")


def test_the_lowest_version_known_as_cancelled_is_the_one_to_be_answered():
    customer = Customer()
    customer.hears(an_order(3, cancel_version=3), CANCELLED, ASKED)
    assert customer.held.order.version == 3
    assert [letter.wording for letter in customer.hears(answer(2))] == ["all"]


def test_what_was_to_be_told_before_a_cancel_is_overtaken_by_it():
    customer = Customer()
    customer.hears(a_decision(short("1", 2), allocated("2")), CANCELLED)
    assert [(letter.fact, letter.reason) for letter in customer.letters] == [
        ("confirmed", "overtaken"),
        ("delayed", "overtaken"),
    ]


def test_a_cancel_is_as_new_as_its_last_answer():
    customer = Customer(now=later(100))
    customer.hears(an_order(), PLACED, CANCELLED, ASKED)
    late = answer(2)
    (letter,) = customer.hears(a_shipment(lines=late.lines, version=2, at=later(99)))
    assert (letter.fact, letter.reason) == ("cancelled", None)
