"""The runner is killed again and again, cancelled and resumed: each item once, the report complete, nothing new said."""

import asyncio
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from baesong.demo.watch import Watch
from baesong.platform_only import Platform
from replay_drill import Drill, drilled, orders_of, until
from running_services import read_all
from sizes import WHOLE, size

ORDERS = size(60, 5_000)
KILLS = size(3, 10)
RATE = size(2, 50)  # so slow that it is killed, and cancelled, on its way
POINTS = ("replay_before_sent", "replay_after_sent", "replay_after_noted")
LIVE = ("order.placed", "order.changed", "allocation.decided", "shipment.created", "shipment.updated",
        "customer.notified", "partner.swift.shipments")  # fmt: skip

pytestmark = [
    pytest.mark.skipif(not WHOLE, reason="a minute of its own: in make prove, or with BAESONG_SIZE=small"),
    pytest.mark.timeout(size(300, 3600)),
]


async def test_each_item_once_and_the_report_is_complete(platform: Platform, tmp_path: Path) -> None:
    armed = tmp_path / "console"
    own = {"console": {"BAESONG_FAILPOINTS": str(armed)}}
    records = orders_of(5, ORDERS)
    async with drilled(platform, ORDERS, own=own) as drill:
        async with Watch(drill.instance.connection).following() as watch:
            await drill.feed(records, size(60, 200))
            await drill.settled(watch)
            before = await ends(drill)
            job = await drill.told("replay", "new", "--topic", "order.placed", "--reason", "a drill")
            await drill.told("replay", "apply", "last", "--rate", str(RATE))
            for _, point in zip(range(KILLS), cycle(POINTS), strict=False):
                await killed(drill, armed, point)
            await drill.told("replay", "cancel", "last")
            stopped = await drill.told("replay", "status", "last")
            assert stopped["state"] == "cancelled"
            assert stopped["items"].get("chosen"), "it was cancelled too late to show anything"
            await drill.told("replay", "resume", "last", "--rate", "500", "--wait")
            report = await drill.told("replay", "report", "last")
            assert report["state"] == "done"
            assert Counter(one["item"] for one in report["items"]).most_common(1)[0][1] == 1
            assert len(report["items"]) == job["preview"]["records"] == before["order.placed"]
            readers = {"allocator", "fulfiller", "notifier"}
            assert {(frozenset(one["outcomes"]), one["state"]) for one in report["items"]} == {
                (frozenset(readers), "settled")
            }
            assert report["outcomes"] == {name: {"done": len(report["items"])} for name in readers}
            assert await ends(drill) == before
        await drill.books_balance()


async def killed(drill: Drill, armed: Path, point: str) -> None:
    """The console dies at a point of its next chunk but one, and is started again."""
    console = drill.instance.supervisor.part("console")
    child = console.child
    armed.write_text(f"{point} 2")
    await until(lambda: gone(armed), 60)
    async with asyncio.timeout(60):
        while console.child is child or not console.alive() or not await console.ready():
            await asyncio.sleep(0.1)


async def gone(file: Path) -> bool:
    return not file.exists()


async def ends(drill: Drill) -> dict[str, int]:
    """How many records each live topic holds."""
    prefix: Any = drill.instance.connection.topic_prefix
    return {topic: len(await read_all(drill.instance, prefix + topic)) for topic in LIVE}  # type: ignore[arg-type]
