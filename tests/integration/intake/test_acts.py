"""What operators do to an order of a running order-intake: edit it, hold it, release it; and what time does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_doors import order_id, rules
from tests.unit.intake.checkouts import checkout, line

SHIPMENT = "shipment.updated"


async def act(intake: Intake, source_id: str, path: str, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await intake.http.post(f"/orders/{order_id(source_id)}/{path}", json=body, headers=headers)


async def test_an_edit_is_the_next_version_once_and_is_written_down(intake: Intake):
    await intake.post(checkout(source_id="a1"))
    more = line("2", sku="TEA")
    wish = {"reason": "by phone", "actor": "mina", "lines": [{"line_id": "1", "quantity": 1}], "add": [more]}
    first = await act(intake, "a1", "edits", "a1-key", **wish)
    again = await act(intake, "a1", "edits", "a1-key", **wish)
    assert (first.status_code, first.json()["version"], first.json()["fields"]) == (200, 2, ["lines"])
    assert again.json() == first.json()
    [_, changed] = await intake.order_events(order_id("a1"), 2)
    assert (changed["changes"], changed["actor"], changed["reason"]) == (["edited"], "mina", "by phone")
    units = [(one["line_id"], one["quantity"], one["cancelled"]) for one in changed["order"]["lines"]]
    assert units == [("1", 2, 1), ("2", 2, 0)]
    assert await acts_of(intake, "a1") == [("edit", "mina", "by phone")]


async def test_what_was_edited_here_stays_when_the_shop_says_something_else(intake: Intake):
    await intake.post(checkout(source_id="a2"))
    await act(intake, "a2", "edits", reason="moved", ship_to={"name": "김민아", "address1": "세종대로 1"})
    await intake.post(checkout(source_id="a2", updated_at="2026-11-24T00:00:00Z", tags=["vip"]))
    order = (await intake.http.get(f"/orders/{order_id('a2')}")).json()["order"]
    assert (order["ship_to"]["address1"], order["tags"]) == ("세종대로 1", ["vip"])


async def test_a_hold_is_said_once_and_goes_by_its_id(intake: Intake):
    await intake.post(checkout(source_id="a3"))
    wish = {"reason": "other", "owner": "mina", "note": "wait for the ribbon"}
    held = await act(intake, "a3", "holds", "a3-key", **wish)
    assert (held.status_code, held.json()["version"]) == (201, 2)
    assert (await act(intake, "a3", "holds", "a3-key", **wish)).json() == held.json()
    hold_id = held.json()["hold_id"]
    released = await act(intake, "a3", f"holds/{hold_id}/release", actor="jun")
    assert (released.status_code, released.json()["version"]) == (200, 3)
    [_, on, off] = await intake.order_events(order_id("a3"), 3)
    assert (on["changes"], [one["hold_id"] for one in on["order"]["holds"]]) == (["held"], [hold_id])
    assert (off["changes"], off["order"]["holds"], off["actor"]) == (["released"], [], "jun")
    again = await act(intake, "a3", f"holds/{hold_id}/release", actor="jun")
    assert (again.json()["version"], again.json()["fields"]) == (3, [])


async def test_a_hold_ends_by_itself_at_its_time(intake: Intake):
    await intake.post(checkout(source_id="a4"))
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    await act(intake, "a4", "holds", reason="other", owner="mina", expires_at=soon)
    [_, _, off] = await intake.order_events(order_id("a4"), 3)
    assert (off["changes"], off["actor"], off["reason"]) == (["released"], "order-intake", "the hold expired")


async def test_an_order_that_nobody_pays_is_cancelled_at_its_time_and_one_that_is_paid_goes_on(intake: Intake):
    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    for source_id in ("a5", "a6"):
        await intake.post(checkout(source_id=source_id, payment={"status": "pending", "reserve_until": soon}))
    await intake.post(checkout(source_id="a6", updated_at="2026-11-24T00:00:00Z"))
    [placed, gone] = await intake.order_events(order_id("a5"), 2)
    assert [one["reason"] for one in placed["holds"]] == ["awaiting_payment"]
    assert (gone["changes"], gone["reason"]) == (["cancelled", "expired"], "payment expired")
    assert gone["order"]["payment"]["status"] == "expired"
    [_, paid] = await intake.order_events(order_id("a6"), 2)
    assert (paid["changes"], paid["order"]["holds"]) == (["paid", "released"], [])


async def test_what_is_released_once_is_not_held_again_for_the_same_cause(intake: Intake):
    taken = await intake.post(checkout(source_id="a7", risk="high"))
    assert taken.json()["status"] == "held"
    [placed] = await intake.order_events(order_id("a7"), 1)
    await act(intake, "a7", f"holds/{placed['holds'][0]['hold_id']}/release", actor="mina")
    await intake.post(checkout(source_id="a7", risk="high", updated_at="2026-11-24T00:00:00Z", tags=["vip"]))
    [*_, last] = await intake.order_events(order_id("a7"), 3)
    assert (last["version"], last["order"]["holds"]) == (3, [])


async def test_a_cancel_of_a_paid_order_asks_for_the_money_until_its_refund_comes(intake: Intake):
    await intake.post(checkout(source_id="a8"))
    await act(intake, "a8", "cancel", reason="customer")
    [_, cancelled] = await intake.order_events(order_id("a8"), 2)
    [asked] = cancelled["order"]["refunds_asked"]
    assert (asked["amount"], asked["refunded_at"]) == ({"amount": 36_000, "currency": "KRW"}, None)
    refund = {"refund_id": "r1", "at": "2026-11-24T01:00:00Z", "amount": {"amount": 36_000, "currency": "KRW"}}
    await intake.post(checkout(source_id="a8", updated_at="2026-11-24T01:00:00Z", refunds=[refund]))
    [*_, settled] = await intake.order_events(order_id("a8"), 3)
    assert [one["refunded_at"] for one in settled["order"]["refunds_asked"]] == ["2026-11-24T01:00:00Z"]


async def test_an_edit_that_breaks_a_rule_is_told_by_field_and_changes_nothing(intake: Intake):
    await intake.post(checkout(source_id="b1"))
    dollars = {"amount": 1, "currency": "USD"}
    for asked, field, rule in (
        ({"lines": [{"line_id": "9", "quantity": 1}]}, "lines[0].line_id", "unknown"),
        ({"add": [line("1")]}, "add[0].line_id", "unique"),
        ({"add": [line("2", price=dollars)]}, "lines[1].price.currency", "currency_mismatch"),
    ):
        wrong = await act(intake, "b1", "edits", reason="x", **asked)
        assert wrong.status_code == 422
        assert (field, rule) in rules(wrong)
    assert len(await intake.order_events(order_id("b1"), 1)) == 1


async def test_a_repeat_of_an_order_that_is_held_says_so_again(intake: Intake):
    first = (await intake.post(checkout(source_id="b2", payment={"status": "pending"}))).json()
    again = await intake.post(checkout(source_id="b2", payment={"status": "pending"}))
    assert first["status"] == "held"
    assert again.json() == {**first, "repeated": True}


async def test_an_edit_of_an_order_nobody_knows_is_no_edit(intake: Intake):
    assert (await act(intake, "nobody", "edits", reason="x")).status_code == 404
    await intake.post(checkout(source_id="a9"))
    wrong = await act(intake, "a9", "holds", reason="because", owner="mina")
    assert (wrong.status_code, rules(wrong)) == (422, {("reason", "enum")})


async def acts_of(intake: Intake, source_id: str) -> list[tuple[str, str, str]]:
    rows = await intake.db.fetch("SELECT act, actor, reason FROM order_act WHERE order_id = $1", order_id(source_id))
    return [tuple(row) for row in rows]
