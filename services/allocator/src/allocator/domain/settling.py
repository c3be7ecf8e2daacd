"""A batch, order after order, against one working copy of the stock: the last unit goes to the first order."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from allocator.domain.allocation import Held
from allocator.domain.decision import decide
from allocator.domain.network import Network
from allocator.domain.order import Order
from allocator.domain.shipments import Shipment, account, fold
from allocator.domain.stock import Shelf
from order_events import Cause


class Heard(NamedTuple):
    """One fact about an order: its new version, the state of a shipment, or neither (its stock has come)."""

    order_id: str
    cause: Cause
    order: Order | None = None
    shipment: Shipment | None = None


class Said(NamedTuple):
    """A decision to announce as its revision, and what caused it."""

    held: Held
    cause: Cause


@dataclass(slots=True)
class Settled:
    """What a batch comes to: the allocations that changed, by order, and what is to be said of them in turn."""

    changed: dict[str, Held] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)


def settle(facts: Iterable[Heard], held: dict[str, Held], shelf: Shelf, network: Network) -> Settled:
    """Take each fact in turn: hold it, and decide its order anew where that may change the answer.

    Args:
        facts: in the order in which they count.
        held: what is held of their orders, as far as anything is.
        shelf: the stock of all their SKUs; what is decided is booked on it.
        network: the places and the rates.
    """
    settled = Settled()
    for fact in facts:
        before = settled.changed.get(fact.order_id) or held.get(fact.order_id) or Held(fact.order_id)
        after = _taken_in(fact, before, shelf)
        if after is None:
            continue
        if after.order is not None:
            decision = decide(after, shelf, network)
            shelf.book(decision.moves, fact.cause)
            after = decision.held
            if decision.said:
                settled.said.append(Said(after, fact.cause))
        if after is not before:
            settled.changed[fact.order_id] = after
    return settled


def _taken_in(fact: Heard, held: Held, shelf: Shelf) -> Held | None:
    """Hold what the fact says, and book the stock that moved; None when it says nothing new."""
    if fact.shipment is not None:
        folded = fold(held, fact.shipment)
    elif fact.order is None:
        return held
    elif held.order is not None:
        return replace(held, order=fact.order) if fact.order.version > held.order.version else None
    elif not held.shipments:
        return Held(fact.order_id, fact.order)
    else:
        folded = account(replace(held, order=fact.order))
    if folded is None:
        return None
    shelf.book(folded.moves, fact.cause)
    return folded.held
