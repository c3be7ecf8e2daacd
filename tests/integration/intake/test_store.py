"""Order-intake's rows in real PostgreSQL: both doors' one function, cancels, shipments."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from msgspec import structs
from tests.unit.intake.checkouts import checkout, line

from order_events import CancelReason, Cause, ShipmentStatus
from order_intake import store
from order_intake.domain.booking import Answer, Delivery, NotTaken, Taken
from order_intake.domain.cancelling import CancelWish, Changed, OrderState, cancel
from order_intake.domain.checkouts import identity, read_checkout
from order_intake.domain.shipments import LineState, ShipmentState
from order_intake.doors import take
from order_intake.store import raw_inputs, refused
from service_runtime import Connection, Place, Work

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def deliveries(*raws: bytes) -> list[Delivery]:
    headers = [("ce_id", b"r-1"), ("odd\x00name", b"\xff\x00")]
    return [
        Delivery(
            "checkout.completed",
            Place("checkout.completed", 0, 1),
            headers,
            raw,
            read_checkout(raw),
            Cause(f"c/{n}", NOW),
        )
        for n, raw in enumerate(raws)
    ]


async def taken(conn: Connection, *raws: bytes) -> list[Answer]:
    return await take(Work(conn, NOW), deliveries(*raws))


def names(answers: Sequence[Answer]) -> list[str]:
    return [answer.name for answer in answers if isinstance(answer, Taken)]


def order_id(source_id: str) -> str:
    return identity("seoul-craft", "web", source_id)


async def state_of(conn: Connection, source_id: str) -> OrderState:
    state = await store.order_state(conn, order_id(source_id))
    assert state is not None
    return state


async def test_names_go_on_where_the_shop_stopped(conn: Connection):
    assert names(await taken(conn, checkout(source_id="1"), checkout(source_id="2"))) == ["#1001", "#1002"]
    assert names(await taken(conn, checkout(source_id="3"), checkout(source_id="4", shop="b"))) == ["#1003", "#1001"]
    assert names(await taken(conn, checkout(source_id="5", shop="SEOUL-CRAFT"))) == ["#1004"]


async def test_an_order_is_stored_as_it_was_said(conn: Connection):
    work = Work(conn, NOW)
    await take(work, deliveries(checkout(source_id="1", test=True)))
    [event] = work.events
    state = await state_of(conn, "1")
    assert (state.version, state.cancelled_version) == (1, None)
    assert state.order.model_dump() == event.body.model_dump()


async def test_a_repeat_stores_and_says_nothing(conn: Connection):
    [first] = await taken(conn, checkout(source_id="1"))
    work = Work(conn, NOW)
    [again] = await take(work, deliveries(checkout(source_id="1")))
    assert isinstance(first, Taken)
    assert again == structs.replace(first, repeated=True)
    assert work.events == []
    assert await conn.fetchval("SELECT last FROM shop_counter WHERE shop = 'seoul-craft'") == 1001


async def test_a_repeat_of_an_order_that_has_changed_since_gets_the_first_answer(conn: Connection):
    [first] = await taken(conn, checkout(source_id="1"))
    await cancelled(conn, "1")
    assert isinstance(first, Taken)
    assert await taken(conn, checkout(source_id="1")) == [structs.replace(first, repeated=True)]


async def test_what_is_refused_is_kept_as_it_came(conn: Connection):
    raw = checkout(source_id="1", lines=[line(title="\ufffd", quantity=0)])
    [answer, _] = await taken(conn, raw, b"\xff")
    assert isinstance(answer, NotTaken)
    newest = await refused.newest(conn, 10)
    assert [one["checkout_id"] for one in newest if one["refused_id"] == answer.refused_id] == ["1"]
    kept = await refused.one(conn, UUID(answer.refused_id))
    assert kept is not None
    assert kept["raw"] == raw
    assert kept["headers"] == [["ce_id", "r-1"], ["odd\ufffdname", "\ufffd\ufffd"]]
    assert kept["problems"][0]["field"] == "lines[0].quantity"
    assert (kept["door"], kept["place"], kept["cause"]) == ("checkout.completed", "checkout.completed/0/1", "c/0")


async def test_a_conflict_leaves_the_order_as_it_was(conn: Connection):
    await taken(conn, checkout(source_id="1"))
    [answer] = await taken(conn, checkout(source_id="1", tags=["other"]))
    assert isinstance(answer, NotTaken)
    assert answer.conflict
    assert (await state_of(conn, "1")).order.tags == ()


async def test_a_batch_costs_the_same_statements_whatever_its_size(conn: Connection):
    named = {sql: name for name, sql in store.SQL.blocks.items()}

    async def statements(raws: list[bytes]) -> list[str]:
        said: list[Any] = []
        with conn.query_logger(said.append):
            await taken(conn, *raws)
            await asyncio.sleep(0)  # loggers are called soon, not at once
        return [named[one.query] for one in said if one.query in named]

    def mixed(count: int) -> list[bytes]:
        good = [checkout(source_id=f"{count}-{n}", shop=f"shop-{n % 7}") for n in range(count)]
        return [*good, *[checkout(source_id=f"{count}-b{n}", lines=[]) for n in range(count // 2)]]

    few, many = await statements(mixed(2)), await statements(mixed(333))
    assert few == many == ["held_orders", "registry_stamp", "take_numbers", "alike", "keep_refused"]


async def cancelled(conn: Connection, source_id: str) -> Changed:
    shipments = await store.shipments_of(conn, [order_id(source_id)])
    wish = CancelWish(NOW, CancelReason.CUSTOMER, "mina", None)
    outcome = cancel(await state_of(conn, source_id), shipments[order_id(source_id)], wish)
    assert isinstance(outcome, Changed)
    await store.change_orders(conn, [outcome], NOW)
    return outcome


async def test_an_order_of_which_units_were_taken_back_is_found_among_others(conn: Connection):
    await taken(conn, *[checkout(source_id=str(n)) for n in range(3)])
    state = (await cancelled(conn, "1")).state
    ids = [order_id(str(n)) for n in range(3)]
    assert await store.taken_back(conn, ids) == {order_id("1"): (state, 2)}


async def test_an_order_is_changed_only_from_the_version_it_was_decided_on(conn: Connection):
    await taken(conn, checkout(source_id="1"))
    changed = await cancelled(conn, "1")
    with pytest.raises(store.OrderMovedError):
        await store.change_orders(conn, [changed], NOW)
    with pytest.raises(store.OrderMovedError):
        await store.change_orders(conn, [replace(changed, state=replace(changed.state, version=4))], NOW)


def shipment(version: int, *counts: int, number: int = 1) -> ShipmentState:
    return ShipmentState(f"o-F{number}", "o", version, ShipmentStatus.OPEN, (LineState("1", *counts),))


async def test_the_newest_version_of_a_shipment_is_kept_whatever_comes_later(conn: Connection):
    for version in (2, 4, 3, 4, 1):
        await store.save_shipments(conn, [shipment(version, 9, version, 0, 0)])
    await store.save_shipments(conn, [shipment(1, 9, 0, 0, 0, number=2)])
    assert (await store.shipments_of(conn, ["o", "p"])) == {
        "o": [shipment(4, 9, 4, 0, 0), shipment(1, 9, 0, 0, 0, number=2)]
    }


async def test_every_statement_can_be_prepared_and_the_hot_ones_use_an_index(conn: Connection):
    for sql in store.SQL.blocks.values():
        await conn.prepare(sql)
    await taken(conn, *[checkout(source_id=f"{n}", shop=f"s{n % 3}") for n in range(2000)])
    for n in range(2000):
        await store.save_shipments(conn, [replace(shipment(1, 1, 0, 0, 0), order_id=f"o{n}", shipment_id=f"o{n}-F1")])
    await conn.execute("ANALYZE orders; ANALYZE shipment")
    ids, joined = "ARRAY['a','b','c']::text[]", "E'a\\x1fb\\x1fc'"
    for name, values in {
        "held_orders": [joined], "taken_back": [joined], "shipments_of": [ids], "order_by_name": ["'s1'", "1001"],
        "order_state": ["'a'"], "newest_refused": ["50"],
    }.items():  # fmt: skip
        sql = store.SQL.blocks[name].rstrip(";")
        for number, value in enumerate(values, 1):
            sql = sql.replace(f"${number}::text[]", value).replace(f"${number}", value)
        plan = "\n".join(row[0] for row in await conn.fetch(f"EXPLAIN {sql}"))
        assert "Index" in plan, f"{name}: {plan}"
        assert "Seq Scan" not in plan, f"{name}: {plan}"


async def test_what_orders_were_made_of_is_found_by_each_of_them_and_page_by_page(conn: Connection):
    raws = [checkout(source_id=f"raw-{n:03}") for n in range(250)]
    await taken(conn, *raws)
    ids = [order_id(f"raw-{n:03}") for n in range(250)]
    held = await raw_inputs.of(conn, ids)
    assert [held[id_].raw for id_ in ids] == raws
    assert await conn.fetchval("SELECT count(*) FROM raw_batch WHERE texts(order_ids) && $1", ids) == 3
    found, after = [], (datetime(1970, 1, 1, tzinfo=UTC), "")
    while page := await raw_inputs.between(conn, after[0], datetime(2199, 1, 1, tzinfo=UTC), after, 70):
        found, after = [*found, *page], page[-1]
    assert {id_ for _, id_ in found} >= set(ids)
    assert found == sorted(set(found))


async def test_what_an_older_release_kept_a_row_each_is_still_read():
    old = orjson.dumps([["o", "d", "p", "c", [["ce_id", "1"]], b64encode(b"\xff raw").decode()]])
    assert raw_inputs.unpacked(old) == [raw_inputs.RawInput("o", "d", "p", "c", [("ce_id", b"1")], b"\xff raw")]
