"""Counts what the topics say, record by record; nothing is assumed."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic_core import from_json

from baesong.demo.seen import (
    DecisionSeen,
    Json,
    MessageSeen,
    OrderSeen,
    ShipmentSeen,
    decision_seen,
    order_seen,
    shipment_seen,
)
from baesong.demo.talk import Talk
from order_events import order_of_shipment

Versioned = TypeVar("Versioned", OrderSeen, DecisionSeen, ShipmentSeen, MessageSeen)


class Position(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int
    at: int


class Record(NamedTuple):
    """One record as it is counted; `topic` is named without prefix, `at` is the broker's time in milliseconds."""

    topic: str
    partition: int
    offset: int
    at: int
    version: int
    value: bytes


class Tally:
    """Everything seen so far, newest state first."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.orders: dict[str, OrderSeen] = {}
        self.decisions: dict[str, DecisionSeen] = {}
        self.shipments: dict[str, ShipmentSeen] = {}
        self.rejected: dict[str, ShipmentSeen] = {}
        self.messages: dict[str, MessageSeen] = {}
        self.answers: Counter[str] = Counter()
        self.talk = Talk()
        self.positions: dict[str, list[Position]] = defaultdict(list)
        self._readers: dict[str, Callable[[Json, int], str]] = {
            "order.placed": self._order,
            "order.changed": lambda body, version: self._order(body["order"], version),
            "allocation.decided": self._decision,
            "shipment.created": self._shipment,
            "shipment.updated": self._shipment,
            "customer.notified": self._message,
            "checkout.answered": self._answer,
        }

    def take(self, record: Record) -> None:
        """Count one record."""
        self.events[record.topic] += 1
        order_id = self._read(record)
        if order_id:
            self.positions[order_id].append(Position(record.topic, record.partition, record.offset, record.at))

    def _read(self, record: Record) -> str:
        if record.topic in self._readers:
            return self._readers[record.topic](from_json(record.value), record.version)
        if record.topic.endswith(".shipments"):
            body = from_json(record.value)
            self.talk.asked(body, record.at)
            return str(body["order_id"])
        if record.topic.endswith(".inbound"):
            said = self.talk.answered(record.value, record.at)
            return order_of_shipment(str(said["shipment_id"])) if said else ""
        return ""

    def _order(self, body: Json, version: int) -> str:
        _newest(self.orders, body["order_id"], order_seen(body, version))
        return str(body["order_id"])

    def _decision(self, body: Json, _: int) -> str:
        _newest(self.decisions, body["order_id"], decision_seen(body))
        return str(body["order_id"])

    def _shipment(self, body: Json, version: int) -> str:
        seen = shipment_seen(body, version)
        _newest(self.shipments, body["shipment_id"], seen)
        if seen.rejected_at is not None:
            self.rejected.setdefault(body["shipment_id"], seen)
        return seen.order_id

    def _message(self, body: Json, version: int) -> str:
        _newest(self.messages, body["message_id"], MessageSeen(version, body["fact"], body["status"]))
        return str(body["order_id"])

    def _answer(self, body: Json, _: int) -> str:
        self.answers["repeated" if body["repeated"] else body["status"]] += 1
        return ""


def _newest(known: dict[str, Versioned], id_: str, seen: Versioned) -> None:
    if id_ not in known or known[id_].version < seen.version:
        known[id_] = seen


def shipped_units(shipments: Mapping[str, ShipmentSeen]) -> Counter[str]:
    """Give the units that left, by order."""
    units: Counter[str] = Counter()
    for shipment in shipments.values():
        units[shipment.order_id] += shipment.shipped
    return units


def stages(tally: Tally) -> Counter[str]:
    """Give how many orders stand where."""
    shipped = shipped_units(tally.shipments)
    return Counter(_stage(order, tally.decisions.get(id_), shipped[id_]) for id_, order in tally.orders.items())


def _stage(order: OrderSeen, decision: DecisionSeen | None, shipped: int) -> str:
    wanted = order.ordered - order.cancelled
    if wanted == 0:
        return "cancelled"
    if shipped:
        return "fulfilled" if shipped >= wanted else "partially fulfilled"
    if decision is None:
        return "placed"
    return "in progress" if decision.locations else "backordered"


def record_of(record: Any, prefix: str) -> Record:
    """Read what is counted of a Kafka record."""
    version = next((int(value) for name, value in record.headers if name == "x-aggregate-version"), 0)
    topic = record.topic.removeprefix(prefix)
    return Record(topic, record.partition, record.offset, record.timestamp, version, record.value or b"")
