"""A letter of every fact and wording, as the service would keep it."""

from itertools import product

from msgspec.structs import replace
from tests.unit.notifier.given import (
    NOW,
    Customer,
    a_decision,
    a_package,
    a_shipment,
    allocated,
    an_edit,
    an_order,
    short,
)

from notifier.domain.letters import Letter
from notifier.domain.things import Asked, Need, ShipmentLine
from notifier.mail.pages import House, Spoken

HOUSE = House({"seoul-craft": "Seoul Craft"}, replies=True)
LOCALES = ("en-US", "ko-KR")
PLACED = a_decision(allocated("1", 2), allocated("2", 1))
CANCELLED = an_order(2, cancel_version=2)
ASKED_BACK = a_decision(
    allocated("1", 2),
    allocated("2", 1),
    revision=2,
    order_version=2,
    asked=[Asked("hub", "1", 2), Asked("hub", "2", 1)],
)
EXPECTED = "2026-12-01T16:00:00+00:00"  # the second of December in Seoul


def settled(first: int, second: int):
    """The shipment after the cancel, with so many units of each line released."""
    return a_shipment(lines=[ShipmentLine("1", 2, first, 2), ShipmentLine("2", 1, second, 1)])


LESS, MOVED = {"touched": ("1",), "of_lines": True}, {"of_address": True}


def edited(**what):
    """The next version of an order, with one of its mugs taken off if it is of lines."""

    def of(placed):
        first, *others = placed.lines
        lines = (replace(first, cancelled=1), *others) if what.get("of_lines") else placed.lines
        return placed._replace(version=2, lines=lines, edits=(an_edit(2, lines=len(lines), **what),))

    return of


def held_for(reason):
    return lambda placed: placed._replace(version=2, holds=("h-1",), needs=(Need("h-1", reason, 2, NOW),))


def unpaid(placed):
    return placed._replace(version=2, cancel_version=2, expired=True)


DECIDED = a_decision(allocated("1", 1), short("1", 1, "cancelled"), allocated("2", 1), revision=2, order_version=2)
STORIES = {
    "confirmed.placed": [],
    "order_changed.lines": [edited(**LESS), DECIDED],
    "order_changed.address": [edited(**MOVED), DECIDED],
    "order_changed.both": [edited(**LESS, **MOVED), DECIDED],
    "on_hold.address": [held_for("incorrect_address")],
    "on_hold.payment": [held_for("awaiting_payment")],
    "delayed.some": [a_decision(allocated("1", 1), short("1", 1, expected=EXPECTED), allocated("2", 1))],
    "delayed.all": [a_decision(short("1", 2), short("2", 1))],
    "shipped.all": [PLACED, a_shipment(a_package(_1=2, _2=1))],
    "shipped.some": [PLACED, a_shipment(a_package(_1=2))],
    "shipped.last": [
        PLACED,
        a_shipment(a_package(_1=2)),
        a_shipment(a_package(_1=2), a_package("p2", _2=1), version=2),
    ],
    "shipped.rest_cancelled": [a_decision(allocated("1", 2), short("2", 1, "cancelled")), a_shipment(a_package(_1=2))],
    "shipped.rest_late": [a_decision(allocated("1", 2), short("2", 1)), a_shipment(a_package(_1=2))],
    "cancelled.all": [PLACED, CANCELLED, ASKED_BACK, settled(2, 1)],
    "cancelled.expired": [PLACED, unpaid, ASKED_BACK, settled(2, 1)],
    "cancelled.some": [PLACED, CANCELLED, ASKED_BACK, settled(1, 1)],
    "cancelled.none": [PLACED, CANCELLED, ASKED_BACK, settled(0, 0)],
    "cancelled.declined_some": [a_decision(allocated("1", 2), short("2", 1, "declined"))],
    "cancelled.declined_all": [a_decision(short("1", 2, "declined"), short("2", 1, "declined"))],
}
EVERY = list(product(STORIES, LOCALES))


def a_letter(name: str, locale: str = "en-US", /, **order) -> Letter:
    """The letter of that name, such as `shipped.last`, from an order that may be changed in any way."""
    customer = Customer()
    placed = an_order(locale=locale, **order)
    cancelled = placed._replace(version=2, cancel_version=2)
    told = [cancelled if news is CANCELLED else news for news in STORIES[name]]
    customer.hears(placed, *(news(placed) if callable(news) else news for news in told))
    (letter,) = [one for one in customer.letters if f"{one.fact.value}.{one.wording}" == name]
    return letter


def spoken(letter: Letter) -> Spoken:
    return Spoken(letter.fact.value, letter.wording, letter.locale, *letter.words)
