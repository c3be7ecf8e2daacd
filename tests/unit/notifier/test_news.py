"""What of an order's event is news to a customer."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.json import decode
from tests.unit.notifier.given import NOW

from notifier.domain.things import Edit, Need
from notifier.news import thing_of
from notifier.reads import ChangedRead, PlacedRead
from order_events import OrderChanged, OrderPlaced
from service_runtime import json_of

EXAMPLES = Path("libs/events/examples")
PLACED = OrderPlaced.model_validate_json((EXAMPLES / "order.placed/1/fullest.json").read_bytes())
CHANGED = OrderChanged.model_validate_json((EXAMPLES / "order.changed/1/fullest.json").read_bytes())
LINES = len(CHANGED.order.lines)


def heard(body, version=2):
    reader = ChangedRead if isinstance(body, OrderChanged) else PlacedRead
    received = SimpleNamespace(body=decode(json_of(body), type=reader), version=version, time=NOW)
    return thing_of(received)


def changed(*fields, changes=("edited",), **order):
    order = CHANGED.order.model_copy(update={"cancellation": None, "holds": (), **order})
    return CHANGED.model_copy(update={"changes": changes, "fields": fields, "order": order})


def edit(*touched, of_lines=False, of_address=False):
    return (Edit(2, NOW, touched, LINES, of_lines, of_address),)


@pytest.mark.parametrize(
    ("fields", "edits"),
    [
        (("lines[0].cancelled",), edit(CHANGED.order.lines[0].line_id, of_lines=True)),
        (("lines[0].quantity", "money.total"), edit(CHANGED.order.lines[0].line_id, of_lines=True)),
        (("lines",), edit(of_lines=True)),
        (("ship_to.address1", "ship_to.city"), edit(of_address=True)),
        (("ship_to", "lines"), edit(of_lines=True, of_address=True)),
        (("lines[0].price.amount", "lines[0].fulfilled_elsewhere", "lines[0].title", "tags"), ()),
        (("ship_to_else", "wishes.gift_message"), ()),
        ((), ()),  # an order that was read anew
    ],
)
def test_an_edit_is_told_where_it_changed_units_or_the_address(fields, edits):
    assert heard(changed(*fields)).edits == edits


@pytest.mark.parametrize("changes", [("cancelled", "edited"), ("other",), ("released", "paid"), ("held",)])
def test_a_cancel_has_its_own_message_and_money_has_none(changes):
    assert heard(changed("lines[0].cancelled", changes=changes)).edits == ()


@pytest.mark.parametrize(
    ("owner", "reason", "needs"),
    [
        ("order-intake", "incorrect_address", (Need("h-1", "incorrect_address", 2, NOW),)),
        ("order-intake", "awaiting_payment", (Need("h-1", "awaiting_payment", 2, NOW),)),
        ("order-intake", "high_risk_of_fraud", ()),
        ("console:mina", "awaiting_payment", ()),
        (None, "incorrect_address", ()),
    ],
)
def test_the_customer_is_asked_only_for_what_set_itself_and_they_can_end(owner, reason, needs):
    hold = PLACED.holds[0].model_copy(update={"hold_id": "h-1", "owner": owner, "reason": reason})
    order = heard(changed(holds=(hold,)))
    assert (order.needs, order.holds) == (needs, ("h-1",))


def test_an_order_may_be_placed_with_a_hold():
    hold = PLACED.holds[0].model_copy(update={"owner": "order-intake", "reason": "awaiting_payment"})
    (need,) = heard(PLACED.model_copy(update={"holds": (hold,)}), version=1).needs
    assert (need.hold_id, need.version) == (hold.hold_id, 1)


def test_an_order_that_was_not_paid_in_time_is_known_by_its_payment():
    payment = CHANGED.order.payment
    assert [
        heard(changed(payment=payment.model_copy(update={"status": one}))).expired for one in ("expired", "paid")
    ] == [
        True,
        False,
    ]
