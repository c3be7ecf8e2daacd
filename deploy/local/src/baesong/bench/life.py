"""The whole life: the partner answers, packages leave, stock leaves with them, and each departure is told."""

import json

from baesong.bench.checking import Count, counted
from baesong.bench.drain import Backlog, Drained, drain
from baesong.bench.figures import rounded
from baesong.bench.pairs import conditions, costs
from baesong.bench.pipeline import SPEC, ground_of, stocked
from baesong.bench.result import Result
from baesong.bench.shape import told
from baesong.bench.showing import Show
from baesong.connection import Connection
from baesong.databases import connect
from baesong.errors import BaesongError
from baesong.partner.parts import Outsider
from baesong.running import Instance, running

PARTNER = "partner-swift"
STOCK = (
    "select coalesce(sum(committed), 0)::bigint as committed, coalesce(sum(on_hand), 0)::bigint as on_hand from stock"
)


async def run_life(backlog: Backlog, show: Show) -> Result:
    """Take a backlog from checkout to *shipped*; every place is the partner's, so that nobody packs by hand.

    Raises:
        BaesongError: an order is missing, a shipment doubled or not shipped, or stock did not leave with it.
    """
    async with running(SPEC, show.say) as instance:
        fed = backlog.warm_up + backlog.orders
        await stocked(instance.connection, backlog.catalogue, fed, show, all_partner=True)
        before = await _stock(instance.connection)
        await _partner(instance)
        drained = await _drained(instance, backlog, show)
        sent = {*drained.order_ids, *drained.warm_ids}
        count = await counted(instance.connection, sent, show, whole_life=True)
        await _left(instance.connection, count, before)
    return _result(drained, count, backlog)


async def _partner(instance: Instance) -> None:
    connection = instance.connection
    spec = {
        "bootstrap": connection.bootstrap,
        "asked": connection.topic("partner.swift.shipments"),
        "answered": connection.topic("partner.swift.inbound"),
        "group": f"{connection.topic_prefix}{PARTNER}",
    }
    instance.supervisor.add(Outsider(PARTNER, "baesong.bench.answering", [json.dumps(spec)], connection))
    await instance.supervisor.start([PARTNER])


async def _drained(instance: Instance, backlog: Backlog, show: Show) -> Drained:
    connection, asked = instance.connection, instance.connection.topic("partner.swift.shipments")
    reads = {f"{connection.topic_prefix}{PARTNER}": [asked]}
    return await drain(ground_of(instance, SPEC, stand_ins=[PARTNER], more_reads=reads), backlog, show)


async def _stock(connection: Connection) -> dict[str, int]:
    conn = await connect(connection.dsns["allocator"])
    try:
        return dict(await conn.fetchrow(STOCK) or {})
    finally:
        await conn.close()


async def _left(connection: Connection, count: Count, before: dict[str, int]) -> None:
    """Fail unless exactly the units that were shipped have left the stock, and none is still committed."""
    after = await _stock(connection)
    shipped = sum(left for _, left, _ in count.shipped.values())
    if after["committed"] or before["on_hand"] - after["on_hand"] != shipped:
        raise BaesongError(f"no figure: {shipped} units shipped, stock was {before}, is {after}")


def _result(drained: Drained, count: Count, backlog: Backlog) -> Result:
    return Result(
        "life",
        orders=backlog.orders,
        orders_per_s=drained.orders_per_s,
        cpu_us_per_order=drained.us_per_order,
        more={
            "packages_shipped": len(count.shipped),
            "seconds": rounded(drained.spent.wall),
            **costs([drained]),
            "said_per_order": told(count.shape()),
            **conditions(backlog),
        },
    )
