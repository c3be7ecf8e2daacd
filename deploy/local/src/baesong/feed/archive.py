"""Past orders, made fit to be sent today: a folder of `orders.jsonl.gz` beside its locations, SKUs, stock and rates."""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from baesong.errors import BaesongError
from baesong.feed.checkouts import Goal, Line, Sale, body_of
from baesong.feed.people import seeded
from baesong.feed.sendings import Draft

ORDERS = "orders.jsonl.gz"
CANCELLED_SHARE = 0.01  # of orders whose archive does not say whether they were cancelled
CANCEL_AFTER_S = (0.0, 3.0)


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder of past orders: what they were paid in and what its SKUs are called."""

    folder: Path
    currency: str
    titles: Mapping[str, str]

    @property
    def shop(self) -> str:
        """The sales channel these orders are taken to come from: the folder's name."""
        return self.folder.resolve().name.lower()


def open_archive(folder: Path) -> Archive:
    """Read what all orders of a folder have in common.

    Raises:
        BaesongError: the folder lacks a file that is needed.
    """
    for name in (ORDERS, "rates.json", "skus.csv", "stock.csv", "locations.csv"):
        if not (folder / name).exists():
            raise BaesongError(f"{folder} holds no {name}: give a folder of past orders with DATA=")
    rates = json.loads((folder / "rates.json").read_text(), parse_float=Decimal)
    with (folder / "skus.csv").open(newline="") as file:
        titles = {row["sku"]: row["title"] for row in csv.DictReader(file) if row.get("title")}
    return Archive(folder, str(rates["currency"]), titles)


def drafts_of(archive: Archive, first_at: datetime, limit: int | None = None) -> Iterator[Draft]:
    """Give the archive's orders in its own order, all dates moved by one constant.

    An order without lines breaks the contract and is sent all the same. The archive knows no time of change, so that of
    an id is when the id first stands there: an id that stands twice with different lines is a conflict.

    Args:
        archive: the folder.
        first_at: when the first order is placed.
        limit: how many at most.
    """
    moved: timedelta | None = None
    seen: dict[str, datetime] = {}
    for row in islice(_rows(archive.folder / ORDERS), limit):
        created = _moment(row["created_at"])
        moved = first_at - created if moved is None else moved
        since = seen.setdefault(row["order_id"], created)
        sale = _sale(archive, row, moved, since + moved)
        yield Draft(body_of(sale), wrong=not sale.lines, cancel_after_s=_cancel_after(row))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line, parse_float=Decimal)


def _moment(text: str) -> datetime:
    """Read a time of the archive, which names no zone: UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _sale(archive: Archive, row: Mapping[str, Any], moved: timedelta, updated_at: datetime) -> Sale:
    promise = row.get("promise_by")
    return Sale(
        shop=archive.shop,
        source="archive",
        source_id=row["order_id"],
        currency=row.get("currency") or archive.currency,
        placed_at=_moment(row["created_at"]) + moved,
        updated_at=updated_at,
        goal=_goal(row["ship_to"]),
        lines=[_line(archive, line) for line in row["lines"]],
        deliver_by=_moment(promise) + moved if promise else None,
        customer_id=row.get("customer_id"),
    )


def _goal(to: Mapping[str, Any]) -> Goal:
    country, state = to["country"], to.get("state")
    return Goal(
        country_code=country,
        city=to["city"],
        postcode=to["zip"],
        province_code=f"{country}-{state}" if state else None,
        latitude=_degrees(to.get("lat")),
        longitude=_degrees(to.get("lon")),
    )


def _degrees(written: Decimal | int | None) -> float | None:
    return None if written is None else float(written)


def _line(archive: Archive, line: Mapping[str, Any]) -> Line:
    sku = line["sku"]
    return Line(sku, archive.titles.get(sku) or title_of(sku), line["qty"], line["unit_price"], grams(line["weight_g"]))


def title_of(sku: str) -> str:
    """Make a title of a SKU that has none: its words, and its variant in brackets."""
    words, _, variant = sku.partition(":")
    title = words.replace("_", " ").strip().capitalize()
    return f"{title} ({variant})" if variant else title


def grams(written: Decimal | int | None) -> int:
    """Give a weight in whole grams, halves upward; 0 where none is known."""
    return int(Decimal(written or 0).quantize(Decimal(1), ROUND_HALF_UP))


def _cancel_after(row: Mapping[str, Any]) -> float | None:
    """Say how long after an order it is cancelled: where the archive says it was, else one in a hundred."""
    chance = seeded("cancel", row["order_id"])
    status = row.get("final_status")
    cancelled = status == "canceled" if status else chance.random() < CANCELLED_SHARE
    return chance.uniform(*CANCEL_AFTER_S) if cancelled and row["lines"] else None
