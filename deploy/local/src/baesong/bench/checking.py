"""Counts what the pipeline said, by id: a figure from a run that lost or doubled anything is none."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from baesong.bench.shape import SPEAKERS, Said, shape_of
from baesong.bench.showing import Show
from baesong.bench.topics import bytes_of, id_of, records_of
from baesong.connection import Connection
from baesong.errors import BaesongError

NAMED = 5  # ids in a complaint


@dataclass
class Count:
    """What stood in the topics.

    Args:
        placed: how often each order was placed, by its id.
        revisions: per order the last decision's revision and its units: placed, and not placed.
        shipments: per order and shipment the units it was asked to ship.
        doubled: ids of shipments that stand twice.
        shipped: per shipment its version, the units that have left, and those that were to leave.
        told: orders whose customer was told something, or not told on purpose.
        facts: how many messages tell which fact.
        ids: of the events counted, by topic.
        records, sizes: per topic.
    """

    placed: Counter[str] = field(default_factory=Counter)
    revisions: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    shipments: dict[str, dict[str, int]] = field(default_factory=dict)
    doubled: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    ids: set[tuple[str, bytes]] = field(default_factory=set)
    records: Counter[str] = field(default_factory=Counter)
    sizes: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    shipped: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    facts: Counter[str] = field(default_factory=Counter)

    def take(self, topic: str, record: Any) -> None:
        """Take a record; the same event again is nothing."""
        keyed, valued, headed = self.sizes.get(topic, (0, 0, 0))
        key, value, headers = bytes_of(record)
        self.sizes[topic] = (keyed + key, valued + value, headed + headers)
        self.records[topic] += 1
        if (topic, id_of(record)) in self.ids:
            return
        self.ids.add((topic, id_of(record)))
        if fold := FOLDS.get(topic):
            fold(self, record)

    def placed_once(self, record: Any) -> None:
        """An order was placed."""
        self.placed[record.key.decode()] += 1

    def decided(self, record: Any) -> None:
        """An order was decided."""
        body = from_json(record.value)
        units = [(each["quantity"], each["outcome"] == "allocated") for each in body["units"]]
        placed = sum(quantity for quantity, allocated in units if allocated)
        known = self.revisions.get(body["order_id"], (0, 0, 0))
        new = (int(body["revision"]), placed, sum(quantity for quantity, _ in units) - placed)
        self.revisions[body["order_id"]] = max(known, new)

    def created(self, record: Any) -> None:
        """A shipment was made."""
        body = from_json(record.value)
        of_order = self.shipments.setdefault(body["order_id"], {})
        if body["shipment_id"] in of_order:
            self.doubled.append(body["shipment_id"])
        of_order[body["shipment_id"]] = sum(line["ordered"] for line in body["lines"])

    def updated(self, record: Any) -> None:
        """A shipment has moved on."""
        body = from_json(record.value)
        version = int(dict(record.headers)["x-aggregate-version"])
        known = self.shipped.get(body["shipment_id"], (0, 0, 0))
        left = sum(line["shipped"] for line in body["lines"])
        due = sum(line["ordered"] - line["released"] for line in body["lines"])
        self.shipped[body["shipment_id"]] = max(known, (version, left, due))

    def notified(self, record: Any) -> None:
        """A customer was told, or not told on purpose."""
        self.told.add(record.key.decode())
        self.facts[from_json(record.value)["fact"]] += 1

    def broken(self, sent: set[str]) -> list[str]:
        """Say what is wrong, one line each: orders missing or placed twice, units without a shipment or with two."""
        short = {id_ for id_ in sent if self._units_in_shipments(id_) < self.units_placed(id_)}
        over = {id_ for id_ in sent if self._units_in_shipments(id_) > self.units_placed(id_)}
        found = {
            "orders were never placed": sent - self.placed.keys(),
            "orders were placed that nobody sent": self.placed.keys() - sent,
            "orders were placed twice": {id_ for id_, times in self.placed.items() if times > 1},
            "orders were never decided": sent - self.revisions.keys(),
            "orders have allocated units without a shipment": short,
            "orders have more units in shipments than allocated": over,
            "shipments stand twice": set(self.doubled),
            "orders whose customer was told nothing": sent - self.told,
        }
        return [f"{len(ids)} {what}: {', '.join(sorted(ids)[:NAMED])}" for what, ids in found.items() if ids]

    def not_shipped(self) -> list[str]:
        """Say which shipments have not left whole, and of which no message tells."""
        made = {id_ for of_order in self.shipments.values() for id_ in of_order}
        here = {id_ for id_ in made if self.shipped.get(id_, (0, 0, 1))[1] != self.shipped.get(id_, (0, 0, 1))[2]}
        found = [f"{len(here)} shipments have not left: {', '.join(sorted(here)[:NAMED])}"] if here else []
        if self.facts["shipped"] < len(made):
            found.append(f"of {len(made)} shipments that left only {self.facts['shipped']} were told of")
        return found

    def units_placed(self, order_id: str) -> int:
        """Give the units of an order that have a place, by its last decision."""
        return self.revisions.get(order_id, (0, 0, 0))[1]

    def _units_in_shipments(self, order_id: str) -> int:
        return sum(self.shipments.get(order_id, {}).values())

    def waiting(self) -> int:
        """Give how many orders have no unit placed: no shipment is due for them."""
        return sum(placed == 0 for _, placed, _ in self.revisions.values())

    def shape(self) -> Mapping[str, Said]:
        """Give how much was said per order."""
        return shape_of(self.records, self.sizes, max(1, len(self.placed)))


FOLDS = {
    "order.placed": Count.placed_once,
    "allocation.decided": Count.decided,
    "shipment.created": Count.created,
    "shipment.updated": Count.updated,
    "customer.notified": Count.notified,
}


async def counted(connection: Connection, sent: set[str], show: Show, *, whole_life: bool = False) -> Count:
    """Count an instance's topics.

    Args:
        connection: to the instance.
        sent: the orders that were sent, by id.
        show: told how far it is.
        whole_life: every shipment must have left, too.

    Raises:
        BaesongError: something is missing or doubled.
    """
    count, tell, done = Count(), show.steps("orders counted by id", len(sent)), 0
    async for topic, record in records_of(connection, [topic for said in SPEAKERS.values() for topic in said]):
        count.take(topic, record)
        done += 1
        if done % 1000 == 0:
            tell(len(count.placed))
    tell(len(count.placed))
    if broken := [*count.broken(sent), *(count.not_shipped() if whole_life else [])]:
        raise BaesongError(f"no figure: {'; '.join(broken)}")
    return count


async def placed_in(connection: Connection) -> Counter[str]:
    """Count how often each order was placed, an event that stands twice in the log once."""
    count = Count()
    async for topic, record in records_of(connection, ["order.placed"]):
        count.take(topic, record)
    return count.placed
