"""Who may post orders to a running order-intake, how fast, and many in one request."""

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_doors import rules
from tests.integration.intake.test_shops import put, put_secret
from tests.unit.intake.checkouts import checkout

from order_intake.domain.checkouts import MOST_BYTES
from order_intake.domain.standard_webhooks import key_of
from order_intake.http.bulk import MOST_ROWS

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FAST = {"per_s": 1000, "burst": 1000}


@pytest.fixture(scope="module")
async def key(intake: Intake) -> str:
    """The key of shop `till`, which also signs."""
    await put(intake, "till", 0, rate=FAST)
    await put_secret(intake, "till", SECRET)
    made = await intake.http.post("/shops/till/keys", json={"actor": "mina", "note": "the till"})
    await asyncio.sleep(0.6)  # the doors look at the registry again after half a second
    return str(made.json()["key"])


def order(source_id: str = "", shop: str = "till", **more: Any) -> bytes:
    return checkout(source_id=source_id or uuid4().hex, shop=shop, **more)


def signed(raw: bytes, id_: str = "", at: datetime | None = None, secret: bytes | None = None) -> dict[str, str]:
    id_, moment = id_ or uuid4().hex, str(int((at or datetime.now(UTC)).timestamp()))
    made = b64encode(digest(secret or key_of(SECRET), f"{id_}.{moment}.".encode() + raw, sha256)).decode()
    return {"webhook-id": id_, "webhook-timestamp": moment, "webhook-signature": f"v1,{made}", "Authorization": ""}


async def bulk(intake: Intake, raw: bytes, **headers: str) -> list[dict[str, Any]]:
    answer = await intake.http.post("/orders/bulk", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_shops_key_opens_the_door_for_its_own_orders_and_no_others(intake: Intake, key: str):
    its = {"Authorization": f"Bearer {key}"}
    assert (await intake.post(order(), **its)).status_code == 201
    other = await intake.post(order(shop="seoul-craft"), **its)
    assert (other.status_code, rules(other)) == (403, {("shop", "not_yours")})
    assert (await intake.post(order(), Authorization="Bearer guessed")).status_code == 401
    assert (await intake.post(order(), Authorization="")).status_code == 401


async def test_what_cannot_be_an_order_is_kept_of_the_shop_itself_and_of_no_other(intake: Intake, key: str):
    its = {"Authorization": f"Bearer {key}"}
    broken, own = await intake.post(b"{", **its), await intake.post(order(lines=[]), **its)
    assert all("refused_id" in one.json() for one in (broken, own))
    other = await intake.post(order(shop="Seoul-Craft", lines=[]), **its)
    assert (other.status_code, rules(other)) == (403, {("shop", "not_yours")})
    assert "refused_id" not in other.json()


async def test_what_a_shop_has_signed_is_taken_once_however_often_it_comes(intake: Intake, key: str):
    raw = order()
    first, again = [await intake.http.post("/orders?shop=till", content=raw, headers=signed(raw, "m-1")) for _ in "12"]
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("/orders?shop=till", {"at": datetime.now(UTC) - timedelta(seconds=400)}),
        ("/orders?shop=till", {"secret": b"guessed"}),
        ("/orders?shop=other", {}),
        ("/orders", {}),
    ],
    ids=["stale", "guessed", "another shop", "no shop"],
)
async def test_what_is_not_signed_by_the_shop_just_now_gets_no_answer_but_401(
    intake: Intake, key: str, path: str, wrong: Any
):
    raw = order()
    answer = await intake.http.post(path, content=raw, headers=signed(raw, **wrong))
    assert (answer.status_code, answer.json()) == (401, {"type": "about:blank", "title": "Unauthorized", "status": 401})


async def test_over_its_rate_a_shop_comes_again_later_and_an_operator_does_not(intake: Intake):
    await put(intake, "slow", 0, rate={"per_s": 1, "burst": 2})
    made = (await intake.http.post("/shops/slow/keys", json={"actor": "mina"})).json()["key"]
    await asyncio.sleep(0.6)
    its = {"Authorization": f"Bearer {made}"}
    answers = [await intake.post(order(shop="slow"), **its) for _ in range(4)]
    assert [one.status_code for one in answers[:2]] == [201, 201]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"] == "1"
    assert (await intake.post(order(shop="slow"))).status_code == 201


async def test_a_key_that_is_being_answered_is_answered_to_nobody_else(intake: Intake):
    raw, id_ = order(), uuid4().hex
    answers = await asyncio.gather(*[intake.post(raw, **{"Idempotency-Key": id_}) for _ in range(5)])
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409, 409]
    refused = next(one for one in answers if one.status_code == 409)
    assert rules(refused) == {("Idempotency-Key", "in_flight")}
    again = await intake.post(raw, **{"Idempotency-Key": id_})
    assert again.json() == next(one for one in answers if one.status_code == 201).json()


async def test_each_row_of_many_is_answered_as_it_would_have_been_alone(intake: Intake):
    same = order()
    rows = [order(), b"{", b"", same, order(lines=[]), same, b"x" * (MOST_BYTES + 10), order()]
    answers = await bulk(intake, b"\n".join(rows))
    assert [(one["row"], one["status_code"]) for one in answers] == [
        (1, 201), (2, 422), (3, 201), (4, 422), (5, 200), (6, 413), (7, 201),
    ]  # fmt: skip
    assert answers[4]["answer"] == {**answers[2]["answer"], "repeated": True}
    assert {one["rule"] for one in answers[5]["answer"]["problems"]} == {"size"}
    kept = await intake.http.get(f"/refused/{answers[1]['answer']['refused_id']}")
    assert kept.json()["raw"] == "{"


async def test_the_same_rows_under_the_same_key_are_answered_the_same_and_others_are_refused(intake: Intake):
    rows, id_ = b"\n".join([order(), order()]), uuid4().hex
    first, again = [await bulk(intake, rows, **{"Idempotency-Key": id_}) for _ in "12"]
    assert first == again
    other = await bulk(intake, b"\n".join([rows.split(b"\n")[0], order()]), **{"Idempotency-Key": id_})
    assert [one["status_code"] for one in other] == [201, 422]


async def test_a_shops_rows_are_its_own_and_who_only_signs_sends_none(intake: Intake, key: str):
    its = {"Authorization": f"Bearer {key}"}
    answers = await bulk(intake, b"\n".join([order(), order(shop="seoul-craft")]), **its)
    assert [one["status_code"] for one in answers] == [201, 403]
    denied = await intake.http.post("/orders/bulk?shop=till", content=b"{}", headers=signed(b"{}"))
    assert denied.status_code == 401


async def test_the_key_of_a_row_is_no_key_that_somebody_can_send(intake: Intake):
    id_ = uuid4().hex
    assert (await intake.post(order(), **{"Idempotency-Key": f"{id_}/1"})).status_code == 201
    [row] = await bulk(intake, order(), **{"Idempotency-Key": id_})
    assert row["status_code"] == 201


async def test_rows_that_wait_for_their_shops_rate_keep_their_sequence(intake: Intake):
    await put(intake, "paced", 0, rate={"per_s": 100, "burst": 1})
    made = (await intake.http.post("/shops/paced/keys", json={"actor": "mina"})).json()["key"]
    await asyncio.sleep(0.6)
    ids = [uuid4().hex for _ in range(10)]
    states = [
        order(id_, "paced", updated_at=f"2026-11-22T00:00:{n:02}Z", tags=[f"t{n}"]) for n in range(6) for id_ in ids
    ]
    answers = await bulk(intake, b"\n".join(states), Authorization=f"Bearer {made}")
    assert [one["answer"]["version"] for one in answers] == [n for n in range(1, 7) for _ in ids]


async def test_ten_thousand_rows_are_taken_and_the_next_is_told_so(intake: Intake):
    bad = b"\n".join([b"{"] * (MOST_ROWS - 150)) + b"\n"
    answers = await bulk(intake, bad + b"\n".join(order() for _ in range(160)))
    assert len(answers) == MOST_ROWS + 1
    assert [one["status_code"] for one in answers[-152:]] == [422, *[201] * 150, 413]


async def test_five_times_at_once_is_one_order_and_one_answer(intake: Intake):
    raw = order()
    answers: list[httpx.Response] = await asyncio.gather(*[intake.post(raw) for _ in range(5)])
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 200, 201]
    assert len({json.dumps({**one.json(), "repeated": None}) for one in answers}) == 1
