"""The door for Shopify's webhooks of a running order-intake: signed, taken once, and the same in the end however sent."""

import asyncio
import hmac
from base64 import b64encode
from hashlib import sha256
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_doors import rules
from tests.integration.intake.test_shops import put, put_secret
from tests.unit.intake.shopify.samples import as_bytes, fulfilment, item, order, refund

from order_intake.domain.checkouts import identity
from running_services import send

SECRET = "shpss_a-test-1"
LATER, LAST = "2026-11-22T09:00:10+09:00", "2026-11-23T09:00:00+09:00"


@pytest.fixture(scope="module")
async def shop(intake: Intake) -> str:
    await put(intake, "kicks", 0, system="shopify", currency="KRW", rate={"per_s": 1000, "burst": 1000})
    await put_secret(intake, "kicks", SECRET)
    await asyncio.sleep(0.6)  # the doors look at the registry again after half a second
    return "kicks"


async def sent(
    intake: Intake, topic: str, body: Any, *, webhook: str = "", secret: str = SECRET, shop: str = "kicks"
) -> httpx.Response:
    raw = body if isinstance(body, bytes) else as_bytes(body)
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": webhook or uuid4().hex,
        "X-Shopify-Hmac-Sha256": b64encode(hmac.digest(secret.encode(), raw, sha256)).decode(),
        "Authorization": "",
    }
    return await intake.http.post(f"/webhooks/shopify/{shop}", content=raw, headers=headers)


async def held(intake: Intake, id_: int) -> dict[str, Any]:
    answer = await intake.http.get(f"/orders/{identity('kicks', 'shopify', str(id_))}")
    return dict(answer.json()["order"])


def units(one: dict[str, Any]) -> list[tuple[int, int, int]]:
    return [(line["quantity"], line["cancelled"], line["fulfilled_elsewhere"]) for line in one["lines"]]


async def test_an_order_is_taken_once_however_often_and_under_whatever_id_it_is_sent(intake: Intake, shop: str):
    body, webhook = order(id=1), uuid4().hex
    first, *more = await asyncio.gather(*(sent(intake, "orders/create", body, webhook=webhook) for _ in range(5)))
    assert first.status_code == 201
    assert [(one.status_code, one.json()) for one in more] == [(201, first.json())] * 4
    other = await sent(intake, "orders/paid", body)
    assert (other.status_code, other.json()) == (200, {**first.json(), "repeated": True})
    assert len(await intake.order_events(identity("kicks", "shopify", "1"), 1)) == 1
    assert (await held(intake, 1))["upstream"]["name"] == "#1042"


@pytest.mark.parametrize(("change"), [{"secret": "wrong"}, {"shop": "nobody"}, {"shop": "seoul-craft"}])
async def test_what_its_shop_did_not_sign_gets_no_answer_but_401(intake: Intake, shop: str, change: dict[str, str]):
    answer = await sent(intake, "orders/create", order(id=2), **change)
    assert (answer.status_code, answer.json()) == (401, {"type": "about:blank", "title": "Unauthorized", "status": 401})


async def test_an_edit_a_cancel_and_an_older_state(intake: Intake, shop: str):
    await sent(intake, "orders/create", order(id=3))
    less = order(id=3, updated_at=LATER, line_items=[item(current_quantity=1, fulfillable_quantity=1)])
    edited = await sent(intake, "orders/edited", less)
    assert (edited.json()["status"], edited.json()["version"]) == ("changed", 2)
    assert units(await held(intake, 3)) == [(2, 1, 0)]
    gone = order(
        id=3,
        updated_at=LAST,
        cancelled_at=LAST,
        cancel_reason="fraud",
        line_items=[item(current_quantity=0, fulfillable_quantity=0)],
    )
    await sent(intake, "orders/cancelled", gone)
    assert (await sent(intake, "orders/updated", less)).json()["repeated"] is True
    one = await held(intake, 3)
    assert (units(one), one["cancellation"]["reason"]) == ([(2, 2, 0)], "fraud")


async def test_whatever_the_sequence_and_however_often_an_order_ends_the_same(intake: Intake, shop: str):
    """Created, changed, refunded, partly sent by the shop itself, cancelled: all 120 sequences, each with a repeat."""
    ends = set()
    for n, sequence in enumerate(permutations(range(5)), 100):
        bits = [fulfilment(order_id=n, id=n), refund(refund_id=n, order_id=n)]
        line = item(quantity=3, current_quantity=2, fulfillable_quantity=1)
        whole = {"refunds": [bits[1]], "fulfillments": [bits[0]], "line_items": [line]}
        said = [
            ("orders/create", order(id=n, line_items=[item(quantity=3, current_quantity=3, fulfillable_quantity=3)])),
            ("orders/updated", order(id=n, updated_at=LATER, tags="new", **whole)),
            ("refunds/create", bits[1]),
            ("fulfillments/create", bits[0]),
            (
                "orders/cancelled",
                order(id=n, updated_at=LAST, tags="new", cancelled_at=LAST, cancel_reason="customer", **whole),
            ),
        ]
        for step in (*sequence, sequence[0], sequence[2]):
            answer = await sent(intake, *said[step])
            assert answer.status_code < 300, answer.text
        one = await held(intake, n)
        ends.add((str(units(one)), one["cancellation"]["reason"], tuple(one["tags"]), len(one["refunds"])))
    assert ends == {("[(3, 2, 1)]", "customer", ("new",), 1)}


async def test_what_is_no_order_is_told_by_field_kept_raw_and_tried_again(intake: Intake, shop: str):
    wrong = await sent(intake, "orders/create", order(id=5, line_items=[item(price="much")]))
    assert wrong.status_code == 422
    assert {field for field, _ in rules(wrong)} == {"line_items[0].price"}
    refused_id = wrong.json()["refused_id"]
    again = await intake.http.post(f"/refused/{refused_id}/retry")
    assert (again.status_code, rules(again)) == (422, rules(wrong))
    topic = await sent(intake, "products/create", {})
    assert (topic.status_code, rules(topic)) == (422, {("X-Shopify-Topic", "unknown_topic")})


async def test_a_refund_that_cannot_be_read_is_kept_raw_and_tried_again_as_a_refund(intake: Intake, shop: str):
    await sent(intake, "orders/create", order(id=15))
    wrong = await sent(intake, "refunds/create", refund(refund_id=15, order_id=None))
    assert (wrong.status_code, rules(wrong)) == (422, {("order_id", "missing")})
    refused_id = wrong.json()["refused_id"]
    kept = (await intake.http.get(f"/refused/{refused_id}")).json()
    assert ("x-shopify-topic", "refunds/create") in [tuple(one) for one in kept["headers"]]
    good = as_bytes(refund(refund_id=15, order_id=15))
    await intake.db.execute("UPDATE refused SET raw = $2 WHERE refused_id = $1", UUID(refused_id), good)  # as if mended
    again = await intake.http.post(f"/refused/{refused_id}/retry")
    assert (again.status_code, again.json()["status"]) == (200, "changed")
    assert units(await held(intake, 15)) == [(2, 1, 0)]


async def test_an_order_that_is_cancelled_when_it_first_comes_has_no_work(intake: Intake, shop: str):
    gone = order(id=16, cancelled_at=LAST, cancel_reason="customer")
    assert (await sent(intake, "orders/cancelled", gone)).status_code == 201
    assert units(await held(intake, 16)) == [(2, 2, 0)]


async def test_an_order_that_only_the_merchant_can_explain_is_held_and_says_so(intake: Intake, shop: str):
    taken = await sent(
        intake, "orders/create", order(id=6, line_items=[item(sku=None, variant_id=None, product_id=None)])
    )
    assert (taken.status_code, taken.json()["status"]) == (201, "held")
    assert "neither SKU nor variant" in taken.json()["held"][0]["message"]


async def test_a_shop_that_sends_too_much_is_told_when_to_come_again(intake: Intake):
    await put(intake, "eager", 0, system="shopify", currency="KRW", rate={"per_s": 1, "burst": 2})
    await put_secret(intake, "eager", SECRET)
    await asyncio.sleep(0.6)
    answers = [await sent(intake, "orders/create", order(id=n), shop="eager") for n in (7, 8, 9)]
    assert [one.status_code for one in answers] == [201, 201, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1


async def test_who_did_not_sign_learns_nothing_of_what_else_is_missing(intake: Intake, shop: str):
    bare = await intake.http.post(f"/webhooks/shopify/{shop}", content=b"{}", headers={"Authorization": ""})
    assert bare.status_code == 401
    signature = b64encode(hmac.digest(SECRET.encode(), b"{}", sha256)).decode()
    signed = {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": "orders/create"}
    answer = await intake.http.post(f"/webhooks/shopify/{shop}", content=b"{}", headers=signed)
    assert (answer.status_code, rules(answer)) == (422, {("X-Shopify-Webhook-Id", "pattern")})


async def by_kafka(intake: Intake, body: Any, **headers: str) -> dict[str, Any]:
    """An order as a record, in the words that its headers name; how it is answered."""
    id_ = uuid4().hex
    said = {"ce_id": id_, "ce_type": "checkout.completed", "x-schema": "shopify.order/2026-07", "x-shop": "kicks"}
    lines = [(name, value.encode()) for name, value in (said | headers).items()]
    await send(intake.platform, intake.prefix, [("checkout.completed", b"k", as_bytes(body), lines)])
    [answer] = await intake.answers(id_)
    return answer


async def test_the_same_order_by_webhook_and_by_kafka_is_one(intake: Intake, shop: str):
    first = await by_kafka(intake, order(id=70))
    assert (first["status"], first["checkout_id"]) == ("accepted", "70")
    again = await sent(intake, "orders/create", order(id=70))
    assert (again.status_code, again.json()["order_id"], again.json()["repeated"]) == (200, first["order_id"], True)
    less = order(id=70, updated_at=LATER, line_items=[item(current_quantity=1, fulfillable_quantity=1)])
    edited = await by_kafka(intake, less)
    assert (edited["status"], edited["version"]) == ("changed", 2)


async def test_a_record_of_shopifys_that_was_refused_is_tried_again_in_its_own_words(intake: Intake, shop: str):
    refused = await by_kafka(intake, order(id=71), **{"x-shop": "tomorrow"})
    assert [(one["field"], one["rule"]) for one in refused["problems"]] == [("x-shop", "unknown_shop")]
    await put(intake, "tomorrow", 0, system="shopify", currency="KRW")
    retried = await intake.http.post(f"/refused/{refused['refused_id']}/retry")
    assert (retried.status_code, retried.json()["status"]) == (201, "accepted")
    read = await intake.http.post("/reinterpretations/preview", json={"order_ids": [retried.json()["order_id"]]})
    assert read.json()["orders"][0]["standing"] == "same"


async def test_an_unknown_word_holds_the_nearest_is_proposed_and_saving_it_releases_all_that_waited(intake: Intake):
    known = {"system": "shopify", "currency": "KRW", "knows_services": True, "services": {"Express": "express"}}
    await put(intake, "words", 0, **known)
    await put_secret(intake, "words", SECRET)
    await asyncio.sleep(0.6)
    odd = [{"title": "Expres", "code": "Expres", "price": "3000"}]
    for id_ in (80, 81):
        answer = await sent(intake, "orders/create", order(id=id_, shipping_lines=odd), shop="words")
        assert answer.json()["status"] == "held"
        assert "'Expres' is not known here; the most like it is 'Express'" in answer.json()["held"][0]["message"]
    await put(intake, "words", 1, **{**known, "services": {"Express": "express", "Expres": "express"}})
    for id_ in (80, 81):
        events = await intake.order_events(identity("words", "shopify", str(id_)), 2)
        assert (events[1]["changes"], events[1]["order"]["holds"]) == (["released", "edited"], [])
        assert events[1]["order"]["shipping"]["service"] == "express"
    assert await intake.db.fetchval("SELECT count(*) FROM waits_for_words WHERE shop = 'words'") == 0
