"""An order that changes after it was placed, through all services: before anything has left, and after."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from baesong.platform_only import Platform
from order_intake.domain.checkouts import identity
from pipeline import Partner, Pipeline, copied, migrated, pipeline
from service_runtime.timers import fire_due

PLACES = [
    {
        "location_id": location_id, "name": "Place", "country_code": "KR", "postal_code": "04524", "latitude": at,
        "longitude": 127.0, "kind": kind, "partner_id": partner_id,
    }
    for location_id, at, kind, partner_id in (("L1", 37.0, "partner", "swift"), ("B1", 37.5, "manual", None))
]  # fmt: skip
CHECKOUT = {
    "source": "web", "source_id": "S-1", "updated_at": "2026-11-23T00:00:00Z", "placed_at": "2026-11-23T00:00:00Z",
    "shop": "seoul", "locale": "ko-KR", "currency": "KRW", "payment": {"status": "paid"},
    "customer": {"email": "c@example.test"},
    "destination": {"country_code": "KR", "latitude": 37.0, "longitude": 127.0},
    "ship_to": {"name": "김민아", "address1": "세종대로 110", "city": "서울"},
}  # fmt: skip
ORDER = identity("seoul", "web", "S-1")


@pytest.fixture(scope="module")
async def dsns(platform: Platform) -> Mapping[str, str]:
    return await migrated(platform, f"changes_{uuid4().hex[:6]}")


@pytest.fixture
async def pipe(platform: Platform, dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pipeline]:
    """MUG lies with the partner, TEA at the bench; ten of each."""
    monkeypatch.setenv("NOTIFIER_MAIL", "off")
    async with pipeline(platform, await copied(platform, dsns)) as pipe:
        rates = {"currency": "KRW", "parcel": "3000", "per_kg": "500", "per_100km": "100"}
        await pipe.put("allocator", "/locations", {"locations": PLACES, "rates": rates})
        skus = [{"sku": sku, "weight_g": 300, "title": sku} for sku in ("MUG", "TEA")]
        levels = [
            {"sku": "MUG", "location_id": "L1", "on_hand": 10},
            {"sku": "TEA", "location_id": "B1", "on_hand": 10},
        ]
        await pipe.put("allocator", "/stock", {"skus": skus, "levels": levels})
        yield pipe


def line(line_id: str, sku: str, quantity: int) -> dict[str, Any]:
    price = {"amount": 1000, "currency": "KRW"}
    return {"line_id": line_id, "sku": sku, "title": sku, "quantity": quantity, "weight_g": 300, "price": price}


async def say(pipe: Pipeline, partner: Partner | None = None, later: int = 0, **changes: Any) -> None:
    """What the shop says of the order now."""
    at = (datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=later)).isoformat()
    pipe.tell("checkout.completed", "S-1", {**CHECKOUT, "updated_at": at, **changes})
    await pipe.settle(react=partner)


async def act(pipe: Pipeline, path: str, partner: Partner | None = None, **body: Any) -> httpx.Response:
    answer = await pipe.post("order_intake", f"/orders/{ORDER}/{path}", body)
    await pipe.settle(react=partner)
    return answer


def shipments(pipe: Pipeline) -> dict[str, dict[str, Any]]:
    """The newest state said of each shipment."""
    found: dict[str, dict[str, Any]] = {}
    for topic in ("shipment.created", "shipment.updated"):
        for body in pipe.said(topic):
            known = found.get(body["location_id"])
            if known is None or body["revision"] >= known["revision"]:
                found[body["location_id"]] = body
    return found


async def stock(pipe: Pipeline, sku: str) -> tuple[int, int]:
    [row] = await pipe.rows("allocator", "SELECT available, committed FROM stock WHERE sku = $1", sku)
    return row["available"], row["committed"]


def asked_of(partner: Partner, pipe: Pipeline) -> list[str]:
    return [request["kind"] for request in pipe.said(f"{partner.topic}.shipments")]


async def test_a_held_order_keeps_its_stock_and_nothing_of_it_is_asked_of_a_partner_until_the_hold_goes(pipe: Pipeline):
    partner = Partner("swift")
    await say(pipe, partner, payment={"status": "pending"}, lines=[line("1", "MUG", 2)])
    assert (shipments(pipe)["L1"]["status"], await stock(pipe, "MUG")) == ("on_hold", (8, 2))
    assert asked_of(partner, pipe) == []
    await say(pipe, partner, later=1, lines=[line("1", "MUG", 2)])
    assert asked_of(partner, pipe) == ["requested"]
    assert (shipments(pipe)["L1"]["status"], await stock(pipe, "MUG")) == ("closed", (8, 0))


async def test_an_order_that_waits_for_its_payment_takes_no_stock(pipe: Pipeline):
    waits = {"status": "pending", "takes_no_stock": True}
    await say(pipe, payment=waits, lines=[line("1", "TEA", 2)])
    assert await stock(pipe, "TEA") == (10, 0)
    await say(pipe, later=1, lines=[line("1", "TEA", 2)])
    assert await stock(pipe, "TEA") == (8, 2)


async def test_an_order_that_nobody_pays_gives_its_stock_back(pipe: Pipeline):
    past = datetime.now(UTC) - timedelta(seconds=1)
    await say(pipe, payment={"status": "pending", "reserve_until": past.isoformat()}, lines=[line("1", "TEA", 2)])
    assert await stock(pipe, "TEA") == (8, 2)
    await fire_due(pipe.member("order_intake").running.protocol)
    await pipe.settle()
    assert (shipments(pipe)["B1"]["status"], await stock(pipe, "TEA")) == ("cancelled", (10, 0))
    assert pipe.said("order.changed")[-1]["changes"] == ["cancelled", "expired"]


async def test_lines_taken_away_and_added_before_anything_has_left(pipe: Pipeline):
    await say(pipe, lines=[line("1", "TEA", 3)])
    await say(pipe, later=1, lines=[line("1", "TEA", 1), line("2", "TEA", 4)])
    assert await stock(pipe, "TEA") == (5, 5)
    [bench] = [one for one in shipments(pipe).values() if one["status"] != "cancelled"]
    left = {one["line_id"]: one["ordered"] - one["released"] for one in bench["lines"]}
    assert left == {"1": 1, "2": 4}


async def test_another_address_is_told_to_the_partner_that_has_the_work(pipe: Pipeline):
    partner = Partner("swift")
    partner.dispatches = False
    await say(pipe, partner, lines=[line("1", "MUG", 1)])
    moved = {"name": "김민아", "address1": "종로 1", "city": "서울"}
    answer = await act(pipe, "edits", partner, reason="moved", ship_to=moved)
    assert answer.status_code == 200
    assert asked_of(partner, pipe) == ["requested", "changed"]
    assert pipe.said("partner.swift.shipments")[-1]["work"]["ship_to"]["address1"] == "종로 1"


async def test_what_has_left_cannot_be_taken_back_and_the_rest_can(pipe: Pipeline):
    partner = Partner("swift")
    await say(pipe, partner, lines=[line("1", "MUG", 1), line("2", "TEA", 2)])
    late = await act(pipe, "edits", reason="too much", lines=[{"line_id": "1", "quantity": 0}])
    assert (late.status_code, late.json()["problems"][0]["rule"]) == (409, "already_shipped")
    rest = await act(pipe, "edits", reason="too much", lines=[{"line_id": "2", "quantity": 1}])
    assert rest.status_code == 200
    assert (await stock(pipe, "MUG"), await stock(pipe, "TEA")) == ((9, 0), (9, 1))


async def test_what_a_partner_keeps_of_an_edit_is_wanted_again_and_taken_back_once_more_only_if_somebody_asks(
    pipe: Pipeline,
):
    partner = Partner("swift")
    partner.dispatches, partner.lets_go = False, False
    lines = [line("1", "MUG", 5)]
    await say(pipe, partner, lines=lines)
    await act(pipe, "edits", partner, reason="too much", lines=[{"line_id": "1", "quantity": 3}])
    [edited, kept] = pipe.said("order.changed")
    assert [(one["changes"], one["order"]["lines"][0]["cancelled"]) for one in (edited, kept)] == [
        (["edited"], 2),
        (["kept"], 0),
    ]
    await say(pipe, partner, later=1, lines=lines, tags=["vip"])
    assert [one["order"]["lines"][0]["cancelled"] for one in pipe.said("order.changed")] == [2, 0, 0]
    partner.dispatch(pipe, pipe.said(f"{partner.topic}.shipments")[0])
    await pipe.settle(react=partner)
    assert (shipments(pipe)["L1"]["status"], await stock(pipe, "MUG")) == ("closed", (5, 0))


async def test_a_cancel_by_the_shop_gives_everything_back_that_has_not_left(pipe: Pipeline):
    partner = Partner("swift")
    lines = [line("1", "MUG", 1), line("2", "TEA", 2)]
    await say(pipe, partner, lines=lines)
    gone = {"at": "2026-11-23T01:00:00Z", "reason": "customer"}
    await say(pipe, partner, later=1, lines=lines, cancelled=gone)
    assert (await stock(pipe, "MUG"), await stock(pipe, "TEA")) == ((9, 0), (10, 0))
    order = orjson.loads(orjson.dumps(pipe.said("order.changed")[0]["order"]))
    assert [(one["line_id"], one["cancelled"]) for one in order["lines"]] == [("1", 0), ("2", 2)]


async def test_what_the_shop_sends_itself_is_no_work_here(pipe: Pipeline):
    await say(pipe, lines=[{**line("1", "TEA", 3), "fulfilled_elsewhere": 2}])
    assert await stock(pipe, "TEA") == (9, 1)
    assert [one["ordered"] for one in shipments(pipe)["B1"]["lines"]] == [1]


async def test_an_order_that_is_cancelled_when_it_first_comes_is_no_work_and_tells_nobody_that_it_comes(pipe: Pipeline):
    gone = {"at": "2026-11-23T01:00:00Z", "reason": "customer"}
    await say(pipe, lines=[line("1", "TEA", 2)], cancelled=gone)
    assert (await stock(pipe, "TEA"), shipments(pipe)) == ((10, 0), {})
    confirmed = [said for said in pipe.said("customer.notified") if said["fact"] == "confirmed"]
    assert [said["reason"] for said in confirmed] == ["overtaken"]


async def test_an_order_that_was_released_from_its_payment_takes_its_stock_and_does_not_expire(pipe: Pipeline):
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    await say(
        pipe, payment={"status": "pending", "takes_no_stock": True, "reserve_until": past}, lines=[line("1", "TEA", 2)]
    )
    assert await stock(pipe, "TEA") == (10, 0)
    [hold] = pipe.said("order.placed")[0]["holds"]
    await act(pipe, f"holds/{hold['hold_id']}/release", actor="mina")
    await fire_due(pipe.member("order_intake").running.protocol)
    await pipe.settle()
    assert await stock(pipe, "TEA") == (8, 2)
    assert [said["changes"] for said in pipe.said("order.changed")] == [["released"]]
