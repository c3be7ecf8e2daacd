"""What a door does with a checkout: the one rule for HTTP and Kafka. Pure."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from order_events import Order, PaymentStatus, Problem
from order_intake.domain.cancelling import Changed, OrderState
from order_intake.domain.checkouts import Readable, Reading, Unreadable
from order_intake.domain.editing import Same, TooLate, Word, edit
from order_intake.domain.merging import merged
from order_intake.domain.policy import with_policy
from order_intake.domain.problems import problem
from order_intake.domain.shops import Shop
from order_intake.domain.twins import likeness


class HeldOrder(Struct, frozen=True):
    """What is known of an order that was accepted before.

    `body_hash` is of the newest body's bytes (of what it said, where an older release took it; None where it was taken
    over from the topic): another hash says nothing, `document` is the order itself. `upstream` is what its shop said
    last, where somebody here has changed the order since; `upstream_at` when the shop touched it.
    """

    order_id: str
    name: str
    body_hash: bytes | None
    document: str
    version: int = 1
    cancelled_version: int | None = None
    upstream_at: datetime | None = None
    upstream: str | None = None


class Known(Struct, frozen=True):
    """What a newer state of an order is judged by: the units that have left, and the holds that were released."""

    left: Counter[str] = Counter()
    released: Collection[str] = ()


class Accepted(Struct, frozen=True):
    """A new order; it still wants a name. `likeness`: the number that equal orders of its customer share."""

    reading: Readable
    likeness: int | None = None


class Repeated(Struct, frozen=True):
    """The same order again, or an older state of it, by whichever door: it gets the first one's answer."""

    held: HeldOrder


class Edited(Struct, frozen=True):
    """A newer state of an order that is held: its next version. `upstream`: what its shop said, if we say otherwise."""

    reading: Readable
    changed: Changed
    upstream: Order | None


class Touched(Struct, frozen=True):
    """A newer state of an order that says nothing new; when its shop touched it is kept."""

    reading: Readable
    held: HeldOrder


class Conflict(Struct, frozen=True):
    """Another order under an id that is taken, and not a newer state of it."""

    problems: tuple[Problem, ...]


class Refused(Struct, frozen=True):
    """No order can be made of it."""

    problems: tuple[Problem, ...]


Outcome = Accepted | Repeated | Edited | Touched | Conflict | Refused
NOTHING_KNOWN = Known()


def receive(
    reading: Reading, held: HeldOrder | None, shop: Shop, now: datetime, known: Known = NOTHING_KNOWN
) -> Outcome:
    """What becomes of a checkout, given the order already held under its identity."""
    if isinstance(reading, Unreadable):
        return Refused(reading.problems)
    if held is None:
        return Accepted(reading, likeness(reading.order))
    if held.body_hash == reading.body_hash:
        return Repeated(held)
    order = Order.model_validate_json(held.document)
    said_last = held.upstream_at or order.updated_at
    if reading.order.updated_at < said_last:
        return Repeated(held)
    outcome = newer(reading, held, order, shop, now, known)
    return outcome if reading.order.updated_at > said_last else _of_one_moment(outcome, reading, held, order, shop)


def _of_one_moment(outcome: Outcome, reading: Readable, held: HeldOrder, order: Order, shop: Shop) -> Outcome:
    """What becomes of a state of the very moment of the one that is held, if it were newer and so came to `outcome`."""
    if shop.is_told:
        return outcome if _is_further(reading, held, order) else Repeated(held)
    return Repeated(held) if isinstance(outcome, Touched) else Conflict((_conflict_with(order),))


def _is_further(reading: Readable, held: HeldOrder, order: Order) -> bool:
    """Which of two states of one second is the newer: a shop's clock does not say, how far the order has gone does.

    Of two that have gone equally far the greater hash is taken, so that it does not matter which of them came first.
    """
    last = Order.model_validate_json(held.upstream) if held.upstream else order
    return (_progress(reading.order), reading.body_hash) > (_progress(last), held.body_hash or b"")


def _progress(order: Order) -> tuple[int, ...]:
    """How far an order has gone: over, money given back, sent, paid; each only grows in an order's life."""
    sent = sum(line.fulfilled_elsewhere for line in order.lines)
    paid = list(PaymentStatus).index(order.payment.status)
    return (order.cancellation is not None, len(order.refunds), sent, paid)


def newer(reading: Readable, held: HeldOrder, order: Order, shop: Shop, now: datetime, known: Known) -> Outcome:
    """What a state that is not older makes of the order that is held."""
    said = reading.order
    upstream = Order.model_validate_json(held.upstream) if held.upstream else None
    wanted = merged(upstream, order, said) if upstream else said
    if not reading.says_shortage:
        wanted = wanted.model_copy(update={"shortage_policy": order.shortage_policy})
    wanted = with_policy(wanted, shop, now, order, known.released, reading.causes)
    state = OrderState(order, held.version, held.cancelled_version)
    match edit(state, wanted, known.left, Word(order.shop, is_so=shop.is_told)):
        case TooLate(problems):
            return Refused(problems)
        case Same():
            return Touched(reading, held)
        case changed:
            return Edited(reading, changed, said if upstream else None)


def read_again(reading: Reading, held: HeldOrder, shop: Shop, now: datetime, known: Known) -> Outcome:
    """What the body that an order was made of says, now that more of its shop's words are known.

    Where its shop has said something else since, that is what counts, and it is not kept: nothing is changed.
    """
    order = Order.model_validate_json(held.document)
    if not isinstance(reading, Readable) or reading.order.updated_at != order.updated_at:
        return Repeated(held)
    return newer(reading, held, order, shop, now, known)


def is_newer(reading: Reading, held: HeldOrder | None) -> bool:
    """Whether what is held of its shipments and holds matters for it: it may change the order."""
    return held is not None and isinstance(reading, Readable) and held.body_hash != reading.body_hash


def _conflict_with(held: Order) -> Problem:
    return problem(
        "source_id",
        "conflict",
        f"order {held.name} was accepted under this source_id with another body, updated {held.updated_at.isoformat()};"
        " the order stands as it was accepted; an edit needs a later updated_at, another order another source_id",
    )
