"""From the outcomes of a batch to what is stored, said and answered. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from order_events import AnswerStatus, Cause, CheckoutAnswered, Event, Problem, event_id, trusted
from order_intake.domain.checkouts import Reading, named
from order_intake.domain.receiving import Accepted, Conflict, Outcome, Refused, Repeated

FIRST_VERSION = 1  # what a checkout makes of an order; its answer, also to a repeat, names this version
LONGEST_NUMBER = 15  # digits; a shop's counter is a bigint


class Delivery(Struct, frozen=True):
    """One body as it came in: by which door, where that stands, and what its answer is caused by."""

    door: str
    place: Iterable[str | int]
    headers: Sequence[tuple[str, bytes]]
    raw: bytes
    reading: Reading
    cause: Cause


class Booked(Struct, frozen=True):
    """An accepted order with its name, as it is said and stored."""

    shop: str
    number: int
    body_hash: bytes | None
    event: Event


class TurnedAway(Struct, frozen=True):
    """A refused body, kept raw under an id that doing it again makes again."""

    refused_id: str
    delivery: Delivery
    problems: tuple[Problem, ...]


class Taken(Struct, frozen=True):
    """The order is ours, now or since before; the same answer by either door."""

    order_id: str
    checkout_id: str
    name: str
    repeated: bool


class NotTaken(Struct, frozen=True):
    """No order was made of it; `conflict` where another order stands under its identity."""

    refused_id: str
    checkout_id: str
    problems: tuple[Problem, ...]
    conflict: bool


Answer = Taken | NotTaken


@dataclass(frozen=True, slots=True)
class Books:
    """What a batch comes to; `answers` stand in the order of the deliveries."""

    booked: list[Booked]
    turned_away: list[TurnedAway]
    answers: list[Answer]


def name_of(number: int) -> str:
    """An order's name, as customers and operators say it."""
    return f"#{number}"


def number_of(name: str) -> int | None:
    """The number in an order's name, with or without its sign; None where it is no name."""
    digits = name.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER else None


def names_wanted(outcomes: Sequence[Outcome]) -> Counter[str]:
    """How many new orders each shop has, by its folded code."""
    return Counter(outcome.reading.shop for outcome in outcomes if isinstance(outcome, Accepted))


def book(deliveries: Sequence[Delivery], outcomes: Sequence[Outcome], last_numbers: Mapping[str, int]) -> Books:
    """Name each accepted order and answer each delivery.

    Args:
        deliveries: what came in.
        outcomes: what becomes of each, in the same order.
        last_numbers: per shop the last of the numbers taken for `names_wanted`; they are given in that order.
    """
    wanted = names_wanted(outcomes)
    numbers = {shop: iter(range(last - wanted[shop] + 1, last + 1)) for shop, last in last_numbers.items()}
    books = Books([], [], [])
    for delivery, outcome in zip(deliveries, outcomes, strict=True):
        _enter(books, delivery, outcome, numbers)
    return books


def _enter(books: Books, delivery: Delivery, outcome: Outcome, numbers: Mapping[str, Iterator[int]]) -> None:
    match outcome:
        case Accepted(reading):
            number = next(numbers[reading.shop])
            order = named(reading.order, name_of(number))
            event = Event(order, FIRST_VERSION, delivery.cause)
            books.booked.append(Booked(reading.shop, number, reading.body_hash, event))
            books.answers.append(Taken(order.order_id, order.source_id, order.name, repeated=False))
        case Repeated(held):
            books.answers.append(Taken(held.order_id, delivery.reading.checkout_id, held.name, repeated=True))
        case Conflict(problems) | Refused(problems):
            turned = TurnedAway(_refused_id(delivery), delivery, problems)
            books.turned_away.append(turned)
            books.answers.append(_not_taken(turned, conflict=isinstance(outcome, Conflict)))


def _not_taken(turned: TurnedAway, *, conflict: bool) -> NotTaken:
    return NotTaken(turned.refused_id, turned.delivery.reading.checkout_id, turned.problems, conflict)


def _refused_id(delivery: Delivery) -> str:
    return event_id(delivery.cause.id, delivery.cause.time, "refused", delivery.reading.order_id, 1)


def said_on_kafka(record_id: str, answer: Answer) -> CheckoutAnswered:
    """The answer to a record of `checkout.completed`; it says what HTTP would have said."""
    match answer:
        case Taken(order_id, checkout_id, name, repeated):
            return trusted(
                CheckoutAnswered, record_id=record_id, checkout_id=checkout_id, status=AnswerStatus.ACCEPTED,
                repeated=repeated, order_id=order_id, name=name, version=FIRST_VERSION, refused_id=None, problems=(),
            )  # fmt: skip
        case NotTaken(refused_id, checkout_id, problems):
            return trusted(
                CheckoutAnswered, record_id=record_id, checkout_id=checkout_id, status=AnswerStatus.REFUSED,
                repeated=False, order_id=None, name=None, version=None, refused_id=refused_id, problems=problems,
            )  # fmt: skip
