"""What is done while an order is not paid."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_events import Payment, PaymentStatus
from order_intake.domain.paying import SETTLED, Terms, terms_of
from order_intake.domain.shops import PaymentPolicy, Shop, Unpaid

PLACED = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 30, tzinfo=UTC)
WAITS = Shop("s", payment={"invoice": PaymentPolicy(Unpaid.WAIT, 72), "*": PaymentPolicy(Unpaid.RESERVE, 2)})
OWING = ["pending", "partially_paid", "voided", "expired", "other"]


def owed(**said: object) -> Payment:
    return Payment(status=PaymentStatus.PENDING, **said)


@pytest.mark.parametrize("status", ["paid", "authorized", "partially_refunded", "refunded"])
@pytest.mark.parametrize("reserve_until", [None, LATER])
def test_what_is_paid_waits_for_nothing(status: str, reserve_until: datetime | None):
    payment = Payment(status=status, method="invoice", reserve_until=reserve_until, takes_no_stock=True)
    assert terms_of(payment, PLACED, WAITS) == Terms(None, False, None)


@pytest.mark.parametrize("status", OWING)
def test_without_a_policy_units_are_kept_for_a_day(status: str):
    ends = PLACED + timedelta(hours=24)
    assert terms_of(Payment(status=status), PLACED, Shop("s")) == Terms(ends, False, ends)


def test_the_policy_is_that_of_the_payment_method_else_the_shops():
    wait = PLACED + timedelta(hours=72)
    assert terms_of(owed(method="Invoice"), PLACED, WAITS) == Terms(None, True, wait)
    keep = PLACED + timedelta(hours=2)
    assert terms_of(owed(method="virtual_account"), PLACED, WAITS) == Terms(keep, False, keep)
    assert terms_of(owed(), PLACED, WAITS) == Terms(keep, False, keep)


def test_what_the_checkout_said_comes_before_the_policy():
    assert terms_of(owed(method="invoice", reserve_until=LATER), PLACED, WAITS) == Terms(LATER, False, LATER)
    no_stock = owed(method="card", takes_no_stock=True)
    assert terms_of(no_stock, PLACED, WAITS) == Terms(None, True, PLACED + timedelta(hours=2))
    both = owed(reserve_until=LATER, takes_no_stock=True)
    assert terms_of(both, PLACED, WAITS) == Terms(None, True, LATER)


@given(
    st.sampled_from(list(PaymentStatus)),
    st.sampled_from([None, "invoice", "card"]),
    st.none() | st.just(LATER),
    st.booleans(),
    st.timedeltas(timedelta(days=-20_000), timedelta(days=63_000)).map(lambda since: PLACED + since),
)
def test_units_are_kept_or_not_taken_never_both_and_what_is_owed_ends(status, method, until, no_stock, placed_at):
    payment = Payment(status=status, method=method, reserve_until=until, takes_no_stock=no_stock)
    terms = terms_of(payment, placed_at, WAITS)
    assert not (terms.takes_no_stock and terms.reserve_until)
    assert (terms.expires_at is None) == (status in SETTLED)
    assert terms.expires_at is None or terms.expires_at.year <= 2199
