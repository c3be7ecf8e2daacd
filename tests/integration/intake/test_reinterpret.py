"""Orders that a release translated wrongly are read anew from what came in, on real Kafka and real PostgreSQL."""

import json
from base64 import b64decode
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_cancels import cancel, shipment, tell, until
from tests.integration.intake.test_doors import order_id
from tests.unit.intake.checkouts import checkout, line

from order_intake.store.raw_inputs import RawInput, packed
from wrong_release import DOORS


@pytest.fixture
def a_wrong_release(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for module, name, wrong in DOORS:
        monkeypatch.setattr(module, name, wrong)
    return monkeypatch


def body(source_id: str) -> bytes:
    return checkout(source_id=source_id, lines=[line(weight_g=300)], wishes={"gift_message": "축하해"})


async def preview(intake: Intake, *ids: str) -> list[dict[str, Any]]:
    answer = await intake.http.post("/reinterpretations/preview", json={"order_ids": list(ids)})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["orders"])


async def reinterpret(intake: Intake, replay_id: str, *ids: str) -> list[dict[str, Any]]:
    asked = {"order_ids": list(ids), "actor": "kim", "reason": "weights were in milligrams"}
    answer = await intake.http.post(f"/replay/{replay_id}/reinterpret", json=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


def job() -> str:
    return f"job-{uuid4().hex}"


async def test_what_an_order_was_made_of_is_kept_as_it_came_by_either_door(intake: Intake) -> None:
    await intake.post(body("raw-1"), **{"Idempotency-Key": "raw-key"})
    await intake.put(("raw-2-k", body("raw-2")))
    await intake.answers("raw-2-k")
    by_http = (await intake.http.get(f"/raw-inputs/{order_id('raw-1')}")).json()
    by_kafka = (await intake.http.get(f"/raw-inputs/{order_id('raw-2')}")).json()
    assert [b64decode(one["raw_base64"]) for one in (by_http, by_kafka)] == [body("raw-1"), body("raw-2")]
    assert (by_http["door"], by_http["cause"]) == ("POST /orders", "idempotency-key raw-key")
    assert (by_kafka["door"], by_kafka["cause"]) == ("checkout.completed", "checkout.completed/raw-2-k")
    assert by_kafka["place"].startswith("checkout.completed/")
    assert ["ce_id", "raw-2-k"] in by_kafka["headers"]
    assert (await intake.http.get("/raw-inputs/nothing")).status_code == 404
    assert (await intake.http.get("/raw-inputs", headers={"Authorization": "Bearer no"})).status_code == 401


async def test_only_what_was_accepted_is_kept(intake: Intake) -> None:
    first = (await intake.post(body("kept-1"))).json()
    await intake.post(body("kept-1"))
    await intake.post(checkout(source_id="kept-2", lines=[]))
    rows = await intake.db.fetch("SELECT order_ids FROM raw_batch WHERE texts(order_ids) && $1", [
        first["order_id"], order_id("kept-2")])  # fmt: skip
    assert [row["order_ids"] for row in rows] == [first["order_id"]]


async def test_orders_are_found_by_the_time_they_came_page_by_page(intake: Intake) -> None:
    wanted = [(await intake.post(body(f"time-{n}"))).json()["order_id"] for n in range(5)]
    at = {one: (await intake.http.get(f"/raw-inputs/{one}")).json()["at"] for one in wanted}
    found: list[str] = []
    asked = {"since": min(at.values()), "limit": "2"}
    while True:
        page = (await intake.http.get("/raw-inputs", params=asked)).json()
        found += [one["order_id"] for one in page["orders"]]
        if page["next"] is None:
            break
        asked["after"] = page["next"]
    assert sorted(found) == sorted(wanted)
    ahead = {"since": min(at.values()), "until": at[wanted[3]]}
    page = (await intake.http.get("/raw-inputs", params=ahead)).json()
    assert {one["order_id"] for one in page["orders"]} == {one for one in wanted if at[one] < at[wanted[3]]}
    assert (await intake.http.get("/raw-inputs", params={"after": "x"})).status_code == 422


async def test_a_wrong_order_is_shown_by_its_differences_and_put_right_once_per_job(
    intake: Intake, a_wrong_release: pytest.MonkeyPatch
) -> None:
    await intake.put(("wrong-1-k", body("wrong-1")))
    [answer] = await intake.answers("wrong-1-k")
    id_, replay_id = answer["order_id"], job()
    [seen] = await preview(intake, id_)
    assert (seen["standing"], seen["name"], seen["version"]) == ("differs", answer["name"], 1)
    assert {(one["path"], one["held"], one["today"]) for one in seen["diff"]} == {
        ("lines[0].weight_g", 300_000, 300), ("wishes.gift_message", None, "축하해")}  # fmt: skip
    assert len(await intake.order_events(id_, 1)) == 1
    wanted = [{"order_id": id_, "outcome": "handled", "reason": None, "version": 2}]
    assert await reinterpret(intake, replay_id, id_) == wanted
    assert await reinterpret(intake, replay_id, id_) == wanted
    _, changed = await intake.order_events(id_, 2)
    assert (changed["version"], changed["changes"], changed["actor"]) == (2, ["edited"], "kim")
    assert changed["reason"] == "weights were in milligrams"
    assert changed["order"]["lines"][0]["weight_g"] == 300
    assert changed["order"]["wishes"]["gift_message"] == "축하해"
    assert [one["standing"] for one in await preview(intake, id_)] == ["same"]
    [again] = await reinterpret(intake, job(), id_)
    assert (again["outcome"], again["version"]) == ("done", 2)
    assert len(await intake.order_events(id_, 2)) == 2


async def test_what_has_left_is_listed_and_a_cancel_stays(intake: Intake, a_wrong_release: pytest.MonkeyPatch) -> None:
    id_ = (await intake.post(checkout(source_id="left-1", lines=[line(quantity=5, weight_g=7)]))).json()["order_id"]
    await tell(intake, (shipment(id_, 1, 2, 5, 2, 0, 0), 2))
    await until(intake, id_, fulfilment="partially_fulfilled")
    assert (await cancel(intake, id_)).json()["version"] == 2
    [seen] = await preview(intake, id_)
    assert seen["dispatched"] == [{"line_id": "1", "quantity": 2}]
    [result] = await reinterpret(intake, job(), id_)
    assert (result["outcome"], result["reason"], result["version"]) == (
        "handled", "left as it was dispatched: 2 of line 1", 3)  # fmt: skip
    changed = (await intake.order_events(id_, 3))[-1]
    assert changed["order"]["cancellation"]["actor"] == "api"
    assert [(one["cancelled"], one["weight_g"]) for one in changed["order"]["lines"]] == [(3, 7)]


async def test_what_cannot_be_read_anew_is_told_and_left_alone(intake: Intake) -> None:
    kept = (await intake.post(body("gone-1"))).json()["order_id"]
    other = (await intake.post(body("gone-2"))).json()["order_id"]
    worse = (await intake.post(body("gone-3"))).json()["order_id"]
    await intake.db.execute("DELETE FROM raw_batch WHERE order_ids = $1", kept)
    more = checkout(source_id="gone-2", lines=[line(quantity=9)])
    for id_, raw in ((other, more), (worse, b"{}")):
        inputs = packed([RawInput(id_, "d", "", "c", (), raw)])
        await intake.db.execute("UPDATE raw_batch SET inputs = $2 WHERE order_ids = $1", id_, inputs)
    ids = [kept, other, worse, "nobody"]
    standings = {one["order_id"]: one["standing"] for one in await preview(intake, *ids)}
    assert standings == {kept: "no_raw_input", other: "differs", worse: "cannot_be_read", "nobody": "no_order"}
    results = {one["order_id"]: one["outcome"] for one in await reinterpret(intake, job(), *ids)}
    assert results == {kept: "missing", other: "refused", worse: "refused", "nobody": "missing"}
    for id_ in (kept, other, worse):
        assert len(await intake.order_events(id_, 1)) == 1


async def test_a_job_is_named_and_so_is_who_wants_it(intake: Intake) -> None:
    asked = {"order_ids": ["a"], "actor": "kim", "reason": "why"}
    for path, said in [("/replay/A_B/reinterpret", asked), ("/replay/a/reinterpret", {**asked, "actor": ""})]:
        assert (await intake.http.post(path, content=json.dumps(said))).status_code == 422
    many = {"order_ids": ["a"] * 201}
    assert (await intake.http.post("/reinterpretations/preview", json=many)).status_code == 422
