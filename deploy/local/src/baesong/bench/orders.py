"""The orders of a benchmark: real ones cycled with fresh ids, or made-up ones where there are none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from aiokafka.partitioner import DefaultPartitioner

from baesong.feed.archive import drafts_of, open_archive
from baesong.feed.checkouts import body_of, to_bytes
from baesong.feed.generated import made_orders
from baesong.feed.people import person_of
from baesong.feed.world import write_stock
from baesong.stock_files import locations_in, stock_in
from baesong.topics import described_topics
from order_events import order_id_of

REAL = Path("../shared/data/olist")
PARTITIONS = list(range(next(topic.partitions for topic in described_topics() if topic.name == "order.placed")))
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Checkout:
    """One record to be sent: its id, its order's id, its key and its bytes."""

    ce_id: str
    order_id: str
    key: bytes
    body: bytes


@dataclass(frozen=True)
class Catalogue:
    """Orders to cycle through, and the world they are sold from.

    Args:
        source: what these orders are called in the result.
        bodies: one cycle's checkouts; none of them is refused.
        folder: with locations, SKUs, stock and rates.
        stock_each_cycle: whether its stock is there once more in each cycle.
        shelves: how many replicas are to find their orders' SKUs to themselves; 1 is stock that all share.
    """

    source: str
    bodies: Sequence[Json]
    folder: Path
    stock_each_cycle: bool = True
    shelves: int = 1

    def checkouts(self, run: str, first: int, count: int) -> Iterator[Checkout]:
        """Give so many checkouts of an endless row, beginning at a number; the same number is the same checkout."""
        return (self._checkout(run, number) for number in range(first, first + count))

    def _checkout(self, run: str, number: int) -> Checkout:
        cycle, place = divmod(number, len(self.bodies))
        body = renewed(self.bodies[place], f"{run}-{cycle}")
        source_id = str(body["source_id"])
        order_id = order_id_of(str(body["shop"]), str(body["source"]), source_id)
        if self.shelves > 1:
            shelf = shelf_of(order_id, self.shelves)
            body = dict(body) | {"lines": [shelved(line, shelf) for line in body["lines"]]}
        return Checkout(fresh_id(run, number), order_id, source_id.encode(), to_bytes(body))

    def cycles(self, orders: int) -> int:
        """Give how many cycles so many orders touch."""
        return -(-orders // len(self.bodies))

    def stock(self, orders: int) -> list[Json]:
        """Give the bodies of `PUT /stock`: in each cycle's worth of orders the stock is there once more."""
        times = self.cycles(orders) if self.stock_each_cycle else 1
        bodies = [multiplied(body, times) for body in stock_in(self.folder)]
        if self.shelves == 1:
            return bodies
        return [_on_shelf(body, shelf) for body in bodies for shelf in range(self.shelves)]

    def locations(self, *, all_partner: bool = False) -> Json:
        """Give the body of `PUT /locations`; on wish every place is the partner's, so that no bench is needed."""
        said = locations_in(self.folder)
        if not all_partner:
            return said
        swift = {"kind": "partner", "partner_id": "swift"}
        return dict(said) | {"locations": [dict(place) | swift for place in said["locations"]]}


def renewed(body: Json, cycle: str) -> Json:
    """Give the same order as another customer's: another id, another person, the same goods and goal."""
    source_id = f"{body['source_id']}-{cycle}"
    goal = body["destination"]
    person = person_of(source_id, goal["country_code"], "")
    named = {"id": source_id[:128], "name": person.name, "email": person.email, "phone": person.phone}
    to = {"name": person.name, "address1": person.address1, "address2": person.address2, "phone": person.phone}
    return dict(body) | {
        "source_id": source_id,
        "customer": dict(body["customer"]) | named,
        "ship_to": dict(body["ship_to"]) | to,
    }


def fresh_id(run: str, number: int) -> str:
    """Give the id of the n-th record of a run: a UUID whose front counts up, as ids with the time in front do."""
    return str(UUID(f"{0x0199_0000_0000 + number:012x}8000{run[:12]:0>12}0000"))


def shelf_of(order_id: str, shelves: int) -> int:
    """Give which of so many replicas decides an order: partitions are assigned in ranges, as Kafka's own assignor does.

    Exact where the partitions divide evenly by the replicas.
    """
    partition: int = DefaultPartitioner()(order_id.encode(), PARTITIONS, PARTITIONS)
    return partition * shelves // len(PARTITIONS)


def shelved(named: Json, shelf: int) -> Json:
    """Give the same line, SKU or level, of a SKU that only one replica meets."""
    return dict(named) | {"sku": f"{named['sku']}~{shelf}"}


def _on_shelf(body: Json, shelf: int) -> Json:
    return {name: [shelved(each, shelf) for each in rows] for name, rows in body.items()}


def multiplied(body: Json, times: int) -> Json:
    """Give the same levels, so many times the units."""
    levels = [dict(level) | {"on_hand": level["on_hand"] * times} for level in body["levels"]]
    return dict(body) | {"levels": levels}


def catalogue(scratch: Path, data: Path = REAL, limit: int | None = None) -> Catalogue:
    """Take the real orders where they are, else the made-up ones.

    Args:
        scratch: a folder for the stock of the made-up world.
        data: a folder of past orders.
        limit: how many orders make a cycle, at most.
    """
    now = datetime.now(UTC)
    if (data / "orders.jsonl.gz").exists():
        first = {
            str(draft.body["source_id"]): draft.body for draft in drafts_of(open_archive(data), now) if not draft.wrong
        }
        return Catalogue(data.resolve().name, list(islice(first.values(), limit)), data)
    made = [body_of(made.sale) for made in made_orders(now)]
    return Catalogue("generated", made[:limit], write_stock(scratch))
