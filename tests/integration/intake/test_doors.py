"""Both doors of a running order-intake on real Kafka and real PostgreSQL."""

import asyncio
import json
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.intake.conftest import Intake
from tests.unit.intake.checkouts import checkout, line

from order_intake.domain.checkouts import MOST_BYTES, identity


def order_id(source_id: str, shop: str = "seoul-craft") -> str:
    return identity(shop, "web", source_id)


def rules(response: httpx.Response) -> set[tuple[str, str]]:
    return {(problem["field"], problem["rule"]) for problem in response.json()["problems"]}


async def test_an_order_by_http_is_accepted_named_and_said(intake: Intake):
    response = await intake.post(checkout(source_id="h1"))
    assert response.status_code == 201
    taken = response.json()
    who = {"order_id": order_id("h1"), "name": taken["name"], "version": 1}
    assert taken == {**who, "repeated": False, "status": "accepted", "held": []}
    [placed] = await intake.order_events(order_id("h1"), 1)
    assert (placed["type"], placed["version"], placed["name"]) == ("order.placed", 1, taken["name"])


async def test_the_same_order_by_either_door_or_twice_is_one_order(intake: Intake):
    first = (await intake.post(checkout(source_id="s1"))).json()
    again = await intake.post(checkout(source_id="s1", updated_at="2026-11-24T00:00:00Z"))
    assert (again.status_code, again.json()) == (200, {**first, "repeated": True})
    await intake.put(("s1-k", checkout(source_id="s1")), ("s2-k", checkout(source_id="s2")))
    by_kafka, other = await intake.answers("s1-k", "s2-k")
    names = set(first) - {"held"}
    assert {name: by_kafka[name] for name in names} == {name: first[name] for name in names} | {"repeated": True}
    after = (await intake.post(checkout(source_id="s2"))).json()
    assert {name: after[name] for name in names} == {name: other[name] for name in names} | {"repeated": True}
    assert len(await intake.order_events(order_id("s1"), 1)) == len(await intake.order_events(order_id("s2"), 1)) == 1


async def test_orders_that_come_at_once_are_each_taken_named_and_said_once(intake: Intake):
    bodies = [checkout(source_id=f"g{n}") for n in range(20)]
    keyed = [intake.post(body, **{"Idempotency-Key": f"g{n}"}) for n, body in enumerate(bodies)]
    wrong = intake.post(checkout(source_id="g-wrong", lines=[]))
    twice = intake.post(bodies[1], **{"Idempotency-Key": "g1-again"})
    *answers, refused, repeated = await asyncio.gather(*keyed, wrong, twice)
    same = await intake.post(bodies[0], **{"Idempotency-Key": "g0"})
    assert [answer.status_code for answer in answers] == [201] * 20
    assert len({answer.json()["name"] for answer in answers}) == 20
    assert refused.status_code == 422
    assert (same.status_code, same.json()) == (201, answers[0].json())
    assert (repeated.status_code, repeated.json()) == (200, {**answers[1].json(), "repeated": True})
    for n in range(20):
        assert len(await intake.order_events(order_id(f"g{n}"), 1)) == 1


async def test_a_record_read_twice_is_answered_once(intake: Intake):
    await intake.put(*[("t1-k", checkout(source_id="t1"))] * 3, ("t2-k", checkout(source_id="t2")))
    await intake.answers("t1-k", "t2-k")
    answers = [json.loads(record.value)["record_id"] for record in await intake.said("checkout.answered")]
    assert answers.count("t1-k") == 1


async def test_another_body_under_an_accepted_id_is_a_conflict_by_either_door(intake: Intake):
    await intake.post(checkout(source_id="c1"))
    other = checkout(source_id="c1", lines=[line(quantity=9)])
    response = await intake.post(other)
    assert (response.status_code, rules(response)) == (409, {("source_id", "conflict")})
    await intake.put(("c1-k", other))
    [answer] = await intake.answers("c1-k")
    assert (answer["status"], answer["problems"][0]["rule"]) == ("refused", "conflict")
    assert answer["problems"] == response.json()["problems"]


async def test_two_bodies_of_one_order_in_one_batch_are_an_order_and_a_conflict(intake: Intake):
    await intake.put(("b1-k", checkout(source_id="b1")), ("b2-k", checkout(source_id="b1", tags=["other"])))
    answers = await intake.answers("b1-k", "b2-k")
    assert sorted(answer["status"] for answer in answers) == ["accepted", "refused"]
    assert len(await intake.order_events(order_id("b1"), 1)) == 1


async def test_a_newer_state_is_the_orders_next_version_by_either_door(intake: Intake):
    await intake.post(checkout(source_id="e1"))
    edit = checkout(source_id="e1", updated_at="2026-11-24T00:00:00Z", lines=[line(quantity=1)])
    response = await intake.post(edit)
    said = response.json()
    assert (response.status_code, said["status"], said["version"]) == (200, "changed", 2)
    await intake.put(("e1-k", checkout(source_id="e1", updated_at="2026-11-24T00:00:01Z", tags=["vip"])))
    [answer] = await intake.answers("e1-k")
    assert (answer["status"], answer["version"], answer["name"]) == ("changed", 3, said["name"])
    [second, third] = (await intake.order_events(order_id("e1"), 3))[1:]
    assert (second["changes"], second["fields"]) == (["edited"], ["lines[0].cancelled"])
    assert [(one["quantity"], one["cancelled"]) for one in third["order"]["lines"]] == [(2, 0)]


async def test_an_older_state_that_comes_late_undoes_nothing(intake: Intake):
    await intake.post(checkout(source_id="e2", updated_at="2026-11-24T00:00:02Z", tags=["new"]))
    late = await intake.post(checkout(source_id="e2", updated_at="2026-11-24T00:00:01Z", tags=["old"]))
    assert (late.status_code, late.json()["repeated"]) == (200, True)
    assert len(await intake.order_events(order_id("e2"), 1)) == 1


async def test_an_order_that_no_carrier_could_deliver_is_accepted_and_held_and_says_why(intake: Intake):
    response = await intake.post(checkout(source_id="e3", without=("ship_to",)))
    assert (response.status_code, response.json()["status"]) == (201, "held")
    assert [one["rule"] for one in response.json()["held"]] == ["incorrect_address"]
    mended = await intake.post(checkout(source_id="e3", updated_at="2026-11-24T00:00:00Z"))
    assert (mended.json()["status"], mended.json()["held"]) == ("changed", [])
    [_, changed] = await intake.order_events(order_id("e3"), 2)
    assert changed["changes"] == ["released", "edited"]


async def test_wrong_fields_are_answered_by_field_and_rule_by_either_door(intake: Intake):
    wrong = checkout(source_id="w1", lines=[line(quantity=0)], colour="blue")
    response = await intake.post(wrong)
    assert response.status_code == 422
    assert rules(response) == {("lines[0].quantity", "greater_than_equal"), ("colour", "extra_forbidden")}
    await intake.put(("w1-k", wrong))
    [answer] = await intake.answers("w1-k")
    assert (answer["status"], answer["checkout_id"], answer["order_id"]) == ("refused", "w1", None)
    assert answer["problems"] == response.json()["problems"]
    await intake.post(checkout(source_id="w1"))
    assert len(await intake.order_events(order_id("w1"), 1)) == 1


@pytest.mark.parametrize(
    ("record_id", "raw"), [("o1", b"[]"), ("o2", b"null"), ("o3", b"{}"), ("o4", b'{"source_id": "o4"}')]
)
async def test_json_that_is_no_order_is_refused_and_answered(intake: Intake, record_id: str, raw: bytes):
    await intake.put((record_id, raw))
    [answer] = await intake.answers(record_id)
    assert answer["status"] == "refused"
    kept = (await intake.http.get(f"/refused/{answer['refused_id']}")).json()
    assert (kept["raw"], kept["door"]) == (raw.decode(), "checkout.completed")
    assert ["ce_id", record_id] in kept["headers"]
    assert kept["problems"] == answer["problems"]


async def test_a_record_id_with_another_body_is_refused_as_a_conflict(intake: Intake):
    await intake.put(("r1", checkout(source_id="r1")), ("r1", checkout(source_id="r2")))
    await intake.answers("r1")
    answers = [json.loads(record.value) for record in await intake.said("checkout.answered")]
    its = {answer["record_id"]: answer for answer in answers if answer["record_id"].startswith("r1")}
    [other] = [answer for id_, answer in its.items() if id_ != "r1"]
    assert (its["r1"]["status"], other["status"]) == ("accepted", "refused")
    assert [(p["field"], p["rule"]) for p in other["problems"]] == [("ce_id", "conflict")]


async def test_what_was_refused_is_listed_newest_first(intake: Intake):
    ids = [(await intake.post(b"{%d" % n)).json()["refused_id"] for n in range(3)]
    listed = (await intake.http.get("/refused", params={"limit": 2})).json()["refused"]
    assert [one["refused_id"] for one in listed] == ids[:0:-1]
    assert (await intake.http.get(f"/refused/{ids[0]}")).json()["raw"] == "{0"
    raw = await intake.http.get(f"/refused/{(await intake.post(bytes([255]))).json()['refused_id']}")
    assert raw.json()["raw_base64"] == "/w=="
    assert (await intake.http.get("/refused/00000000-0000-0000-0000-000000000000")).status_code == 404


async def test_the_door_is_closed_without_the_key(intake: Intake):
    for request in [
        intake.http.build_request("POST", "/orders", content=checkout(source_id="k1"), headers={"Authorization": ""}),
        intake.http.build_request("GET", "/refused", headers={"Authorization": "Bearer wrong"}),
        intake.http.build_request("GET", "/orders/x", headers={"Authorization": "Bearer wrong"}),
        intake.http.build_request("POST", "/orders/x/cancel", json={"reason": "staff"}, headers={"Authorization": ""}),
    ]:
        assert (await intake.http.send(request)).status_code == 401
    assert (await intake.http.get(f"/orders/{order_id('k1')}")).status_code == 404


async def test_a_body_over_a_mebibyte_is_not_read_to_its_end(intake: Intake):
    read = 0

    async def endless():
        nonlocal read
        while read < 100 * MOST_BYTES:
            read += 65536
            yield b" " * 65536

    response = await intake.http.post("/orders", content=endless(), headers={"Idempotency-Key": "large"})
    assert (response.status_code, rules(response)) == (413, {("", "size")})
    assert read <= 2 * MOST_BYTES
    kept = (await intake.http.get(f"/refused/{response.json()['refused_id']}")).json()
    assert len(kept["raw"]) == MOST_BYTES + 1
    small = checkout(source_id="large")
    assert (await intake.post(small + b" " * (MOST_BYTES - len(small)))).status_code == 201


async def test_a_repeated_idempotency_key_gets_the_stored_answer_and_another_body_under_it_none(intake: Intake):
    key = {"Idempotency-Key": "i1"}
    first = await intake.http.post("/orders", content=checkout(source_id="i1"), headers=key)
    again = await intake.http.post("/orders", content=checkout(source_id="i1"), headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, first.json())
    other = await intake.http.post("/orders", content=checkout(source_id="i2"), headers=key)
    assert (other.status_code, rules(other)) == (422, {("Idempotency-Key", "other_body")})


async def test_many_at_once_each_get_a_name_of_their_own_and_one_order_is_taken_once(intake: Intake):
    bodies = [checkout(source_id=f"m{n % 20}", shop="busy") for n in range(60)]
    answers = [r.json() for r in await asyncio.gather(*[intake.post(raw) for raw in bodies])]
    assert {answer["name"] for answer in answers} == {f"#{1001 + n}" for n in range(20)}
    assert sum(not answer["repeated"] for answer in answers) == 20
    assert len({(answer["order_id"], answer["name"]) for answer in answers}) == 20


async def test_no_header_or_path_can_break_the_door(intake: Intake):
    assert (await intake.http.get("/orders/%00")).status_code == 422
    assert (await intake.http.get("/orders/%231001", params={"shop": "\x00"})).status_code == 422
    assert (await intake.http.get("/refused/x")).status_code == 422
    assert (await intake.http.get("/refused", params={"limit": 0})).status_code == 422
    assert (await intake.http.post("/orders/%F0%9F%98%80/cancel", json={"reason": "staff"})).status_code == 422


async def test_what_was_refused_is_tried_again_once_what_was_wrong_is_mended(intake: Intake):
    refused_id = (await intake.post(checkout(source_id="t9", lines=[]))).json()["refused_id"]
    again = await intake.http.post(f"/refused/{refused_id}/retry")
    assert (again.status_code, rules(again)) == (422, {("lines", "too_short")})
    good = checkout(source_id="t9")
    await intake.db.execute("UPDATE refused SET raw = $2 WHERE refused_id = $1", UUID(refused_id), good)  # as if mended
    taken = await intake.http.post(f"/refused/{refused_id}/retry")
    assert (taken.status_code, taken.json()["order_id"]) == (201, order_id("t9"))
    assert (await intake.http.get(f"/refused/{refused_id}")).json()["taken"] == order_id("t9")
    assert len(await intake.order_events(order_id("t9"), 1)) == 1
    assert (await intake.http.post("/refused/00000000-0000-0000-0000-000000000000/retry")).status_code == 404


async def test_the_same_order_of_the_same_customer_within_ten_minutes_is_held_until_somebody_looks(intake: Intake):
    who = {"customer": {"email": f"{uuid4().hex}@example.test"}}
    first = await intake.post(checkout(source_id=uuid4().hex, **who))
    second = await intake.post(checkout(source_id=uuid4().hex, **who))
    later = await intake.post(checkout(source_id=uuid4().hex, placed_at="2026-11-23T12:00:00Z", **who))
    assert [one.json()["status"] for one in (first, second, later)] == ["accepted", "held", "accepted"]
    assert f"the same in {first.json()['name']}" in second.json()["held"][0]["message"]
    order_id_ = second.json()["order_id"]
    [event] = await intake.order_events(order_id_, 1)
    hold = event["holds"][0]["hold_id"]
    released = await intake.http.post(f"/orders/{order_id_}/holds/{hold}/release", json={"actor": "mina"})
    assert (released.status_code, released.json()["version"]) == (200, 2)


async def test_of_equal_orders_in_one_batch_the_first_goes_and_the_others_wait(intake: Intake):
    who = {"customer": {"email": f"{uuid4().hex}@example.test"}}
    ids = [uuid4().hex for _ in range(3)]
    await intake.put(*[(id_, checkout(source_id=id_, **who)) for id_ in ids])
    answers = await intake.answers(*ids)
    assert sorted(one["status"] for one in answers) == ["accepted", "held", "held"]


async def test_what_is_odd_about_an_address_or_phone_is_said_and_holds_nothing(intake: Intake):
    where = {"name": "김민아", "address1": "서울특별시 중구 세종대로 110", "phone": "12"}
    taken = await intake.post(
        checkout(source_id="odd", ship_to=where, destination={"country_code": "KR", "postal_code": "0452"})
    )
    assert taken.json()["status"] == "accepted"
    shown = (await intake.http.get(f"/orders/{taken.json()['order_id']}")).json()
    fields = {one["field"] for one in shown["warnings"]}
    assert "ship_to.phone" in fields
    assert any("postal_code" in field for field in fields)
    assert shown["order"]["ship_to"]["phone"] == "12"
