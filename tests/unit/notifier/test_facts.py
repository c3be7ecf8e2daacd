"""Which facts are told, once each, in whatever order they become known."""

from itertools import permutations

from tests.unit.notifier.given import Customer, a_decision, a_package, a_shipment, allocated, an_order, short, what

BOTH = a_decision(allocated("1", 2), allocated("2", 1))


def kinds(letters):
    return [(letter.fact.value, letter.wording) for letter in letters]


def test_an_order_is_confirmed_when_it_is_placed():
    (letter,) = Customer().hears(an_order())
    assert (letter.fact, letter.reason, what(letter)) == ("confirmed", None, [("ordered", 2), ("ordered", 1)])


def test_an_order_is_confirmed_once_however_often_it_changes():
    customer = Customer()
    customer.hears(an_order(), an_order(2), an_order(3), an_order(2), an_order())
    assert kinds(customer.letters) == [("confirmed", "placed")]


def test_an_order_whose_placing_was_skipped_is_confirmed_by_its_change():
    assert kinds(Customer().hears(an_order(2))) == [("confirmed", "placed")]


def test_nothing_is_told_of_an_order_not_heard_of_yet():
    customer = Customer()
    assert customer.hears(a_decision(allocated("1", 2), short("2")), a_shipment(a_package(_1=2))) == []
    assert kinds(customer.hears(an_order())) == [
        ("confirmed", "placed"),
        ("delayed", "all"),
        ("shipped", "rest_late"),
    ]


def test_a_decision_that_serves_everything_is_no_news():
    customer = Customer()
    customer.hears(an_order())
    assert customer.hears(BOTH) == []


def test_a_delay_says_what_comes_and_what_does_not_and_why_and_when():
    customer = Customer()
    customer.hears(an_order())
    late = short("1", 1, expected="2026-12-01T00:00:00+00:00")
    (letter,) = customer.hears(a_decision(allocated("1", 1), late, allocated("2", 1)))
    assert kinds([letter]) == [("delayed", "some")]
    assert letter.about == ("1",)
    assert what(letter) == [("late", 1), ("now", 1), ("now", 1)]
    assert letter.words.say["lines"][0]["reason"] == "out_of_stock"
    assert letter.words.say["lines"][0]["expected"] == "2026-12-01T00:00:00+00:00"
    assert letter.key == "o1|delayed|1@2026-12-01"


def test_a_line_told_late_is_not_told_late_again():
    customer = Customer()
    customer.hears(an_order(), a_decision(short("1", 2), allocated("2")))
    assert customer.hears(a_decision(short("1", 1), allocated("1", 1), allocated("2"), revision=2)) == []
    (letter,) = customer.hears(a_decision(short("1", 1), allocated("1", 1), short("2"), revision=3))
    assert letter.about == ("2",)


def test_a_shortage_that_passed_before_it_could_be_told_is_recorded_as_overtaken():
    customer = Customer()
    customer.hears(a_decision(short("1", 2), allocated("2")), a_decision(allocated("1", 2), allocated("2"), revision=2))
    confirmed, delayed = customer.hears(an_order())
    assert (confirmed.reason, delayed.reason) == (None, "overtaken")


def test_units_that_left_are_not_said_to_come():
    customer = Customer()
    customer.hears(an_order(), BOTH, a_shipment(a_package(_1=2)))
    (letter,) = customer.hears(a_decision(allocated("1", 2), short("2"), revision=2))
    assert (letter.wording, what(letter)) == ("all", [("late", 1)])


def test_a_line_we_give_up_is_told_as_cancelled_by_us():
    customer = Customer()
    customer.hears(an_order())
    (letter,) = customer.hears(a_decision(allocated("1", 2), short("2", outcome="declined")))
    assert kinds([letter]) == [("cancelled", "declined_some")]
    assert (letter.about, what(letter)) == (("2",), [("now", 2), ("declined", 1)])


def test_an_order_we_give_up_is_told_so_once():
    customer = Customer()
    customer.hears(an_order())
    nothing = (short("1", 2, "declined"), short("2", 1, "declined"))
    assert kinds(customer.hears(a_decision(*nothing), a_decision(*nothing, revision=2))) == [
        ("cancelled", "declined_all")
    ]


def test_a_decision_on_a_version_not_heard_of_waits_for_it():
    customer = Customer()
    customer.hears(an_order())
    assert customer.hears(a_decision(short("1", 2), allocated("2"), order_version=2)) == []
    assert kinds(customer.hears(an_order(2))) == [("delayed", "some")]


def test_every_order_of_arrival_tells_the_same():
    news = [
        an_order(),
        a_decision(allocated("1", 2), short("2")),
        a_decision(allocated("1", 2), allocated("2"), revision=2),
        a_shipment(a_package(_1=2)),
        a_shipment(a_package(_1=2), a_package("p2", _2=1), version=2, revision=2),
    ]
    wanted = {("confirmed", ""), ("delayed", "2"), ("shipped", "o1-F1/p1"), ("shipped", "o1-F1/p2")}
    for arrival in permutations(news):
        customer = Customer()
        customer.hears(*arrival)
        assert customer.told() == wanted
        assert len({letter.key for letter in customer.letters}) == len(customer.letters)


def test_a_message_has_the_same_id_whenever_it_is_decided():
    one, other = Customer(), Customer()
    one.hears(an_order(), BOTH, a_shipment(a_package(_1=2)))
    other.hears(a_shipment(a_package(_1=2)), BOTH, an_order())
    assert {letter.message_id for letter in one.letters} == {letter.message_id for letter in other.letters}
