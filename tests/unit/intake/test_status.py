"""How an order stands, derived from its lines and shipments."""

from datetime import UTC, datetime

import pytest
from tests.unit.intake.checkouts import checkout, line

from order_events import Cancellation, CancelReason, Order, PaymentStatus, ShipmentStatus
from order_intake.domain.checkouts import Readable, read_checkout
from order_intake.domain.shipments import LineState, ShipmentState
from order_intake.domain.status import Fulfilment, OrderStatus, Status, status_of

CANCELLATION = Cancellation(at=datetime(2026, 11, 23, tzinfo=UTC), reason=CancelReason.CUSTOMER, actor="mina")


@pytest.fixture
def order():
    """Two lines, `a` of 3 and `b` of 1; per line how many are cancelled."""
    reading = read_checkout(checkout(lines=[line("a", quantity=3), line("b", quantity=1)]))
    assert isinstance(reading, Readable)

    def made(a: int = 0, b: int = 0, *, cancelled: bool = False) -> Order:
        lines = [line.model_copy(update={"cancelled": n}) for line, n in zip(reading.order.lines, (a, b), strict=True)]
        return reading.order.model_copy(
            update={"lines": tuple(lines), "cancellation": CANCELLATION if cancelled else None}
        )

    return made


PAID = PaymentStatus.PAID


def shipment(status: ShipmentStatus = ShipmentStatus.OPEN, **shipped: int) -> ShipmentState:
    lines = tuple(LineState(line_id, count, count, 0, 0) for line_id, count in shipped.items())
    return ShipmentState("o-F1", "o", 1, status, lines)


def test_an_order_is_open_and_unfulfilled_until_something_happens(order):
    assert status_of(order(), []) == Status(OrderStatus.OPEN, Fulfilment.UNFULFILLED, PAID)
    assert status_of(order(), [shipment(a=0)]) == Status(OrderStatus.OPEN, Fulfilment.UNFULFILLED, PAID)


def test_an_order_is_in_progress_while_a_shipment_is_worked_on(order):
    assert status_of(order(), [shipment(ShipmentStatus.IN_PROGRESS, a=0)]).fulfilment is Fulfilment.IN_PROGRESS


def test_an_order_is_partially_fulfilled_once_a_unit_has_left(order):
    assert status_of(order(), [shipment(a=3)]) == Status(OrderStatus.OPEN, Fulfilment.PARTIALLY_FULFILLED, PAID)
    assert status_of(order(), [shipment(a=2, b=1)]) == Status(OrderStatus.OPEN, Fulfilment.PARTIALLY_FULFILLED, PAID)


def test_an_order_is_closed_when_all_that_is_wanted_has_left(order):
    assert status_of(order(), [shipment(a=1), shipment(a=2, b=1)]) == Status(
        OrderStatus.CLOSED, Fulfilment.FULFILLED, PAID
    )


def test_a_cancelled_order_whose_kept_units_have_left_is_fulfilled_and_stays_cancelled(order):
    held = order(a=1, b=1, cancelled=True)
    assert status_of(held, [shipment(a=2)]) == Status(OrderStatus.CANCELLED, Fulfilment.FULFILLED, PAID)
    assert status_of(held, [shipment(a=1)]) == Status(OrderStatus.CANCELLED, Fulfilment.PARTIALLY_FULFILLED, PAID)


def test_an_order_cancelled_whole_is_unfulfilled(order):
    held = order(a=3, b=1, cancelled=True)
    assert status_of(held, [shipment(a=0)]) == Status(OrderStatus.CANCELLED, Fulfilment.UNFULFILLED, PAID)
