"""The fulfiller on real Kafka and real PostgreSQL, by its topics and its door."""

import asyncio

from tests.integration.fulfiller.conftest import Fulfiller, a_message, a_package, changed, decided, place, placed


async def test_a_decision_becomes_shipments_whichever_comes_first(fulfiller: Fulfiller):
    await fulfiller.hears((decided("a1", place("hub", 2, "swift"), place("bench", 1)), 1))
    await asyncio.sleep(0.3)
    assert await fulfiller.order("a1") == []
    await fulfiller.hears((placed("a1"), 1))
    created = await fulfiller.until_said("shipment.created", "a1", 2)
    assert [(one["shipment_id"], one["version"], one["status"], one["request_status"]) for one in created] == [
        ("a1-F1", 1, "open", "submitted"),
        ("a1-F2", 1, "open", "unsubmitted"),
    ]
    [work] = await fulfiller.until_said("partner.swift.shipments", "a1", 1)
    assert (work["kind"], work["work"]["lines"][0]["quantity"]) == ("requested", 2)


async def test_a_partner_accepts_and_dispatches_in_parts(fulfiller: Fulfiller):
    await fulfiller.hears((placed("b1"), 1), (decided("b1", place("hub", 3, "swift")), 1))
    await fulfiller.until("b1", request_status="submitted")
    await fulfiller.partner_says(
        a_message("b1-F1", "accepted"),
        a_package("b1-F1", 1, "P1", carrier="CJ Logistics", number="6896 7245"),
        a_package("b1-F1", 2, "P2"),
        a_message("b1-F1", "event", package_id="P1", milestone="delivered"),
    )
    shipment = await fulfiller.until("b1", version=5)
    assert (shipment["status"], shipment["lines"][0]["shipped"]) == ("closed", 3)
    assert shipment["packages"][0]["url"] == "https://trace.cjlogistics.com/next/tracking.html?wblNo=68967245"
    said = await fulfiller.until_said("shipment.updated", "b1", 4)
    assert [one["version"] for one in said] == [2, 3, 4, 5]


async def test_a_partner_that_answers_twice_changes_nothing_and_is_not_refused(fulfiller: Fulfiller):
    await fulfiller.hears((placed("c1"), 1), (decided("c1", place("hub", 3, "swift")), 1))
    await fulfiller.until("c1", request_status="submitted")
    accepted, package = a_message("c1-F1", "accepted"), a_package("c1-F1", 3)
    again = a_package("c1-F1", 3, message_id="another")
    await fulfiller.partner_says(accepted, accepted, package, package, again, accepted)
    await fulfiller.until("c1", status="closed")
    await asyncio.sleep(0.3)
    assert [one["version"] for one in await fulfiller.said("shipment.updated", "c1")] == [2, 3]
    assert [one["kind"] for one in await fulfiller.said("partner.swift.shipments", "c1")] == ["requested"]


async def test_a_partner_is_told_why_it_is_refused_and_its_words_are_kept(fulfiller: Fulfiller):
    await fulfiller.hears((placed("d1"), 1), (decided("d1", place("hub", 3, "swift")), 1))
    await fulfiller.until("d1", request_status="submitted")
    too_many = a_package("d1-F1", 4)
    await fulfiller.partner_says(too_many)
    await fulfiller.partner_says(a_message("d1-F1", "accepted", "x1"), partner="rival")
    _, refused = await fulfiller.until_said("partner.swift.shipments", "d1", 2)
    assert (refused["kind"], refused["message_id"]) == ("refused", "d1-F1-P1")
    assert [one["rule"] for one in refused["problems"]] == ["too_many_units"]
    [rival] = await fulfiller.until_said("partner.rival.shipments", "d1", 1)
    assert [one["rule"] for one in rival["problems"]] == ["unknown_shipment"]
    assert await fulfiller.db.fetchval("SELECT body FROM refused WHERE message_id = 'd1-F1-P1'") == too_many
    assert (await fulfiller.order("d1"))[0]["version"] == 1


async def test_a_refused_message_may_be_said_again_when_it_has_become_true(fulfiller: Fulfiller):
    await fulfiller.hears((placed("e1"), 1), (decided("e1", place("hub", 3, "swift")), 1))
    await fulfiller.until("e1", request_status="submitted")
    arrived = a_message("e1-F1", "event", package_id="P1", milestone="delivered")
    await fulfiller.partner_says(arrived, a_package("e1-F1", 3), arrived)
    shipment = await fulfiller.until("e1", version=3)
    assert [one["status"] for one in shipment["packages"][0]["milestones"]] == ["dispatched", "delivered"]
    refusals = [one for one in await fulfiller.said("partner.swift.shipments", "e1") if one["kind"] == "refused"]
    assert [one["version"] for one in refusals] == [1]


async def test_garbage_is_refused_and_stops_nobody(fulfiller: Fulfiller):
    await fulfiller.partner_says(b"[1, 2]", b'{"shipment_id": "g1-F1", "message_id": "g"}', b"null")
    [refused] = await fulfiller.until_said("partner.swift.shipments", "g1", 1)
    assert {one["field"] for one in refused["problems"]} == {"kind", "happened_at"}
    nobodys = await fulfiller.until_said("partner.swift.shipments", "unknown", 2)
    assert {one["shipment_id"] for one in nobodys} == {"unknown"}


async def test_a_cancel_is_asked_of_the_partner_and_answered(fulfiller: Fulfiller):
    await fulfiller.hears((placed("h1"), 1), (decided("h1", place("hub", 3, "swift")), 1))
    await fulfiller.until("h1", request_status="submitted")
    asked = decided("h1", place("hub", 3, "swift"), revision=2, order_version=2, hub=3)
    await fulfiller.hears((changed("h1"), 2), (asked, 2))
    work = await fulfiller.until_said("partner.swift.shipments", "h1", 2)
    assert [(one["kind"], one["version"]) for one in work] == [("requested", 1), ("cancellation_requested", 2)]
    await fulfiller.partner_says(a_message("h1-F1", "cancellation_accepted"))
    shipment = await fulfiller.until("h1", status="cancelled")
    line = shipment["lines"][0]
    assert (line["released"], line["answered"], line["difference"]) == (3, 3, 3)


async def test_the_bench_lists_packs_and_ships_its_work(fulfiller: Fulfiller):
    await fulfiller.hears((placed("i1"), 1), (decided("i1", place("bench-i", 3)), 1))
    await fulfiller.until("i1", status="open")
    ready = {"location_id": "bench-i", "status": "open", "ready": True}
    [listed] = (await fulfiller.http.get("/shipments", params=ready)).json()["shipments"]
    assert (listed["shipment_id"], listed["actions"]) == ("i1-F1", ["create_package"])
    package = {"lines": [{"line_id": "1", "quantity": 2}], "carrier": "UPS", "number": "1Z"}
    first = await fulfiller.http.post("/shipments/i1-F1/packages", json=package)
    assert (first.status_code, first.json()) == (
        201,
        {"shipment_id": "i1-F1", "package_id": "P1", "version": 2, "status": "in_progress", "open_units": 1},
    )
    rest = await fulfiller.http.post("/shipments/i1-F1/packages", json={})
    assert (rest.status_code, rest.json()["status"]) == (201, "closed")
    shown = (await fulfiller.http.get("/shipments/i1-F1")).json()
    assert (shown["actions"], [one["package_id"] for one in shown["packages"]]) == ([], ["P1", "P2"])
    assert [one["version"] for one in await fulfiller.until_said("shipment.updated", "i1", 2)] == [2, 3]


async def test_the_same_request_twice_is_one_package(fulfiller: Fulfiller):
    await fulfiller.hears((placed("j1"), 1), (decided("j1", place("bench", 3)), 1))
    await fulfiller.until("j1", status="open")
    package, key = {"lines": [{"line_id": "1", "quantity": 1}]}, {"Idempotency-Key": "j1"}
    replies = [
        await fulfiller.http.post("/shipments/j1-F1/packages", json=package, headers=key) for _ in range(2)
    ]  # fmt: skip
    assert replies[0].json() == replies[1].json()
    named = {**package, "package_id": "box-7"}
    statuses = [(await fulfiller.http.post("/shipments/j1-F1/packages", json=named)).status_code for _ in range(2)]
    assert statuses == [201, 200]
    assert (await fulfiller.order("j1"))[0]["lines"][0]["shipped"] == 2


async def test_the_bench_is_told_why_a_package_may_not_leave(fulfiller: Fulfiller):
    hold = [{"hold_id": "h", "reason": "high_risk_of_fraud", "note": None}]
    await fulfiller.hears((placed("k1", holds=hold), 1), (decided("k1", place("bench-k", 3)), 1))
    await fulfiller.until("k1", status="on_hold")
    held = await fulfiller.http.post("/shipments/k1-F1/packages", json={})
    assert (held.status_code, held.json()["problems"][0]["rule"], held.json()["actions"]) == (409, "not_allowed", [])
    ready = {"location_id": "bench-k", "ready": True}
    assert (await fulfiller.http.get("/shipments", params=ready)).json() == {"shipments": []}
    await fulfiller.hears((changed("k1"), 2))
    await fulfiller.until("k1", status="open")
    barred = await fulfiller.http.post("/shipments/k1-F1/packages", json={})
    assert (barred.status_code, barred.json()["problems"][0]["rule"]) == (409, "barred")
    await fulfiller.hears((decided("k1", place("bench-k", 3), revision=2, order_version=2), 2))

    async def packed() -> int:
        return (await fulfiller.http.post("/shipments/k1-F1/packages", json={})).status_code

    while await packed() == 409:
        await asyncio.sleep(0.05)
    assert (await fulfiller.order("k1"))[0]["status"] == "closed"


async def test_what_is_asked_wrongly_is_answered_by_field_and_rule(fulfiller: Fulfiller):
    unknown = await fulfiller.http.post("/shipments/nobody-F1/packages", json={})
    assert (unknown.status_code, unknown.json()["problems"][0]["rule"]) == (404, "unknown_shipment")
    wrong = await fulfiller.http.post("/shipments/x-F1/packages", json={"lines": [{"line_id": "1", "quantity": 0}]})
    assert (wrong.status_code, wrong.json()["problems"][0]["field"]) == (422, "lines[0].quantity")
    odd = await fulfiller.http.get("/shipments", params={"location_id": "bench", "status": "someday"})
    assert odd.status_code == 422
    assert (await fulfiller.http.get("/orders/nobody")).status_code == 404
    assert (await fulfiller.http.get("/shipments/nobody")).status_code == 404
    nul = await fulfiller.http.post("/shipments/%00/packages", json={})
    assert nul.status_code == 422


async def test_nobody_packs_without_the_key(fulfiller: Fulfiller):
    without = {"Authorization": "Bearer other"}
    answer = await fulfiller.http.post("/shipments/a1-F2/packages", json={}, headers=without)
    assert answer.status_code == 401
    assert (await fulfiller.http.get("/orders/a1", headers=without)).status_code == 401
