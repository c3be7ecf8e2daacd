"""A bug in 4 % of the orders parks and blocks them; mended, they are found by its class, shown, run, and nothing twice."""

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

import buggy
from baesong.demo.watch import Watch
from baesong.platform_only import Platform
from replay_drill import drilled, orders_of, until
from service_runtime.hashing import murmur2, placed
from sizes import size

ORDERS = size(100, 50_000)
RATE = size(60, 250)
ONE_IN = 25
PARTITIONS = 4  # of a local topic

pytestmark = pytest.mark.timeout(size(300, 3600))


async def test_what_a_bug_parked_is_run_again_in_six_commands(platform: Platform, tmp_path: Path) -> None:
    records = orders_of(4, ORDERS)
    placed = list(dict.fromkeys(one.order_id for one in records if one.expect == "placed"))
    bad = evenly(placed)
    (tmp_path / "bad").write_text("\n".join(bad))
    own = {"BUGGY_ORDERS": str(tmp_path / "bad"), "BUGGY_BRAKE": "10000"}
    places = {"PYTHONPATH": str(Path(buggy.__file__).parent)}
    spec = {"modules": {"allocator": ["buggy", "allocator"]}, "own": {"allocator": own}, "environment": places}
    async with drilled(platform, ORDERS, **spec) as drill, Watch(drill.instance.connection).following() as watch:
        await drill.feed(records, RATE)
        await until(lambda: _all_parked(drill, len(bad)), 900)
        await drill.settled(watch)
        assert await drill.value("allocator", "SELECT count(*) FROM blocked") == len(bad)
        await drill.instance.restart("allocator", {"BUGGY_ORDERS": ""})  # a fix is deployed

        drill.commands, began = 0, time.monotonic()
        await drill.command("parked", "list", "allocator")
        shown = await drill.told(
            "replay", "new", "--error-class", "bug", "--service", "allocator", "--reason", "the box"
        )
        preview = shown["preview"]
        assert preview["records"] == len(bad)
        assert preview["by_status"] == {"allocator": {"parked": len(bad)}}
        assert preview["rehearsed"] == {"allocator": {"handled": len(bad)}}
        assert preview["effects"] == {}
        done = await drill.told("replay", "apply", "last", "--wait")
        assert done["state"] == "done"
        assert done["outcomes"] == {"allocator": {"handled": len(bad)}}
        report = await drill.command("replay", "report", "last", "--csv")
        assert len(report.splitlines()) == 1 + len(bad)
        took = time.monotonic() - began

        assert drill.commands <= 6
        assert took < 180
        assert await drill.value("allocator", "SELECT count(*) FROM blocked") == 0
        await drill.settled(watch)
        await drill.books_balance()
        print(f"{len(bad)} of {len(placed)} orders mended in {drill.commands} commands and {took:.1f} s")  # noqa: T201


def evenly(orders: Sequence[str]) -> list[str]:
    """Every so many-th order of each partition: no 1,000 events in a row hold more of them than the brake allows."""
    by_partition: dict[int, list[str]] = defaultdict(list)
    for order in orders:
        by_partition[placed(murmur2(order.encode()), PARTITIONS)].append(order)
    return [order for those in by_partition.values() for order in those[::ONE_IN]]


async def _all_parked(drill: object, count: int) -> bool:
    return bool(await drill.value("allocator", f"SELECT count(*) = {count} FROM parked WHERE state = 'parked'"))  # type: ignore[attr-defined]
