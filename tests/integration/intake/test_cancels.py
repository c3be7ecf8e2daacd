"""A cancel by HTTP, and what the shipments say of it, on real Kafka and real PostgreSQL."""

from typing import Any

import httpx
import pytest
from tests.integration.intake.conftest import Intake
from tests.unit.intake.checkouts import checkout, line

from order_events import (
    FulfilledBy,
    Instructions,
    RequestStatus,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    ShipmentUpdated,
    Wishes,
)
from running_services import eventually, said, send


def shipment(order_id: str, number: int, version: int, *counts: int, **changes: Any) -> Shipment:
    """A shipment of one line as (ordered, shipped, released, answered)."""
    ordered, shipped, released, answered = counts
    its_line = ShipmentLine(
        line_id="1", sku="MUG-BLUE", ordered=ordered, shipped=shipped, released=released, answered=answered,
        difference=0, reason=None,
    )  # fmt: skip
    facts: dict[str, Any] = {
        "shipment_id": f"{order_id}-F{number}", "name": f"#1-F{number}", "order_id": order_id, "order_version": 1,
        "revision": 1, "location_id": "seoul", "fulfilled_by": FulfilledBy.MANUAL, "partner_id": None,
        "status": ShipmentStatus.OPEN, "request_status": RequestStatus.UNSUBMITTED, "reason": None,
        "lines": (its_line,), "packages": (), "ship_to": None, "service": "standard", "instructions": Instructions(),
        "wishes": Wishes(), "fulfil_by": None,
    }  # fmt: skip
    return ShipmentUpdated(**{**facts, **changes})


async def tell(intake: Intake, *states: tuple[Shipment, int]) -> None:
    rows = [said(body, version, f"{body.shipment_id}/{version}") for body, version in states]
    await send(intake.platform, intake.prefix, rows)


async def shown(intake: Intake, order_id: str) -> dict[str, Any]:
    response = await intake.http.get(f"/orders/{order_id}")
    assert response.status_code == 200
    return dict(response.json())


async def placed(intake: Intake, source_id: str, quantity: int = 5) -> dict[str, Any]:
    return dict((await intake.post(checkout(source_id=source_id, lines=[line(quantity=quantity)]))).json())


async def cancel(intake: Intake, order_id: str, **body: Any) -> httpx.Response:
    return await intake.http.post(f"/orders/{order_id}/cancel", json={"reason": "customer", **body})


async def until(intake: Intake, order_id: str, **wanted: Any) -> dict[str, Any]:
    """The order as shown, once it is at this version, or in this state of fulfilment."""

    async def is_so() -> dict[str, Any] | None:
        order = await shown(intake, order_id)
        now = {"version": order["version"], "fulfilment": order["status"]["fulfilment"]}
        return order if all(now[name] == value for name, value in wanted.items()) else None

    return dict(await eventually(is_so))


async def test_an_order_can_be_looked_at_by_id_and_by_name(intake: Intake):
    taken = await placed(intake, "l1")
    by_id = await shown(intake, taken["order_id"])
    assert by_id["order"]["name"] == taken["name"]
    assert (by_id["version"], by_id["status"], by_id["shipments"]) == (
        1,
        {"order": "open", "fulfilment": "unfulfilled", "payment": "paid"},
        [],
    )
    for name in (taken["name"].replace("#", "%23"), taken["name"].removeprefix("#")):
        by_name = await intake.http.get(f"/orders/{name}", params={"shop": "Seoul-Craft"})
        assert by_name.json() == by_id
    for where in ("/orders/nosuch", "/orders/%231?shop=seoul-craft", "/orders/nosuch?shop=seoul-craft"):
        assert (await intake.http.get(where)).status_code == 404


async def test_a_cancel_is_said_with_the_units_it_takes_back_and_answered_alike_when_asked_again(intake: Intake):
    taken = await placed(intake, "x1")
    first = await cancel(intake, taken["order_id"], note="found it cheaper", actor="mina")
    assert first.status_code == 200
    answer = first.json()
    assert (answer["version"], answer["repeated"]) == (2, False)
    assert (answer["cancellation"]["reason"], answer["cancellation"]["actor"]) == ("customer", "mina")
    again = await cancel(intake, taken["order_id"], reason="staff")
    assert (again.status_code, again.json()) == (200, {**answer, "repeated": True})
    [_, changed] = await intake.order_events(taken["order_id"], 2)
    assert (changed["version"], changed["changes"], changed["reason"]) == (2, ["cancelled"], "found it cheaper")
    assert [one["cancelled"] for one in changed["order"]["lines"]] == [5]
    gone = {"order": "cancelled", "fulfilment": "unfulfilled", "payment": "paid"}
    assert (await shown(intake, taken["order_id"]))["status"] == gone
    repeated = (await intake.post(checkout(source_id="x1", lines=[line(quantity=5)]))).json()
    assert repeated == {**taken, "repeated": True}


async def test_an_unknown_order_cannot_be_cancelled(intake: Intake):
    response = await cancel(intake, "nosuch")
    assert (response.status_code, response.json()["problems"][0]["rule"]) == (404, "unknown")


@pytest.mark.parametrize(
    "body", [{"reason": "boredom"}, {"reason": ["customer"]}, {}, {"reason": "other", "colour": 1}]
)
async def test_a_cancel_says_a_reason_that_is_known(intake: Intake, body: dict[str, Any]):
    response = await intake.http.post("/orders/nosuch/cancel", json=body)
    assert response.status_code == 422
    assert set(response.json()["problems"][0]) == {"field", "rule", "message"}


async def test_what_has_left_is_not_cancelled_and_what_has_all_left_cannot_be(intake: Intake):
    part, whole = (await placed(intake, "p1"))["order_id"], (await placed(intake, "p2"))["order_id"]
    await tell(intake, (shipment(part, 1, 2, 5, 2, 0, 0), 2), (shipment(whole, 1, 2, 5, 5, 0, 0), 2))
    await until(intake, part, fulfilment="partially_fulfilled")
    order = await until(intake, whole, fulfilment="fulfilled")
    assert order["status"]["order"] == "closed"
    response = await cancel(intake, whole)
    assert (response.status_code, response.json()["problems"][0]["rule"]) == (409, "already_shipped")
    assert (await cancel(intake, part)).status_code == 200
    assert (await shown(intake, part))["order"]["lines"][0]["cancelled"] == 3


async def test_units_that_a_shipment_kept_are_no_longer_cancelled_and_that_is_said_once(intake: Intake):
    order_id = (await placed(intake, "q1"))["order_id"]
    await tell(intake, (shipment(order_id, 1, 1, 3, 0, 0, 0), 1), (shipment(order_id, 2, 1, 2, 0, 0, 0), 1))
    await cancel(intake, order_id)
    kept = shipment(order_id, 1, 4, 3, 3, 0, 3)
    await tell(intake, (kept, 4), (shipment(order_id, 1, 2, 3, 1, 0, 0), 2), (kept, 4))
    await tell(intake, (shipment(order_id, 2, 3, 2, 0, 2, 2), 3))
    order = await until(intake, order_id, version=3, fulfilment="fulfilled")
    assert order["order"]["lines"][0]["cancelled"] == 2
    assert {one["shipment_id"][-2:]: one["version"] for one in order["shipments"]}["F1"] == 4
    await tell(intake, (shipment(order_id, 2, 5, 2, 0, 2, 2), 5))
    await eventually(lambda: _at(intake, order_id, "F2", 5))
    events = await intake.order_events(order_id, 3)
    assert [(event["version"], event.get("changes")) for event in events] == [
        (1, None),
        (2, ["cancelled"]),
        (3, ["kept"]),
    ]
    assert events[2]["order"]["cancellation"] is not None


async def _at(intake: Intake, order_id: str, number: str, version: int) -> bool:
    shipments = (await shown(intake, order_id))["shipments"]
    return any(one["shipment_id"].endswith(number) and one["version"] == version for one in shipments)


async def test_many_shipments_of_many_orders_are_read_in_one_go(intake: Intake):
    ids = [(await placed(intake, f"n{n}"))["order_id"] for n in range(20)]
    for order_id in ids[::2]:
        await cancel(intake, order_id)
    await tell(intake, *[(shipment(order_id, 1, 2, 5, 2, 3, 5), 2) for order_id in ids])
    for order_id in ids[::2]:
        order = await until(intake, order_id, version=3)
        assert order["order"]["lines"][0]["cancelled"] == 3
    for order_id in ids[1::2]:
        assert (await until(intake, order_id, fulfilment="partially_fulfilled"))["version"] == 1
