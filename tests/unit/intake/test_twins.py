"""A second equal order of the same customer within minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.intake.checkouts import checkout, line

from order_events import OrderPlaced
from order_intake.domain.checkouts import Readable, read_checkout
from order_intake.domain.twins import WITHIN, Placed, first_of, held_as_twin, likeness

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def order(source_id: str = "1", placed_at: datetime = AT, **changes) -> OrderPlaced:
    mina = {"customer": {"email": "mina@example.test"}}
    reading = read_checkout(checkout(source_id=source_id, placed_at=placed_at.isoformat(), **(mina | changes)))
    assert isinstance(reading, Readable), reading
    return reading.order


def placed(one: OrderPlaced, name: str = "#1001") -> Placed:
    return Placed(one.order_id, name, one.placed_at)


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": [line(quantity=9)]},
        {"customer": {"email": "other@example.test"}},
        {"shop": "busan-tea"},
        {"lines": [line(), line("2")]},
    ],
)
def test_another_customer_shop_or_basket_is_another_order(changes):
    assert likeness(order(**changes)) != likeness(order())


def test_equal_orders_are_alike_whatever_they_are_called_and_however_their_lines_stand():
    both = [line("1", sku="A"), line("2", sku="B", quantity=3)]
    turned = [line("7", sku="B", quantity=3), line("9", sku="A")]
    assert likeness(order("1", lines=both)) == likeness(order("2", lines=turned))
    upper = {"email": "MINA@example.test"}
    assert likeness(order(customer=upper)) == likeness(order("2", customer={"email": "mina@example.test"}))


def test_of_nobody_known_and_of_what_is_cancelled_nothing_is_alike():
    gone = {"at": "2026-11-23T09:00:00Z", "reason": "customer"}
    assert likeness(order(customer={})) is None
    assert likeness(order(cancelled=gone)) is None


@given(st.lists(st.integers(-1200, 1200), max_size=6))
def test_the_first_within_ten_minutes_counts_and_no_other(seconds):
    mine = order("mine")
    others = [placed(order(f"o{n}", AT + timedelta(seconds=s)), f"#{n}") for n, s in enumerate(seconds)]
    near = [one for one in others if abs(one.placed_at - AT) <= WITHIN]
    first = first_of(mine, [*others, placed(mine)])
    assert (first is None) == (not near)
    if first:
        assert first.placed_at == min(one.placed_at for one in near)


def test_it_is_held_until_somebody_looks_and_says_which_it_is_like():
    held = held_as_twin(order("2"), placed(order("1")), AT)
    [hold] = held.holds
    assert (hold.reason, hold.owner) == ("other", "order-intake.twins")
    assert "#1001" in (hold.note or "")
