"""From the outcomes of a batch to what is stored, said and answered. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct
from msgspec.json import Decoder

from order_events import (
    AnswerStatus,
    Cause,
    CheckoutAnswered,
    Event,
    Hold,
    Order,
    OrderPlaced,
    Problem,
    event_id,
    trusted,
)
from order_intake.domain.cancelling import Changed
from order_intake.domain.checkouts import Readable, Reading, named
from order_intake.domain.policy import with_policy, with_shortage
from order_intake.domain.problems import problem
from order_intake.domain.receiving import Accepted, Conflict, Edited, HeldOrder, Outcome, Refused, Repeated, Touched
from order_intake.domain.shops import Shop, unregistered
from order_intake.domain.twins import Placed, first_of, held_as_twin

FIRST_VERSION = 1  # what a checkout makes of an order; its answer, also to a repeat, names this version
NOTHING_ALIKE: Mapping[int, Sequence[Placed]] = MappingProxyType({})
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
    likeness: int | None = None


class Heard(Struct, frozen=True):
    """A newer state of an order that is held; `changed` is None where it says nothing new."""

    reading: Readable
    cause: Cause
    changed: Changed | None
    upstream: Order | None


class _HoldRead(Struct, frozen=True):
    reason: str
    note: str | None = None


class _HoldsRead(Struct, frozen=True):
    """Of an order's document, what a repeat is answered by."""

    holds: tuple[_HoldRead, ...] = ()


_holds_in = Decoder(_HoldsRead).decode


class TurnedAway(Struct, frozen=True):
    """A refused body, kept raw under an id that doing it again makes again."""

    refused_id: str
    delivery: Delivery
    problems: tuple[Problem, ...]


class Taken(Struct, frozen=True):
    """The order is ours, now or since before; the same answer by either door. `held`: why it must not leave yet."""

    order_id: str
    checkout_id: str
    name: str
    repeated: bool
    status: AnswerStatus = AnswerStatus.ACCEPTED
    version: int = FIRST_VERSION
    held: tuple[Problem, ...] = ()


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
    heard: list[Heard]
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


def book(
    deliveries: Sequence[Delivery],
    outcomes: Sequence[Outcome],
    last_numbers: Mapping[str, int],
    shops: Mapping[str, Shop],
    now: datetime,
    alike: Mapping[int, Sequence[Placed]] = NOTHING_ALIKE,
) -> Books:
    """Name each accepted order and answer each delivery.

    Args:
        deliveries: what came in.
        outcomes: what becomes of each, in the same order.
        last_numbers: per shop the last of the numbers taken for `names_wanted`; they are given in that order.
        shops: the registered ones, by their folded codes.
        now: when a hold is set.
        alike: by their likeness, orders that stand and are equal to new ones.
    """
    known = defaultdict(list, {number: list(orders) for number, orders in alike.items()})
    wanted = names_wanted(outcomes)
    numbers = {shop: iter(range(last - wanted[shop] + 1, last + 1)) for shop, last in last_numbers.items()}
    books = Books([], [], [], [])
    for delivery, outcome in zip(deliveries, outcomes, strict=True):
        if isinstance(outcome, Accepted):
            reading = outcome.reading
            shop = shops.get(reading.shop) or unregistered(reading.shop)
            order = with_shortage(reading.order, shop) if not reading.says_shortage else reading.order
            placed = with_policy(order, shop, now, found=reading.causes)
            number = next(numbers[reading.shop])
            looked_at = _looked_at(placed, outcome.likeness, name_of(number), known, now)
            _accept(books, delivery, outcome, number, looked_at)
        else:
            _enter(books, delivery, outcome)
    return books


def _looked_at(
    order: OrderPlaced, number: int | None, name: str, known: dict[int, list[Placed]], now: datetime
) -> OrderPlaced:
    """The order, on hold where the same customer ordered the same just before."""
    if number is None:
        return order
    first = first_of(order, known[number])
    known[number].append(Placed(order.order_id, name, order.placed_at))
    return held_as_twin(order, first, now) if first else order


def _accept(books: Books, delivery: Delivery, outcome: Accepted, number: int, placed: OrderPlaced) -> None:
    reading, order = outcome.reading, named(placed, name_of(number))
    event = Event(order, FIRST_VERSION, delivery.cause)
    books.booked.append(Booked(reading.shop, number, reading.body_hash, event, outcome.likeness))
    status = AnswerStatus.HELD if order.holds else AnswerStatus.ACCEPTED
    held = tuple(_told(hold) for hold in order.holds)
    books.answers.append(Taken(order.order_id, order.source_id, order.name, repeated=False, status=status, held=held))


def _told(hold: Hold) -> Problem:
    return problem("", hold.reason, hold.note or "")


def _enter(books: Books, delivery: Delivery, outcome: Outcome) -> None:
    match outcome:
        case Repeated(held):
            books.answers.append(_repeated(held, delivery.reading.checkout_id))
        case Touched(reading, held):
            books.heard.append(Heard(reading, delivery.cause, None, None))
            books.answers.append(_repeated(held, reading.checkout_id))
        case Edited(reading, changed, upstream):
            books.heard.append(Heard(reading, delivery.cause, changed, upstream))
            books.answers.append(_edited(changed))
        case Conflict(problems) | Refused(problems):
            turned = turned_away(delivery, problems)
            books.turned_away.append(turned)
            books.answers.append(_not_taken(turned, conflict=isinstance(outcome, Conflict)))


def _repeated(held: HeldOrder, checkout_id: str) -> Taken:
    """As the first was answered; why it must not leave yet is said as it is now."""
    why = tuple(problem("", one.reason, one.note or "") for one in _holds_in(held.document).holds)
    status = AnswerStatus.HELD if why else AnswerStatus.ACCEPTED
    return Taken(held.order_id, checkout_id, held.name, repeated=True, status=status, held=why)


def _edited(changed: Changed) -> Taken:
    order = changed.state.order
    return Taken(
        order.order_id, order.source_id, order.name, repeated=False, status=AnswerStatus.CHANGED,
        version=changed.state.version, held=tuple(_told(hold) for hold in order.holds),
    )  # fmt: skip


def _not_taken(turned: TurnedAway, *, conflict: bool) -> NotTaken:
    return NotTaken(turned.refused_id, turned.delivery.reading.checkout_id, turned.problems, conflict)


def turned_away(delivery: Delivery, problems: tuple[Problem, ...]) -> TurnedAway:
    """A body of which nothing was made."""
    refused_id = event_id(delivery.cause.id, delivery.cause.time, "refused", delivery.reading.order_id, 1)
    return TurnedAway(refused_id, delivery, problems)


def said_on_kafka(record_id: str, answer: Answer) -> CheckoutAnswered:
    """The answer to a record of `checkout.completed`; it says what HTTP would have said."""
    match answer:
        case Taken(order_id, checkout_id, name, repeated, status, version, held):
            return trusted(
                CheckoutAnswered, record_id=record_id, checkout_id=checkout_id, status=status, repeated=repeated,
                order_id=order_id, name=name, version=version, refused_id=None, problems=held,
            )  # fmt: skip
        case NotTaken(refused_id, checkout_id, problems):
            return trusted(
                CheckoutAnswered, record_id=record_id, checkout_id=checkout_id, status=AnswerStatus.REFUSED,
                repeated=False, order_id=None, name=None, version=None, refused_id=refused_id, problems=problems,
            )  # fmt: skip
