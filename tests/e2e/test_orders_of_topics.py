"""Each service reads its topics one wholly after the other, in every order; the books and the facts come out the same.

Stock is enough for all, so that who comes first changes nothing. It is the protocol's own function, on the real stores;
only the log is simulated, because here the test says which topic comes first.
"""

from collections.abc import Mapping, Sequence
from itertools import permutations
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from baesong.platform_only import Platform
from pipeline import Partner, Pipeline, built, copied, migrated, pipeline
from sizes import size

ORDERS = 6
LOCATIONS = [
    {
        "location_id": f"L{n}", "name": f"Place {n}", "country_code": "KR", "postal_code": "04524", "latitude": 37.0 + n,
        "longitude": 127.0, "kind": "partner" if n % 2 else "manual", "partner_id": "swift" if n % 2 else None,
    }
    for n in range(2)
]  # fmt: skip
RATES = {"currency": "KRW", "parcel": "3000", "per_kg": "500", "per_100km": "100"}
SKUS = ["MUG", "TEA"]
MOST_ORDERS_OF_TOPICS = size(4, 120)


def checkout(n: int) -> dict[str, Any]:
    """Order n: one or two lines; the odd ones are cancelled before anybody read them."""
    money = {"amount": 1000, "currency": "KRW"}
    lines = [
        {"line_id": str(i), "sku": sku, "title": sku, "quantity": 2, "price": money, "weight_g": 300}
        for i, sku in enumerate(SKUS[: 1 + n % 2])
    ]
    return {
        "source": "web", "source_id": f"S-{n}", "updated_at": "2026-11-23T00:00:00Z",
        "placed_at": "2026-11-23T00:00:00Z", "shop": "seoul", "locale": "ko-KR", "currency": "KRW",
        "payment": {"status": "paid"}, "customer": {"email": f"c{n}@example.test"},
        "destination": {"country_code": "KR", "latitude": 37.0 + n % 2, "longitude": 127.0},
        "ship_to": {"name": "김민아", "address1": "세종대로 110", "city": "서울"}, "lines": lines,
    }  # fmt: skip


@pytest.fixture(scope="module")
async def dsns(platform: Platform) -> Mapping[str, str]:
    return await migrated(platform, f"topics_{uuid4().hex[:6]}")


async def run(pipe: Pipeline, sequences: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Two waves: cancels that meet nothing but an order, then cancels that meet shipments; and what they come to."""
    stock = [{"sku": sku, "location_id": place["location_id"], "on_hand": 100} for sku in SKUS for place in LOCATIONS]
    await pipe.put("allocator", "/locations", {"locations": LOCATIONS, "rates": RATES})
    await pipe.put(
        "allocator", "/stock", {"skus": [{"sku": s, "weight_g": 300, "title": s} for s in SKUS], "levels": stock}
    )
    partner = Partner("swift", rejects=lambda request: request["work"]["name"].startswith("#1005"))
    partner.dispatches = False
    for n in range(ORDERS):
        pipe.tell("checkout.completed", f"S-{n}", checkout(n), ce_id=f"checkout-{n}")
    await pipe.member("order_intake").read("checkout.completed")
    orders = {body["source_id"]: body["order_id"] for body in pipe.said("order.placed")}
    await cancel(pipe, orders["S-1"])
    await pipe.settle(sequences, partner)
    await cancel(pipe, orders["S-2"])
    await cancel(pipe, orders["S-3"])
    for request in [one for one in pipe.said("partner.swift.shipments") if one["kind"] == "requested"]:
        partner.dispatch(pipe, request)
    await pipe.settle(sequences, partner)
    await ship_from_the_bench(pipe)
    await pipe.settle(sequences, partner)
    return await books(pipe)


async def cancel(pipe: Pipeline, order_id: str) -> None:
    answer = await pipe.post("order_intake", f"/orders/{order_id}/cancel", {"reason": "customer"})
    assert answer.status_code == 200, answer.text


async def ship_from_the_bench(pipe: Pipeline) -> None:
    rows = await pipe.rows("fulfiller", "SELECT shipment_id FROM shipment ORDER BY shipment_id")
    for row in rows:
        answer = await pipe.post(
            "fulfiller", f"/shipments/{row['shipment_id']}/packages", {"carrier": "UPS", "number": "1Z"}
        )
        assert answer.status_code in {201, 409}, answer.text


async def books(pipe: Pipeline) -> dict[str, Any]:
    """What must not depend on which topic came first."""
    stock = await pipe.rows("allocator", "SELECT sku, location_id, on_hand, committed FROM stock ORDER BY 1, 2")
    facts = sorted({(body["order_id"], body["fact"]) for body in pipe.said("customer.notified")})
    told = await pipe.rows("notifier", "SELECT order_id, fact FROM message ORDER BY 1, 2")
    units: dict[str, Any] = {}
    for body in sorted(pipe.said("allocation.decided"), key=lambda body: body["revision"]):
        units[body["order_id"]] = sorted((u["line_id"], u["outcome"], u["quantity"]) for u in body["units"])
    blocked = [await pipe.rows(name, "SELECT order_id FROM blocked") for name in pipe.members]
    parked = [await pipe.rows(name, "SELECT reason FROM parked") for name in pipe.members]
    return {
        "stock": [tuple(row) for row in stock],
        "facts": sorted({*facts, *(tuple(row) for row in told)}),
        "units": units,
        "waiting": [*filter(None, blocked), *filter(None, parked)],
    }


def sequences_of(name: str) -> list[tuple[str, ...]]:
    """Every order of a service's topics; of many, a seeded choice in CI."""
    service = built(name, "none", "postgresql://")
    every = list(permutations([*service.own_topics, *service.outside_topics]))
    return every if len(every) <= MOST_ORDERS_OF_TOPICS else Random(7).sample(every, MOST_ORDERS_OF_TOPICS)


async def books_after(platform: Platform, dsns: Mapping[str, str], sequences: Mapping[str, Sequence[str]]) -> Any:
    """A run of its own, on databases of its own."""
    async with pipeline(platform, await copied(platform, dsns)) as pipe:
        return await run(pipe, sequences)


@pytest.mark.parametrize("name", ["order_intake", "allocator", "fulfiller", "notifier"])
async def test_the_order_of_topics_changes_nothing(name: str, platform: Platform, dsns: Mapping[str, str]) -> None:
    wanted = await books_after(platform, dsns, {})
    assert wanted["waiting"] == []
    assert len({fact for _, fact in wanted["facts"]}) >= 3
    for sequence in sequences_of(name):
        assert await books_after(platform, dsns, {name: sequence}) == wanted, sequence
