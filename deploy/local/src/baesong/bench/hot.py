"""One SKU that everybody wants: more orders than units, and exactly the units are sold."""

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from baesong.bench.checking import Count, counted
from baesong.bench.drain import Backlog, drain
from baesong.bench.figures import rounded
from baesong.bench.orders import Catalogue
from baesong.bench.pairs import conditions, costs
from baesong.bench.pipeline import SPEC, ground_of, stocked
from baesong.bench.result import Result
from baesong.bench.shape import told
from baesong.bench.showing import Show
from baesong.databases import connect
from baesong.errors import BaesongError
from baesong.feed.checkouts import Line, body_of
from baesong.feed.generated import made_orders
from baesong.feed.world import PLACES, RATES
from baesong.running import running

SKU = "MOON-JAR"
SOLD = """
select coalesce(sum(committed), 0)::bigint as committed, coalesce(sum(available), 0)::bigint as available,
       coalesce(sum(on_hand), 0)::bigint as on_hand
  from stock
"""


def hot_catalogue(scratch: Path, units: int) -> Catalogue:
    """Make orders for one unit of the SKU each, and that many units spread over the places."""
    folder = scratch / "hot"
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "locations.csv", [asdict(place) for place in PLACES])
    _write(folder / "skus.csv", [{"sku": SKU, "title": "Moon jar", "weight_g": 2400}])
    share, rest = divmod(units, len(PLACES))
    levels = [(place.location_id, share + (number < rest)) for number, place in enumerate(PLACES)]
    _write(folder / "stock.csv", [{"sku": SKU, "location_id": where, "on_hand": n} for where, n in levels])
    (folder / "rates.json").write_text(json.dumps(RATES))
    sales = [made.sale for made in made_orders(datetime.now(UTC))]
    bodies = [body_of(replace(sale, lines=[_one(sale.lines[0])])) for sale in sales]
    return Catalogue("generated, one SKU", bodies, folder, stock_each_cycle=False)


def _one(line: Line) -> Line:
    return replace(line, sku=SKU, title="Moon jar", quantity=1)


def _write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


async def run_hot(backlog: Backlog, units: int, replicas: int, show: Show) -> Result:
    """Sell the units to far more orders; the first portion has units of its own.

    Raises:
        BaesongError: one unit too many or too few was sold.
    """
    spec = replace(SPEC, replicas={"allocator": replicas})
    async with running(spec, show.say) as instance:
        await stocked(instance.connection, backlog.catalogue, 1, show)
        drained = await drain(ground_of(instance, spec), backlog, show)
        count = await counted(instance.connection, {*drained.order_ids, *drained.warm_ids}, show)
        conn = await connect(instance.connection.dsns["allocator"])
        held = dict(await conn.fetchrow(SOLD) or {})
        await conn.close()
    _exactly(count, held, units + backlog.warm_up)
    sold = sum(count.units_placed(order_id) for order_id in drained.order_ids)
    if sold != units:
        raise BaesongError(f"no figure: {sold} of {units} units were sold to the orders that are measured")
    more = {
        "units": units,
        "sold": sold,
        "replicas": replicas,
        "seconds": rounded(drained.spent.wall),
        **costs([drained]),
        "said_per_order": told(count.shape()),
        **conditions(backlog),
    }
    name = "hot-sku" if replicas == 1 else f"hot-sku, {replicas} allocators"
    return Result(name, backlog.orders, drained.orders_per_s, drained.us_per_order, more=more)


def _exactly(count: Count, held: dict[str, int], units: int) -> None:
    placed = sum(placed for _, placed, _ in count.revisions.values())
    if (placed, held["committed"], held["available"], held["on_hand"]) != (units, units, 0, units):
        raise BaesongError(f"no figure: of {units} units {placed} were given to orders, and the stock says {held}")
