"""A part is taken back from a partner, and some lines are held, on real Kafka and real PostgreSQL."""

import asyncio

from tests.integration.fulfiller.conftest import Fulfiller, a_message, a_package, changed, decided, place, placed


async def test_what_is_still_wanted_is_requested_anew_and_shipped(fulfiller: Fulfiller):
    await fulfiller.hears((placed("p1"), 1), (decided("p1", place("hub", 3, "swift")), 1))
    await fulfiller.until("p1", request_status="submitted")
    asked = decided("p1", place("hub", 3, "swift"), revision=2, order_version=2, hub=1)
    await fulfiller.hears((changed("p1"), 2), (asked, 2))
    await fulfiller.until_said("partner.swift.shipments", "p1", 2)
    let_go = a_message("p1-F1", "cancellation_accepted")
    await fulfiller.partner_says(let_go, let_go)
    letters = await fulfiller.until_said("partner.swift.shipments", "p1", 3)
    said = [(one["kind"], one["version"], [line["quantity"] for line in one["work"]["lines"]]) for one in letters]
    assert said == [("requested", 1, [3]), ("cancellation_requested", 2, [3]), ("requested", 3, [2])]
    shipment = await fulfiller.until("p1", request_status="submitted", version=3)
    line = shipment["lines"][0]
    assert (shipment["status"], line["released"], line["answered"]) == ("open", 1, 1)
    await fulfiller.partner_says(a_message("p1-F1", "accepted"), a_package("p1-F1", 2))
    line = (await fulfiller.until("p1", status="closed"))["lines"][0]
    assert (line["ordered"], line["shipped"], line["released"]) == (3, 2, 1)
    assert len(await fulfiller.said("partner.swift.shipments", "p1")) == 3


async def test_it_is_not_requested_anew_before_the_edit_that_follows_is_decided(fulfiller: Fulfiller):
    await fulfiller.hears((placed("p2"), 1), (decided("p2", place("hub", 3, "swift")), 1))
    await fulfiller.until("p2", request_status="submitted")
    asked = decided("p2", place("hub", 3, "swift"), revision=2, order_version=2, hub=1)
    await fulfiller.hears((changed("p2"), 2), (asked, 2))
    await fulfiller.until("p2", request_status="cancellation_requested")
    await fulfiller.hears((changed("p2"), 3))
    await asyncio.sleep(0.3)
    await fulfiller.partner_says(a_message("p2-F1", "cancellation_accepted"))
    assert (await fulfiller.until("p2", request_status="unsubmitted"))["lines"][0]["released"] == 1
    more = decided("p2", place("hub", 3, "swift"), revision=3, order_version=3, hub=2)
    await fulfiller.hears((more, 3))
    letters = await fulfiller.until_said("partner.swift.shipments", "p2", 3)
    assert [line["quantity"] for line in letters[-1]["work"]["lines"]] == [1]
    assert (await fulfiller.until("p2", request_status="submitted"))["lines"][0]["released"] == 2


async def test_a_held_line_holds_its_shipment_until_the_hold_goes(fulfiller: Fulfiller):
    hold = [{"hold_id": "h", "reason": "other", "line_ids": ["1"]}]
    other = [{"hold_id": "h", "reason": "other", "line_ids": ["9"]}]
    await fulfiller.hears((placed("p3", holds=hold), 1), (decided("p3", place("bench-p", 3)), 1))
    await fulfiller.until("p3", status="on_hold", reason="other")
    assert await fulfiller.db.fetchval("SELECT line_holds FROM orders WHERE order_id = 'p3'")
    again = decided("p3", place("bench-p", 3), revision=2, order_version=2)
    await fulfiller.hears((changed("p3", holds=other), 2), (again, 2))
    shipment = await fulfiller.until("p3", status="open")
    assert (shipment["reason"], shipment["actions"]) == (None, ["create_package"])
