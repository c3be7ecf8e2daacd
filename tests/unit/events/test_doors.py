"""A door takes only words and fields that are known; what stands behind it reads also what is new."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from order_events import Checkout, OrderPlaced, PartnerAnswer, PartnerInbound

CHECKOUT: dict[str, Any] = {
    "source": "web", "source_id": "1", "updated_at": "2026-11-23T00:00:00Z", "placed_at": "2026-11-23T00:00:00Z",
    "shop": "s", "currency": "KRW", "payment": {"status": "paid"}, "customer": {}, "destination": {"country_code": "KR"},
    "lines": [{"line_id": "1", "sku": "A", "title": "A", "quantity": 1, "price": {"amount": 1, "currency": "KRW"}}],
}  # fmt: skip
INBOUND = {"message_id": "m", "shipment_id": "s", "kind": "accepted", "happened_at": "2026-11-23T00:00:00Z"}


@pytest.mark.parametrize("value", ["other", "teleported", ""])
def test_a_checkout_with_a_word_nobody_knows_is_refused_at_its_field(value: str) -> None:
    line = {**CHECKOUT["lines"][0], "delivery_method": value}
    for change, field in (
        ({"payment": {"status": value}}, ("payment", "status")),
        ({"shortage_policy": value}, ("shortage_policy",)),
        ({"lines": [line]}, ("lines", 0, "delivery_method")),
    ):
        with pytest.raises(ValidationError) as refusal:
            Checkout.model_validate_json(json.dumps({**CHECKOUT, **change}), strict=True, extra="forbid")
        (error,) = refusal.value.errors()
        assert error["loc"] == field
        assert "must be one of" in error["msg"]


@pytest.mark.parametrize(
    "change", [{"kind": "teleported"}, {"kind": "other"}, {"kind": "event", "milestone": "teleported"}]
)
def test_a_partner_message_with_a_word_nobody_knows_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PartnerInbound.model_validate_json(json.dumps({**INBOUND, **change}))


def test_other_is_a_reason_a_partner_may_give() -> None:
    rejection = {**INBOUND, "kind": "rejected", "reason": "other"}
    assert PartnerInbound.model_validate_json(json.dumps(rejection)).kind is PartnerAnswer.REJECTED


@pytest.mark.parametrize("change", [{"surprise": 1}, {"payment": {"status": "paid", "surprise": 1}}])
def test_a_field_nobody_knows_is_refused_at_the_door(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refusal:
        Checkout.model_validate_json(json.dumps({**CHECKOUT, **change}), strict=True, extra="forbid")
    assert refusal.value.errors()[0]["type"] == "extra_forbidden"


def test_an_order_written_by_a_newer_door_is_read_with_other() -> None:
    """Were the door's rule in the order too, an old reader would park every order with a new word."""
    line = {**CHECKOUT["lines"][0], "cancelled": 0, "delivery_method": "drone"}
    order = {**CHECKOUT, "order_id": "o", "name": "#1", "holds": [], "cancellation": None, "lines": [line]}
    order |= {"payment": {"status": "on_invoice"}, "shortage_policy": "ask"}
    read = OrderPlaced.model_validate_json(json.dumps(order))
    assert (read.payment.status, read.shortage_policy, read.lines[0].delivery_method) == ("other", "other", "other")


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        ([], [("too_short", ("lines",))]),
        ([{**CHECKOUT["lines"][0], "quantity": 0}], [("greater_than_equal", ("lines", 0, "quantity"))]),
        (CHECKOUT["lines"] * 1001, [("too_long", ("lines",))]),
    ],
)
def test_what_is_wrong_with_the_lines_is_said_once(lines: list[object], problems: list[object]) -> None:
    with pytest.raises(ValidationError) as refusal:
        Checkout.model_validate_json(json.dumps({**CHECKOUT, "lines": lines}), strict=True, extra="forbid")
    assert [(error["type"], error["loc"]) for error in refusal.value.errors()] == problems
