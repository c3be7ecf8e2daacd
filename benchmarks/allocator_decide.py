"""Microseconds per order of the allocator's decision, on real orders: `python benchmarks/allocator_decide.py [FOLDER]`.

Orders are taken in batches against one working copy of the stock, as the service takes them; no Kafka, no database.
"""

import csv
import gc
import gzip
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson

from allocator.domain.allocation import Held
from allocator.domain.announcing import events_of
from allocator.domain.codes import sku_key
from allocator.domain.document import document_of, held_from
from allocator.domain.money import thousandths
from allocator.domain.network import Location, Network, Point, Rates
from allocator.domain.order import Line, Order
from allocator.domain.settling import Heard, Settled, settle
from allocator.domain.stock import Level, Shelf
from order_events import Cause, FulfilledBy, ShortagePolicy

OLIST = Path(__file__).resolve().parents[2] / "shared" / "data" / "olist"
BATCH = 500
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def network_in(folder: Path) -> Network:
    rates = json.loads((folder / "rates.json").read_text(), parse_float=Decimal, parse_int=Decimal)
    money = [thousandths(rates[name], rates["currency"]) for name in ("parcel", "per_kg", "per_100km")]
    places = {
        row["location_id"]: Location(
            row["location_id"], Point.of(float(row["lat"]), float(row["lon"])), FulfilledBy.MANUAL, None
        )
        for row in rows(folder, "locations.csv")
    }
    return Network(places, Rates(rates["currency"], *money))


def shelf_in(folder: Path) -> Shelf:
    return Shelf.of(
        [
            Level(sku_key(row["sku"]), row["location_id"], row["sku"], int(row["on_hand"]))
            for row in rows(folder, "stock.csv")
        ]
    )


def orders_in(folder: Path) -> list[Order]:
    with gzip.open(folder / "orders.jsonl.gz", "rt", encoding="utf-8") as file:
        raw = [json.loads(line) for line in file]
    return [order_of(one) for one in raw if one["lines"]]


def order_of(raw: dict[str, Any]) -> Order:
    lines = [
        Line(str(n), one["sku"], sku_key(one["sku"]), int(one["qty"]), 0, int(one.get("weight_g") or 0))
        for n, one in enumerate(raw["lines"])
    ]
    to, at = raw["ship_to"], raw["created_at"]
    policy = ShortagePolicy.SHIP_AVAILABLE
    where = to.get("lat"), to.get("lon")
    return Order(raw["order_id"], 1, "BRL", policy, False, at, *where, None, None, tuple(lines))  # noqa: FBT003


def in_batches(orders: Sequence[Order]) -> Iterator[list[Heard]]:
    for start in range(0, len(orders), BATCH):
        part = orders[start : start + BATCH]
        yield [Heard(order.order_id, Cause(order.order_id, NOW), order=order) for order in part]


def timed(name: str, count: int, work: Callable[[], Any]) -> Any:
    started = perf_counter()
    result = work()
    print(f"{name:>34}: {(perf_counter() - started) / count * 1e6:6.1f} us per order")
    return result


def run(folder: Path) -> None:
    orders, network = orders_in(folder), network_in(folder)
    count = len(orders)
    print(f"{count} orders, {len(network.locations)} locations, batches of {BATCH}")
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # as the runtime sets it
    for _ in range(3):
        shelf = shelf_in(folder)
        batches = list(in_batches(orders))
        shelves = [Shelf(shelf.levels, shelf.known) for _ in batches]
        settled = timed("settle (decide and book)", count, lambda s=shelves, b=batches: settled_all(b, s, network))
        timed("bodies of what is said", count, lambda s=shelves, d=settled: said_all(d, s, network))
        documents = timed("held to its document", count, lambda d=settled: [written(one) for o in d for one in held(o)])
        timed("and back", count, lambda d=documents: [held_from("o", orjson.loads(one)) for one in d])
    tell(settled)


def settled_all(batches: Sequence[list[Heard]], shelves: Sequence[Shelf], network: Network) -> list[Settled]:
    return [settle(batch, {}, shelf, network) for batch, shelf in zip(batches, shelves, strict=True)]


def said_all(settled: Sequence[Settled], shelves: Sequence[Shelf], network: Network) -> list[Any]:
    return [events_of(one, shelf, network, NOW) for one, shelf in zip(settled, shelves, strict=True)]


def held(settled: Settled) -> list[Held]:
    return list(settled.changed.values())


def written(one: Held) -> bytes:
    return orjson.dumps(document_of(one), default=tuple)


def tell(settled: Sequence[Settled]) -> None:
    all_held = [one for part in settled for one in held(part)]
    split = sum(len(one.places) > 1 for one in all_held)
    short = sum(bool(one.waiting_for) for one in all_held)
    bytes_each = sum(len(written(one)) for one in all_held) // len(all_held)
    print(f"{split} split, {short} with backordered units, {bytes_each} bytes held per order")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else OLIST
    if (folder / "orders.jsonl.gz").exists():
        run(folder)
    else:
        print(f"skipped: {folder} has no orders.jsonl.gz")
