"""What a door does with a checkout: the one rule for HTTP and Kafka. Pure."""

from msgspec import Struct

from order_events import Order, Problem
from order_intake.domain.checkouts import Readable, Reading, Unreadable, says_the_same
from order_intake.domain.problems import problem


class HeldOrder(Struct, frozen=True):
    """What is known of an order that was accepted before.

    `body_hash` is of the accepted body's bytes (of what it said, where an older release took it; None where it was
    taken over from the topic): another hash says nothing, `document` is the order itself.
    """

    order_id: str
    name: str
    body_hash: bytes | None
    document: str


class Accepted(Struct, frozen=True):
    """A new order; it still wants a name."""

    reading: Readable


class Repeated(Struct, frozen=True):
    """The same order again, by whichever door: it gets the first one's answer."""

    held: HeldOrder


class Conflict(Struct, frozen=True):
    """Another order under an id that is taken, and not a newer state of it."""

    problems: tuple[Problem, ...]


class Refused(Struct, frozen=True):
    """No order can be made of it."""

    problems: tuple[Problem, ...]


Outcome = Accepted | Repeated | Conflict | Refused


def receive(reading: Reading, held: HeldOrder | None) -> Outcome:
    """What becomes of a checkout, given the order already held under its identity."""
    if isinstance(reading, Unreadable):
        return Refused(reading.problems)
    if held is None:
        return Accepted(reading)
    if held.body_hash == reading.body_hash:
        return Repeated(held)
    order = Order.model_validate_json(held.document)
    if says_the_same(order, reading.order):
        return Repeated(held)
    if reading.order.updated_at > order.updated_at:
        return Refused((_edit_of(order),))
    return Conflict((_conflict_with(order),))


def _edit_of(held: Order) -> Problem:
    return problem(
        "updated_at",
        "edit_not_supported",
        f"this is a newer state of order {held.name}, and an order cannot be edited yet: the order stands as it was "
        "accepted; to change it, cancel it and send it under another source_id",
    )


def _conflict_with(held: Order) -> Problem:
    return problem(
        "source_id",
        "conflict",
        f"order {held.name} was accepted under this source_id with another body, updated {held.updated_at.isoformat()};"
        " the order stands as it was accepted; another order needs another source_id",
    )
