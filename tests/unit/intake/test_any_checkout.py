"""Whatever a native body says: it ends as an order, a held one or a refusal with a field; never as an exception."""

import json
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.intake.shopify.samples import Json, as_bytes, order
from tests.unit.intake.shopify.test_any_payload import mutations

from order_events import AnswerStatus, Cause, OrderPlaced
from order_intake.domain.booking import Delivery, NotTaken, Taken, book, names_wanted, said_on_kafka
from order_intake.domain.reading import read_record
from order_intake.domain.receiving import receive
from order_intake.domain.shops import Calendar, PaymentPolicy, Shop, System
from service_runtime import json_of
from sizes import size

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[3] / "libs" / "events" / "examples" / "checkout.completed" / "1"
FULLEST = json.loads((EXAMPLES / "fullest.json").read_text())
SHOPIFY = {"x-schema": "shopify.order/2026-07", "x-shop": "seoul-craft"}
SHOP = Shop(
    "seoul-craft",
    calendar=Calendar(deliver_days={"*": 2}),
    payment={"*": PaymentPolicy()},
    customs_countries=("KR", "US"),
)


def taken(raw: bytes, headers: dict[str, str], shop: Shop) -> Taken | NotTaken:
    """A body through the door, as far as it goes without a database."""
    reading = read_record(raw, headers, shop)
    delivery = Delivery("checkout.completed", "", (), raw, reading, Cause("c", NOW))
    outcome = receive(reading, None, shop, NOW)
    last = {code: 1000 + count for code, count in names_wanted([outcome]).items()}
    books = book([delivery], [outcome], last, {shop.shop: shop}, NOW)
    for booked in books.booked:
        assert OrderPlaced.model_validate_json(json_of(booked.event.body))
    [answer] = books.answers
    assert json_of(said_on_kafka("r", answer))
    return answer


def ends_well(answer: Taken | NotTaken) -> bool:
    if isinstance(answer, Taken):
        return (answer.status is AnswerStatus.HELD) == bool(answer.held)
    return bool(answer.problems) and all(one.rule for one in answer.problems)


def test_the_fullest_checkout_is_an_order():
    assert isinstance(taken(json.dumps(FULLEST).encode(), {}, SHOP), Taken)


@settings(max_examples=size(300, 10_000), deadline=None)
@given(mutations(FULLEST))
def test_a_mutated_checkout_is_an_order_a_held_one_or_a_refusal_by_field(document: Json):
    assert ends_well(taken(json.dumps(document).encode(), {}, SHOP))


@settings(max_examples=size(150, 10_000), deadline=None)
@given(mutations(order()))
def test_a_mutated_order_of_shopifys_goes_through_the_whole_door(document: Json):
    shopify = Shop("seoul-craft", System.SHOPIFY, currency="KRW", knows_services=True, mails={})
    assert ends_well(taken(json.dumps(document).encode(), SHOPIFY, shopify))


@settings(max_examples=size(200, 10_000), deadline=None)
@given(st.data())
def test_bytes_that_were_cut_or_changed_end_in_an_answer(data: st.DataObject):
    raw = bytearray(as_bytes(FULLEST))
    start = data.draw(st.integers(0, len(raw)))
    raw[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    assert ends_well(taken(bytes(raw), {}, SHOP))
