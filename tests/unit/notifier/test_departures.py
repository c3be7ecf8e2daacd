"""Packages that left: each told once, in the wording that is true of the rest."""

import pytest
from tests.unit.notifier.given import Customer, a_decision, a_package, a_shipment, allocated, an_order, short, what

from notifier.domain.messages import package_name
from notifier.domain.things import Asked, ShipmentLine
from notifier.domain.wordings import DEPARTURES, departure

ALL = a_decision(allocated("1", 2), allocated("2", 1))


def customer_of(decision=ALL, order=None):
    customer = Customer()
    customer.hears(order or an_order(), decision)
    return customer


@pytest.mark.parametrize(
    ("sent_before", "rest", "wording"),
    [
        (False, [], "all"),
        (False, ["follows"], "some"),
        (True, ["follows"], "some"),
        (False, ["late", "follows"], "some"),
        (False, ["stopping"], "some"),
        (True, [], "last"),
        (False, ["cancelled"], "rest_cancelled"),
        (True, ["declined"], "rest_cancelled"),
        (False, ["late"], "rest_late"),
        (True, ["late", "cancelled"], "rest_late"),
    ],
)
def test_the_wording_says_what_becomes_of_the_rest(sent_before, rest, wording):
    assert departure(sent_before, rest) == wording
    assert wording in DEPARTURES


def test_everything_in_one_parcel():
    (letter,) = customer_of().hears(a_shipment(a_package(_1=2, _2=1)))
    assert (letter.wording, what(letter)) == ("all", [("here", 2), ("here", 1)])
    assert letter.about == ("o1-F1/p1",)
    assert letter.words.say["parcels"][0]["url"] == "https://track.example.test/1"


def test_part_of_it_and_then_the_last_items():
    customer = customer_of()
    (first,) = customer.hears(a_shipment(a_package(_1=1)))
    (second,) = customer.hears(a_shipment(a_package(_1=1), a_package("p2", _1=1, _2=1), version=2))
    assert (first.wording, what(first)) == ("some", [("here", 1), ("follows", 1), ("follows", 1)])
    assert (second.wording, second.about, what(second)) == ("last", ("o1-F1/p2",), [("here", 1), ("here", 1)])


def test_packages_that_appear_together_make_one_message():
    (letter,) = customer_of().hears(a_shipment(a_package(_1=2), a_package("p2", _2=1), version=3))
    assert (letter.wording, letter.about) == ("all", ("o1-F1/p1", "o1-F1/p2"))


def test_a_part_whose_rest_is_late():
    customer = customer_of(a_decision(allocated("1", 2), short("2")))
    (letter,) = customer.hears(a_shipment(a_package(_1=2)))
    assert (letter.wording, what(letter)) == ("rest_late", [("here", 2), ("late", 1)])


def test_a_part_whose_rest_is_cancelled():
    customer = customer_of(a_decision(allocated("1", 2), short("2", outcome="cancelled")))
    (letter,) = customer.hears(a_shipment(a_package(_1=2)))
    assert (letter.wording, what(letter)) == ("rest_cancelled", [("here", 2), ("cancelled", 1)])


def test_a_package_told_by_every_later_version_is_told_once():
    customer = customer_of()
    one = a_package(_1=2, _2=1)
    customer.hears(*(a_shipment(one, version=version) for version in (2, 3, 3, 2, 4)))
    assert [letter.about for letter in customer.letters if letter.fact == "shipped"] == [("o1-F1/p1",)]


def test_the_same_package_id_in_two_shipments_is_two_packages():
    customer = customer_of()
    (first,) = customer.hears(a_shipment(a_package(_1=2)))
    (second,) = customer.hears(a_shipment(a_package(_2=1), number=2))
    assert (first.wording, second.wording) == ("some", "last")
    assert (first.about, second.about) == (("o1-F1/p1",), ("o1-F2/p1",))


def test_shipments_told_at_once_know_of_each_other():
    customer = Customer()
    customer.hears(ALL, a_shipment(a_package(_1=2)), a_shipment(a_package(_2=1), number=2))
    _, first, second = customer.hears(an_order())
    assert (first.wording, second.wording) == ("some", "last")


def test_a_shipment_of_a_revision_not_heard_of_waits_for_it():
    customer = customer_of()
    assert customer.hears(a_shipment(a_package(_1=2), revision=2)) == []
    (letter,) = customer.hears(a_decision(allocated("1", 2), short("2", outcome="cancelled"), revision=2))
    assert letter.wording == "rest_cancelled"


def test_a_download_is_not_said_to_follow():
    customer = customer_of(a_decision(allocated("1", 2), allocated("2", 1, location_id=None)))
    (letter,) = customer.hears(a_shipment(a_package(_1=2)))
    assert letter.wording == "all"


def test_what_is_being_stopped_is_not_said_to_follow():
    asked = [Asked("hub", "1", 2), Asked("hub", "2", 1)]
    customer = customer_of(order=an_order(2, cancel_version=2))
    customer.hears(a_decision(allocated("1", 2), allocated("2", 1), revision=2, order_version=2, asked=asked))
    (letter,) = customer.hears(a_shipment(a_package(_1=2), lines=[ShipmentLine("1", 2, 0, 0)]))
    assert (letter.wording, what(letter)) == ("some", [("here", 2), ("stopping", 1)])


def test_only_a_link_to_the_web_is_a_link():
    customer = customer_of()
    bad = a_package(_1=2, _2=1)
    (letter,) = customer.hears(a_shipment(type(bad)("p1", None, None, "javascript:alert(1)", bad.lines)))
    assert letter.words.say["parcels"] == [{"carrier": None, "number": None, "url": None}]


def test_a_package_whose_name_would_be_no_id_is_hashed():
    assert package_name("o1-F1", "p" * 128) != package_name("o1-F1", "p" * 127)
    assert len(package_name("o1-F1", "p" * 128)) <= 128


def test_more_units_than_were_ordered_leave_nothing_to_follow():
    (letter,) = customer_of().hears(a_shipment(a_package(_1=5, _2=1)))
    assert letter.wording == "all"
