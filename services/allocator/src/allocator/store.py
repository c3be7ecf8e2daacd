"""The allocator's rows: one function per query, each for a whole batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from allocator.domain.allocation import Held
from allocator.domain.document import document_of, held_from
from allocator.domain.money import thousandths
from allocator.domain.network import Location, Network, Point, Rates
from allocator.domain.settling import Settled
from allocator.domain.stock import Entry, Level, Shelf
from order_events import FulfilledBy
from service_runtime import Connection, Queries, joined

SQL = Queries("allocator")
_SEPARATOR = "\x1fS"  # between the SKUs of an order: they are without case, so none holds a capital letter
_LEDGER = (
    "key", "sku", "location_id", "from_bucket", "to_bucket", "quantity", "missing", "reason", "reference", "event_id",
    "at",
)  # fmt: skip
_ALLOCATION = ("order_id", "sku_keys", "held", "changed_at")
_LOCATION = ("location_id", "name", "country_code", "postal_code", "latitude", "longitude", "kind", "partner_id")
Spot = tuple[str, str]  # a SKU's key and a location
_networks: dict[UUID, Network] = {}  # the newest network this process has read, by its stamp


class Reader(Protocol):
    """Whatever can be asked: a connection in a transaction, or the reads of a request."""

    async def fetch(self, sql: str, /, *values: Any) -> list[asyncpg.Record]:
        """All rows."""
        ...

    async def fetchrow(self, sql: str, /, *values: Any) -> asyncpg.Record | None:
        """One row, or None."""
        ...


class StockMovedError(Exception):
    """A locked row of stock is not as it was read: a bug, because rows are locked before they are read."""


async def lock_stock(conn: Connection, skus: Collection[str], order_ids: Collection[str]) -> None:
    """Lock these SKUs and those of these orders at all locations, in the one order there is."""
    await conn.execute(SQL.lock_stock, sorted(skus), joined(sorted(order_ids)))


async def held(conn: Reader, order_ids: Collection[str]) -> dict[str, Held]:
    """What is held of these orders, as far as anything is."""
    rows = await conn.fetch(SQL.held, joined(list(order_ids)))
    return {order_id: held_from(order_id, document) for order_id, document in rows}


async def versions(conn: Connection, order_ids: Sequence[str]) -> dict[str, int]:
    """Of each thing of these orders that is read here, the version that is held."""
    found: dict[str, int] = {}
    for one in (await held(conn, order_ids)).values():
        if one.order:
            found[f"order/{one.order_id}"] = one.order.version
        found |= {f"shipment/{id_}": folded.version for id_, folded in one.shipments.items()}
    return found


async def shelf(conn: Connection, skus: Collection[str]) -> Shelf:
    """The stock of these SKUs at all locations, to be worked on; the rows are locked."""
    rows = await conn.fetch(SQL.stock_of, list(skus)) if skus else []
    levels = [Level(*row) for row in rows]
    without = set(skus) - {level.sku_key for level in levels}
    known = await conn.fetch(SQL.known, list(without)) if without else []
    return Shelf.of(levels, [row["sku_key"] for row in known])


async def network(conn: Reader) -> Network:
    """The locations and rates; read anew only when they have changed."""
    row = await conn.fetchrow(SQL.network_stamp)
    assert row is not None
    if row["stamp"] not in _networks:
        await _read_network(conn)
    return next(reversed(_networks.values()))


async def _read_network(conn: Reader) -> None:
    rates, rows = await conn.fetchrow(SQL.rates), await conn.fetch(SQL.locations)
    assert rates is not None
    _networks.clear()
    _networks[rates["stamp"]] = Network({row["location_id"]: _location(row) for row in rows}, _rates(rates))


def _location(row: asyncpg.Record) -> Location:
    point = Point.of(row["latitude"], row["longitude"])
    return Location(row["location_id"], point, FulfilledBy(row["kind"]), row["partner_id"])


def _rates(row: asyncpg.Record) -> Rates:
    currency = row["currency"]
    if currency is None:
        return Rates()
    return Rates(currency, *(thousandths(row[name], currency) for name in ("parcel", "per_kg", "per_100km")))


async def save(conn: Connection, before: Mapping[str, Held], settled: Settled, shelf: Shelf, now: datetime) -> None:
    """Write what a batch came to: stock, ledger, allocations and who waits, each in one statement."""
    await _save_stock(conn, [touched.level for touched in shelf.touched.values()])
    await _add_to_ledger(conn, shelf.entries, now)
    await _save_allocations(conn, before, settled.changed, now)
    await _save_waiting(conn, before, settled.changed)


async def _save_stock(conn: Connection, levels: Sequence[Level]) -> None:
    if not levels:
        return
    skus, places, *counts = zip(*[_columns(level) for level in levels], strict=True)
    numbers = [joined([str(one) for one in column]) for column in counts]
    done = await conn.execute(SQL.save_stock, list(skus), list(places), *numbers)
    if done != f"UPDATE {len(levels)}":
        raise StockMovedError(f"{done} of {len(levels)} locked rows")


def _columns(level: Level) -> tuple[str | int, ...]:
    return (
        level.sku_key, level.location_id, level.available, level.committed, level.reserved, level.damaged,
        level.safety_stock, level.quality_control, level.version,
    )  # fmt: skip


async def _add_to_ledger(conn: Connection, entries: Iterable[Entry], now: datetime) -> None:
    rows = [
        (
            move.key, sku, move.location_id, move.source, move.target, moved, missing, move.reason,
            move.reference, cause.id, now,
        )
        for sku, move, moved, missing, cause in entries
    ]  # fmt: skip
    if rows:
        await conn.copy_records_to_table("ledger", records=rows, columns=_LEDGER)


async def _save_allocations(
    conn: Connection, before: Mapping[str, Held], changed: Mapping[str, Held], now: datetime
) -> None:
    """Add those that are new, whose orders' locks are held, and replace the others."""
    rows = [(id_, _SEPARATOR.join(sorted(one.skus)), document_of(one), now) for id_, one in changed.items()]
    new = [row for row in rows if row[0] not in before]
    if new:
        await conn.copy_records_to_table("allocation", records=new, columns=_ALLOCATION)
    if len(new) < len(rows):
        order_ids, skus, documents, _ = map(list, zip(*[row for row in rows if row[0] in before], strict=True))
        await conn.execute(SQL.save_allocations, joined(order_ids), skus, joined(documents), now)


async def _save_waiting(conn: Connection, before: Mapping[str, Held], changed: Mapping[str, Held]) -> None:
    """Who waits for what; most batches change nothing in it."""
    was = {(sku, order_id) for order_id in changed if order_id in before for sku in before[order_id].waiting_for}
    waits = {(sku, order_id) for order_id, one in changed.items() for sku in one.waiting_for}
    if gone := sorted(was - waits):
        await conn.execute(SQL.wait_no_more, *map(list, zip(*gone, strict=True)))
    if come := sorted(waits - was):
        skus, order_ids = map(list, zip(*come, strict=True))
        await conn.execute(SQL.wait, skus, order_ids, [_placed_at(changed[order_id]) for order_id in order_ids])


def _placed_at(held: Held) -> datetime:
    assert held.order is not None
    return datetime.fromisoformat(held.order.placed_at)


async def save_locations(conn: Connection, locations: Sequence[Mapping[str, Any]]) -> None:
    """Add or replace locations; every process reads the network anew."""
    rows = sorted(locations, key=lambda one: str(one["location_id"]))
    await conn.execute(SQL.save_locations, *[[row[name] for row in rows] for name in _LOCATION])
    await conn.execute(SQL.new_stamp)


async def save_rates(conn: Connection, rates: Mapping[str, Any]) -> None:
    """Replace the rates; every process reads the network anew."""
    await conn.execute(SQL.save_rates, rates["currency"], rates["parcel"], rates["per_kg"], rates["per_100km"])
    await conn.execute(SQL.new_stamp)


async def locations_and_rates(conn: Reader) -> dict[str, Any]:
    """Locations and rates in the form in which they are put; rates None: none were put."""
    row, rows = await conn.fetchrow(SQL.rates), await conn.fetch(SQL.locations)
    assert row is not None
    rates = {name: str(row[name]) for name in ("currency", "parcel", "per_kg", "per_100km")}
    return {"locations": [dict(one) for one in rows], "rates": rates if row["currency"] else None}


async def save_skus(conn: Connection, skus: Iterable[tuple[str, str, int, str]]) -> None:
    """Add or replace SKUs: (key, as written, grams, title)."""
    if rows := sorted(skus):
        await conn.execute(SQL.save_skus, *map(list, zip(*rows, strict=True)))


async def add_levels(conn: Connection, levels: Iterable[tuple[str, str]]) -> None:
    """Make the (SKU, location) rows that are not there; a SKU that is not known gets none."""
    if rows := sorted(levels):
        await conn.execute(SQL.add_levels, *map(list, zip(*rows, strict=True)))


async def waiting_for(conn: Reader, skus: Collection[str], limit: int) -> list[str]:
    """The orders that wait for these SKUs, the oldest first."""
    return [row["order_id"] for row in await conn.fetch(SQL.waiting_for, list(skus), limit)]


async def how_many_wait(conn: Reader, skus: Collection[str]) -> int:
    """How many orders wait for these SKUs."""
    row = await conn.fetchrow(SQL.how_many_wait, list(skus))
    return int(row["count"]) if row else 0


async def stock_levels(conn: Reader, sku: str) -> dict[str, Any] | None:
    """A SKU and its buckets at every location; None when it is not known."""
    rows = [dict(row) for row in await conn.fetch(SQL.stock_levels, sku)]
    if not rows:
        return None
    about = {name: rows[0][name] for name in ("sku", "weight_g", "title")}
    levels = [{name: row[name] for name in row if name not in about} for row in rows if row["location_id"]]
    return {**about, "levels": levels}


async def unbalanced(conn: Reader) -> list[dict[str, Any]]:
    """Buckets that are not what their ledger adds up to."""
    return [dict(row) for row in await conn.fetch(SQL.unbalanced)]


async def missing(conn: Reader) -> list[dict[str, Any]]:
    """Ledger rows of what left and was not there."""
    return [dict(row) for row in await conn.fetch(SQL.missing)]


async def revisions(conn: Reader, order_ids: Collection[str]) -> dict[str, int]:
    """The newest revision known of each of these orders, as far as any is."""
    rows = await conn.fetch(SQL.revisions, list(order_ids))
    return {row["order_id"]: row["revision"] for row in rows}


async def stock_versions(conn: Reader, spots: Collection[Spot]) -> dict[Spot, int]:
    """The newest version known of each of these levels, as far as any is."""
    rows = await conn.fetch(SQL.stock_versions, *map(list, zip(*sorted(spots), strict=True)))
    return {(row["sku_key"], row["location_id"]): row["version"] for row in rows}


async def make_room(
    conn: Connection, skus: Mapping[str, str], partners: Mapping[str, str | None], levels: Sequence[Spot]
) -> list[str]:
    """Make the rows that are not there of SKUs (key: as written), locations (id: partner) and levels; the first two."""
    made = [row["sku"] for row in await conn.fetch(SQL.make_skus, list(skus), list(skus.values()))]
    rows = await conn.fetch(SQL.make_locations, list(partners), list(partners.values()))
    if rows:
        await conn.execute(SQL.new_stamp)
    await add_levels(conn, levels)
    return [*made, *(row["location_id"] for row in rows)]


async def mend(
    conn: Connection,
    before: Mapping[str, Held],
    changed: Mapping[str, Held],
    shelf: Shelf,
    versions: Mapping[Spot, int],
    now: datetime,
) -> None:
    """Write what a database that was put back did not know; `versions` are those announced last."""
    levels = [level for by_location in shelf.levels.values() for level in by_location.values()]
    rows = [(*_columns(one)[:-1], versions.get((one.sku_key, one.location_id), 0)) for one in levels]
    if rows:
        await conn.execute(SQL.take_stock, *map(list, zip(*rows, strict=True)))
    await _add_to_ledger(conn, shelf.entries, now)
    await _save_allocations(conn, before, changed, now)
    await _save_waiting(conn, before, changed)


async def allocations_after(conn: Reader, after: str, limit: int) -> list[Held]:
    """The next allocations, by order."""
    return [held_from(*row) for row in await conn.fetch(SQL.allocations_after, after, limit)]
