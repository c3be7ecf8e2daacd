"""Everything that stands in the log is replayed through all services while orders flow: it does nothing at all."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import pytest

from baesong.demo.watch import Watch
from baesong.platform_only import Platform
from replay_drill import Drill, drilled, orders_of
from running_services import read_all
from sizes import WHOLE, size

HISTORY = size(60, 18_000)  # orders; with all that is said of them five to six events each that are read
LIVE = size(40, 20_000)
RATE = size(40, 200)
TOPICS = (
    "checkout.completed", "order.placed", "order.changed", "allocation.decided", "shipment.updated",
    "partner.swift.inbound",
)  # fmt: skip
# Of each table that knows its order: all that is held of these orders, as one text each.
TABLES: Mapping[str, Sequence[str]] = {
    "order_intake": ("orders", "shipment"),
    "allocator": ("allocation",),
    "fulfiller": ("orders", "decision", "shipment"),
    "notifier": ("customer_order", "decision", "shipment", "message", "effect"),
}
SPOKEN = ("partner.swift.shipments", "customer.notified", "shipment.created", "allocation.decided", "order.changed")
DIGEST = (
    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t WHERE order_id = ANY($1::text[])"
)
LEDGER = "SELECT count(*) FROM ledger WHERE key LIKE ANY($1::text[])"

pytestmark = [
    pytest.mark.skipif(not WHOLE, reason="a minute of its own: in make prove, or with BAESONG_SIZE=small"),
    pytest.mark.timeout(size(300, 3600)),
]


async def test_a_replay_of_everything_does_nothing_while_orders_flow(platform: Platform) -> None:
    records = orders_of("again", HISTORY + LIVE)
    history, live = records[:HISTORY], records[HISTORY:]
    old = sorted({one.order_id for one in history if one.expect == "placed"})
    orders = len({one.order_id for one in records})
    async with drilled(platform, orders) as drill, Watch(drill.instance.connection).following() as watch:
        await drill.feed(history, size(60, 250))
        await drill.settled(watch)
        before = await held(drill, old), await said(drill, old)

        feeding = asyncio.create_task(drill.feed(live, RATE))
        done = [await replayed(drill, topic) for topic in TOPICS]
        await feeding
        await drill.settled(watch)

        after = await held(drill, old), await said(drill, old)
        assert _other(before[0], after[0]) == {}
        assert _other(before[1], after[1]) == {}
        for job in done:
            assert job["state"] == "done"
            assert {word for words in job["outcomes"].values() for word in words} <= {"done", "parked_again"}, job
            assert all(words.get("parked_again", 0) <= job["parked_before"] for words in job["outcomes"].values()), job
            assert job["preview"]["effects"] == {}
        assert sum(job["preview"]["records"] for job in done) >= 3 * len(old)
        await drill.books_balance()


def _other(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is no longer what it was."""
    return {name: (value, after[name]) for name, value in before.items() if after[name] != value}


async def replayed(drill: Drill, topic: str) -> dict[str, Any]:
    """One job: previewed, applied, waited for."""
    made = await drill.told("replay", "new", "--topic", topic, "--reason", "a drill: everything again")
    parked = sum(words.get("parked", 0) for words in made["preview"]["by_status"].values())  # what the feed does wrong
    return {**await drill.told("replay", "apply", "last", "--wait"), "parked_before": parked}


async def held(drill: Drill, orders: Sequence[str]) -> dict[str, str]:
    """What is held of these orders, projections and effects among it; and how often their stock moved."""
    found: dict[str, str] = {}
    for service, tables in TABLES.items():
        conn = await asyncpg.connect(drill.instance.connection.dsns[service])
        for table in tables:
            found[f"{service}.{table}"] = await conn.fetchval(DIGEST.format(table), list(orders))
        if service == "allocator":
            found["ledger"] = str(await conn.fetchval(LEDGER, [f"%{order}%" for order in orders[:500]]))
        await conn.close()
    return found


async def said(drill: Drill, orders: Sequence[str]) -> dict[str, Counter[str]]:
    """Which ids were said of these orders, and how often, by topic; mails by what the sink holds is `verify`'s."""
    wanted, prefix = set(orders), drill.instance.connection.topic_prefix
    found = {topic: await read_all(drill.instance, prefix + topic) for topic in SPOKEN}
    return {
        topic: Counter([dict(r.headers)["ce_id"].decode() for r in records if (r.key or b"").decode() in wanted])
        for topic, records in found.items()
    }
