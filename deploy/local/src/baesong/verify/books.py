"""The books: all that is known of an instance, from every source, and the indexes the rules look things up in."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from baesong.verify.held import (
    BlockedRow,
    EffectRow,
    MessageRow,
    OutboxRow,
    ParkedRow,
    PartnerPackage,
    Sent,
    Shelf,
    Stock,
)
from baesong.verify.said import Answer, CheckoutRead, Decision, Notice, Order, Said, Shipment

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
Spot = tuple[str, str, str]  # (order, location, line)


class Sums(NamedTuple):
    """The sums over all shipments of one place for one line of an order; `over`: left although given back before."""

    ordered: int = 0
    shipped: int = 0
    released: int = 0
    answered: int = 0
    over: int = 0


@dataclass
class Topics:
    """What was read from the topics; `said` holds a record once for each different body under its id.

    Args:
        records: how many were read, per topic as it is called without prefix.
        unreadable: the places of records that are no events, or not JSON.
        dead_letters: the dead letters found, by topic and by the place and the event of what they copy.
    """

    records: dict[str, int] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    checkouts: list[CheckoutRead] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    dead_letters: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Databases:
    """What the services' databases hold.

    Args:
        loaded: what rows of the stock's ledger that are no order's brought on hand.
        missing: units that left though the books had none, so that nothing was taken from what is on hand.
        replies: the statuses of replies to requests at the door for orders, by the request's own key.
    """

    balances: dict[Shelf, Stock] = field(default_factory=dict)
    ledger: dict[Shelf, Stock] = field(default_factory=dict)
    loaded: dict[Shelf, int] = field(default_factory=dict)
    missing: dict[Shelf, int] = field(default_factory=dict)
    replies: dict[str, int] = field(default_factory=dict)
    messages: list[MessageRow] = field(default_factory=list)
    effects: list[EffectRow] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    pending: list[OutboxRow] = field(default_factory=list)
    blocked: list[BlockedRow] = field(default_factory=list)
    parked: list[ParkedRow] = field(default_factory=list)


@dataclass
class Evidence:
    """The outsiders' own lists; None where there is no such list."""

    sent: list[Sent] | None = None
    partner_packages: list[PartnerPackage] | None = None


def grouped(things: Iterable[T], keys: Iterable[K]) -> dict[K, list[T]]:
    """Group things by their keys, which come in the same order."""
    groups: dict[K, list[T]] = defaultdict(list)
    for thing, key in zip(things, keys, strict=True):
        groups[key].append(thing)
    return dict(groups)


@dataclass
class Books:
    """One instance's books; `mails` names the message each mail in the sink carries; None: mail ends elsewhere."""

    topics: Topics
    databases: Databases
    evidence: Evidence
    mails: list[str] | None

    @cached_property
    def orders(self) -> Mapping[str, Order]:
        """The newest version of each order, by id."""
        return {order.order_id: order for order in sorted(self.topics.orders, key=lambda o: o.version)}

    @cached_property
    def decided(self) -> Mapping[str, Decision]:
        """The newest revision of each order's allocation, by order."""
        return {one.order_id: one for one in sorted(self.topics.decisions, key=lambda d: d.revision)}

    @cached_property
    def decisions_of(self) -> Mapping[str, list[Decision]]:
        """All revisions, by order."""
        return grouped(self.topics.decisions, (one.order_id for one in self.topics.decisions))

    @cached_property
    def shipments(self) -> Mapping[str, Shipment]:
        """The newest version of each shipment, by id."""
        return {one.shipment_id: one for one in sorted(self.topics.shipments, key=lambda s: s.version)}

    @cached_property
    def notices(self) -> Mapping[str, Notice]:
        """The final word on each message, by id."""
        return {one.message_id: one for one in sorted(self.topics.notices, key=lambda n: n.version)}

    @cached_property
    def told(self) -> Mapping[tuple[str, str], list[Notice]]:
        """The final words on the messages of an order, by order and fact."""
        final = list(self.notices.values())
        return grouped(final, ((one.order_id, one.fact) for one in final))

    @cached_property
    def answers_of(self) -> Mapping[str, list[Answer]]:
        """All answers, by the id of the record they answer."""
        return grouped(self.topics.answers, (one.record_id for one in self.topics.answers))

    @cached_property
    def conflicts_of(self) -> Mapping[str, list[Answer]]:
        """The answers to records that reuse an id with another body, by that id: they are told by a hash behind it."""
        others = [one for one in self.topics.answers if "#" in one.record_id]
        return grouped(others, (one.record_id.rpartition("#")[0] for one in others))

    @cached_property
    def places(self) -> Mapping[Spot, Sums]:
        """Per order, location and line the sums over the shipments there."""
        sums: dict[Spot, Sums] = defaultdict(Sums)
        for shipment in self.shipments.values():
            for line in shipment.lines:
                spot = (shipment.order_id, shipment.location_id, line.line_id)
                over = max(0, min(line.shipped, line.shipped + line.released - line.ordered))
                own = Sums(line.ordered, line.shipped, line.released, line.answered, over)
                sums[spot] = Sums(*(a + b for a, b in zip(sums[spot], own, strict=True)))
        return dict(sums)

    @cached_property
    def allocated(self) -> Mapping[Spot, int]:
        """Per order, location and line the units that the newest decision gives that place; some need none."""
        sums: dict[Spot, int] = defaultdict(int)
        for decision in self.decided.values():
            for units in decision.units:
                if units.outcome == "allocated" and units.location_id:
                    sums[decision.order_id, units.location_id, units.line_id] += units.quantity
        return dict(sums)
