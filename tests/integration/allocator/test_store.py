"""The allocator's rows in real PostgreSQL: stock, ledger, allocations, who waits; locks and plans."""

import asyncio
import json

import asyncpg
import pytest
from structlog.testing import capture_logs
from tests.integration.allocator.rows import NOW, buckets, heard, placed, shipped, stocked
from tests.unit.allocator.given import a_line, an_order

from allocator import store
from allocator.domain.settling import Heard, settle
from baesong.platform_only import Platform
from order_events import AllocationDecided, Cause, InventoryChanged
from service_runtime import Connection
from service_runtime.migrations import migrate


async def test_an_order_takes_stock_and_the_decision_and_the_stock_are_said(conn: Connection):
    await stocked(conn, {"MUG": {"A": 5}})
    decided, changed = await heard(conn, placed("o1", ("mug", 2)))
    assert await buckets(conn, "MUG", "A") == (5, 3, 2)
    assert isinstance(decided.body, AllocationDecided)
    assert [(unit.location_id, unit.quantity, unit.sku) for unit in decided.body.units] == [("A", 2, "mug")]
    assert isinstance(changed.body, InventoryChanged)
    assert (changed.body.sku, changed.body.available, changed.version) == ("MUG", 3, 2)
    assert changed.cause == decided.cause


async def test_the_last_unit_goes_to_the_first_order_of_the_batch(conn: Connection):
    await stocked(conn, {"mug": {"A": 1}})
    await heard(conn, placed("o2", ("mug", 1)), placed("o1", ("mug", 1)))
    held = await store.held(conn, ["o1", "o2"])
    assert [unit.location_id for unit in held["o2"].units] == ["A"]
    assert [unit.reason for unit in held["o1"].units] == ["out_of_stock"]
    assert await store.waiting_for(conn, ["mug"], 10) == ["o1"]


async def test_a_whole_life_moves_the_stock_and_leaves_the_ledger_in_balance(conn: Connection):
    await stocked(conn, {"mug": {"A": 3, "B": 2}})
    await heard(conn, placed("o1", ("mug", 4)))
    await heard(conn, shipped("o1", 2, "A", (3, 1, 0, 0)))
    await heard(conn, shipped("o1", 4, "A", (3, 1, 2, 0)))
    assert await buckets(conn, "mug", "A") == (2, 2, 0)
    assert await buckets(conn, "mug", "B") == (2, 0, 2)
    assert await store.unbalanced(conn) == []
    assert await store.waiting_for(conn, ["mug"], 10) == ["o1"]


async def test_what_is_read_again_changes_nothing(conn: Connection):
    await stocked(conn, {"mug": {"A": 3}})
    events = [placed("o1", ("mug", 1)), shipped("o1", 3, "A", (1, 1, 0, 0))]
    for event in events:
        await heard(conn, event)
    before = await conn.fetchval("SELECT count(*) FROM ledger")
    assert [await heard(conn, event) for event in events] == [[], []]
    assert await conn.fetchval("SELECT count(*) FROM ledger") == before
    assert await buckets(conn, "mug", "A") == (2, 2, 0)


async def test_a_shipment_without_its_order_is_stored_and_nothing_said(conn: Connection):
    await stocked(conn, {"mug": {"A": 3}})
    assert await heard(conn, shipped("o1", 3, "A", (1, 1, 0, 0))) == []
    assert (await store.held(conn, ["o1"]))["o1"].order is None
    events = await heard(conn, placed("o1", ("mug", 1)))
    assert [event.type for event in events] == ["allocation.decided", "inventory.changed"]


async def test_an_order_that_waits_no_more_is_struck_off(conn: Connection):
    await stocked(conn, {"mug": {"A": 0}})
    await heard(conn, placed("o1", ("mug", 1)))
    assert await store.how_many_wait(conn, ["mug"]) == 1
    await heard(conn, placed("o1", ("mug", 1), version=2, shortage_policy="cancel_missing"))
    assert await store.how_many_wait(conn, ["mug"]) == 0


async def test_an_unknown_sku_is_told_from_one_without_stock(conn: Connection):
    await stocked(conn, {"mug": {}})
    await heard(conn, placed("o1", ("mug", 1), ("pot", 1)))
    assert [unit.reason for unit in (await store.held(conn, ["o1"]))["o1"].units] == ["out_of_stock", "unknown_sku"]


async def test_more_orders_take_no_more_statements(conn: Connection):
    await stocked(conn, {"mug": {"A": 500}})
    await heard(conn, placed("warm", ("mug", 1)))
    counts = []
    for size in (2, 100):
        heard_of: list[str] = []
        with conn.query_logger(lambda query, to=heard_of: to.append(query.query)):
            await heard(conn, *[placed(f"{size}-{n}", ("mug", 1)) for n in range(size)])
        counts.append(len(heard_of))
    assert counts[0] == counts[1] <= 8


async def test_no_bucket_goes_below_nothing_whoever_writes(conn: Connection):
    await stocked(conn, {"mug": {"A": 1}})
    with pytest.raises(asyncpg.CheckViolationError):
        await conn.execute("UPDATE stock SET available = available - 2")


async def test_a_business_reason_is_booked_once_for_ever(conn: Connection):
    await stocked(conn, {"mug": {"A": 1}})
    with pytest.raises(asyncpg.UniqueViolationError):
        await stocked(conn, {"mug": {"A": 1}})


@pytest.mark.parametrize("statement", ["UPDATE ledger SET quantity = 9", "DELETE FROM ledger", "TRUNCATE ledger"])
async def test_the_ledger_is_append_only(conn: Connection, statement: str):
    await stocked(conn, {"mug": {"A": 1}})
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await conn.execute(statement)


async def test_a_row_that_is_not_as_it_was_read_is_not_written(conn: Connection):
    await stocked(conn, {"mug": {"A": 1}})
    shelf, network = await store.shelf(conn, ["mug"]), await store.network(conn)
    await conn.execute("UPDATE stock SET version = version + 1")
    order = an_order(a_line(sku="mug"), order_id="o1")
    settled = settle([Heard("o1", Cause("r", NOW), order=order)], {}, shelf, network)
    with pytest.raises(store.StockMovedError):
        await store.save(conn, {}, settled, shelf, NOW)


async def test_the_audit_finds_a_bucket_that_is_not_what_its_ledger_adds_up_to(conn: Connection):
    await stocked(conn, {"mug": {"A": 1}, "pot": {"B": 2}})
    await conn.execute("UPDATE stock SET damaged = 1 WHERE sku = 'pot'")
    [row] = await store.unbalanced(conn)
    assert row == {"sku": "pot", "location_id": "B", "bucket": "damaged", "ledger": 0, "stock": 1}


async def test_locations_and_rates_changed_by_another_are_read_anew(conn: Connection):
    await stocked(conn, {"mug": {"A": 1}})
    first = await store.network(conn)
    assert await store.network(conn) is first
    await store.save_rates(conn, {"currency": "BRL", "parcel": "8.33", "per_kg": "2.69", "per_100km": "1.065"})
    assert (await store.network(conn)).rates == ("BRL", 833_000, 269_000, 106_500)


async def test_two_batches_over_the_same_skus_neither_deadlock_nor_sell_a_unit_twice(platform: Platform):
    dsn = await platform.database("allocator_two_batches")
    await migrate(dsn, "allocator")
    async with asyncpg.create_pool(dsn, min_size=4, max_size=4) as pool:
        async with pool.acquire() as conn:
            await stocked(conn, {f"hot{n}": {"A": 5, "B": 5} for n in range(6)})

        async def batch(number: int) -> None:
            skus = [f"hot{(number + n) % 6}" for n in range(6)]
            orders = [placed(f"b{number}-{n}", *[(sku, 1) for sku in skus[n % 3 :]]) for n in range(4)]
            async with pool.acquire() as conn, conn.transaction():
                await heard(conn, *orders)

        await asyncio.gather(*[batch(number) for number in range(12)])
        async with pool.acquire() as conn:
            totals = await conn.fetchrow(
                "SELECT sum(available) AS a, sum(committed) AS c, sum(on_hand) AS h FROM stock"
            )
            assert dict(totals) == {"a": 0, "c": 60, "h": 60}
            assert await store.unbalanced(conn) == []
            live = await conn.fetch("SELECT held FROM allocation")
            said = [unit for row in live for unit in json.loads(row["held"])["units"]]
            assert sum(units for _, units, outcome, *_ in said if outcome == "allocated") == 60


HOT = {
    "lock_stock": (["sku1", "sku2"], "o1\x1fo2"),
    "held": ("o1\x1fo2",),
    "stock_of": (["sku1", "sku2"],),
    "known": (["sku1"],),
    "waiting_for": (["sku1", "sku2"], 500),
    "wait_no_more": (["sku1"], ["o1"]),
    "save_stock": (["sku1"], ["A"], "1", *["0"] * 5, "1"),
}


async def test_the_hot_statements_use_an_index(conn: Connection):
    await stocked(conn, {})
    await conn.execute("INSERT INTO sku SELECT 'sku' || n, 'sku' || n, 0, '' FROM generate_series(1, 5000) n")
    await conn.execute(
        "INSERT INTO stock (sku_key, location_id, sku) SELECT sku_key, at, sku FROM sku, unnest('{A,B}'::text[]) at"
    )
    await conn.execute(
        "INSERT INTO allocation SELECT 'o' || n, ARRAY['sku' || n], '{}', now() FROM generate_series(1, 5000) n"
    )
    await conn.execute("INSERT INTO waiting SELECT 'sku' || n, 'o' || n, now() FROM generate_series(1, 5000) n")
    await conn.execute("ANALYZE")
    for name, values in HOT.items():
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN {store.SQL.blocks[name]}", *values))
        assert "Seq Scan" not in plan, f"{name}\n{plan}"


async def test_every_statement_is_one_the_schema_knows(conn: Connection):
    for sql in store.SQL.blocks.values():
        await conn.prepare(sql)


async def test_what_left_and_was_not_there_is_a_row_of_the_ledger(conn: Connection):
    await stocked(conn, {"mug": {"A": 1}})
    await heard(conn, placed("o1", ("mug", 1)))
    await heard(conn, shipped("o1", 2, "A", (1, 0, 1, 0)))
    await heard(conn, placed("o2", ("mug", 1)))
    with capture_logs() as logs:
        await heard(conn, shipped("o1", 3, "A", (1, 1, 1, 0)))
    [line] = [one for one in logs if one["log_level"] == "error"]
    assert (line["event"], line["sku"], line["missing"]) == ("more left than was there", "mug", 1)
    [row] = await store.missing(conn)
    assert (row["sku"], row["location_id"], row["missing"], row["reference"]) == ("mug", "A", 1, "o1-F1")
    assert await buckets(conn, "mug", "A") == (1, 0, 1)
    assert await store.unbalanced(conn) == []


async def test_causes_of_a_batch_stand_in_the_ledger(conn: Connection):
    await stocked(conn, {"mug": {"A": 2}})
    first, second = placed("o1", ("mug", 1)), placed("o2", ("mug", 1))
    [*_, changed] = await heard(conn, first, second)
    assert changed.cause == Cause(first.cause.id, NOW)
    ids = await conn.fetch("SELECT event_id FROM ledger WHERE reason = 'reservation_created' ORDER BY seq")
    assert [row["event_id"] for row in ids] == [first.cause.id, second.cause.id]
