"""The door of a running allocator: locations, stock, orders that wait, audit."""

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.allocator.conftest import Allocator
from tests.integration.allocator.rows import location

RATES = {"currency": "BRL", "parcel": "8.33", "per_kg": "2.69", "per_100km": "1.065"}


@pytest.fixture
async def sku(allocator: Allocator) -> str:
    """A SKU of this test alone, known and without stock, with two locations to lie at."""
    await put(allocator, "/locations", {"locations": [location("A"), location("B")], "rates": RATES})
    name = f"SKU-{uuid4().hex[:8]}"
    await put(allocator, "/stock", {"skus": [{"sku": name, "weight_g": 250, "title": "a thing"}]})
    return name


async def put(allocator: Allocator, path: str, body: dict[str, Any], status: int = 200, **headers: str) -> Any:
    response = await allocator.http.put(path, json=body, headers=headers)
    assert response.status_code == status, response.text
    return response.json()


async def get(allocator: Allocator, path: str, status: int = 200) -> Any:
    response = await allocator.http.get(path)
    assert response.status_code == status, response.text
    return response.json()


def level(sku: str, on_hand: int, at: str = "A") -> dict[str, Any]:
    return {"sku": sku, "location_id": at, "on_hand": on_hand}


def problems(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["field"], one["rule"]) for one in body["problems"]]


async def test_locations_and_rates_are_given_back_as_they_were_put(allocator: Allocator, sku: str):
    found = await get(allocator, "/locations")
    assert found["rates"] == RATES
    assert [one["location_id"] for one in found["locations"]] == ["A", "B"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "partner"}, "locations[0]"),
        ({"partner_id": "swift"}, "locations[0]"),
        ({"latitude": 1.0}, "locations[0]"),
        ({"latitude": 91.0, "longitude": 1.0}, "locations[0].latitude"),
        ({"country_code": "kr"}, "locations[0].country_code"),
        ({"colour": "red"}, "locations[0].colour"),
    ],
)
async def test_a_wrong_location_is_answered_with_field_and_rule(allocator: Allocator, wrong: Any, field: str):
    body = await put(allocator, "/locations", {"locations": [location("Z") | wrong]}, status=422)
    assert [name for name, _ in problems(body)] == [field]


async def test_a_count_sets_what_is_on_hand_and_says_it(allocator: Allocator, sku: str):
    answer = await put(allocator, "/stock", {"levels": [level(sku, 5), level(sku, 0, "B")]})
    assert (answer["changed"], answer["unchanged"], answer["refused"]) == (1, 1, [])
    found = await get(allocator, f"/stock/{sku.lower()}")
    assert (found["sku"], found["title"], found["weight_g"]) == (sku, "a thing", 250)
    assert [(one["location_id"], one["on_hand"], one["available"]) for one in found["levels"]] == [
        ("A", 5, 5),
        ("B", 0, 0),
    ]
    [said] = await allocator.said("inventory.changed", sku)
    assert said["version"] == 1
    assert b'"reason":"cycle_count_available"' in said["value"]


async def test_the_same_request_twice_counts_once(allocator: Allocator, sku: str):
    key = {"Idempotency-Key": f"k-{sku}"}
    first = await put(allocator, "/stock", {"levels": [level(sku, 5)]}, **key)
    assert await put(allocator, "/stock", {"levels": [level(sku, 5)]}, **key) == first
    assert len(await allocator.said("inventory.changed", sku)) == 1


async def test_counts_that_cannot_be_are_refused_one_by_one(allocator: Allocator, sku: str):
    levels = [level(sku, 5), level("nobody's", 1), level(sku, 1, "Z")]
    answer = await put(allocator, "/stock", {"levels": levels})
    assert answer["changed"] == 1
    assert [(one["field"], one["rule"]) for one in answer["refused"]] == [
        ("levels[1].sku", "unknown_sku"),
        ("levels[2].location_id", "unknown_location"),
    ]


async def test_a_request_all_of_whose_counts_are_refused_is_refused(allocator: Allocator):
    body = await put(allocator, "/stock", {"levels": [level("nobody's", 1)]}, status=422)
    assert problems(body) == [("levels[0].sku", "unknown_sku")]


async def test_a_level_named_twice_is_refused(allocator: Allocator, sku: str):
    await put(allocator, "/stock", {"levels": [level(sku, 5), level(sku.lower(), 6)]}, status=422)


@pytest.mark.parametrize("path", ["/stock/nobody's", "/orders/nobody's"])
async def test_what_is_not_there_is_404(allocator: Allocator, path: str):
    await get(allocator, path, status=404)


async def test_nobody_writes_or_reads_without_the_key(allocator: Allocator):
    for method, path in (("PUT", "/stock"), ("PUT", "/locations"), ("GET", "/stock/audit"), ("GET", "/locations")):
        response = await allocator.http.request(method, path, json={}, headers={"Authorization": "Bearer no"})
        assert response.status_code == 401


async def test_the_books_are_audited(allocator: Allocator, sku: str):
    await put(allocator, "/stock", {"levels": [level(sku, 5)]})
    assert await get(allocator, "/stock/audit") == {"balanced": True, "unbalanced": [], "missing": []}
