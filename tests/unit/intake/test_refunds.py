"""Money that is owed back after a cancel of ours, and whether it came."""

from datetime import UTC, datetime, timedelta

from tests.unit.intake.test_editing import held, line, order

from order_events import CancelReason, Money, Refund
from order_intake.domain.cancelling import CancelWish, cancel
from order_intake.domain.refunds import DUE_AFTER, with_less_asked, with_refunds

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WISH = CancelWish(NOW, CancelReason.CUSTOMER, "mina", None)


def won(amount: int) -> Money:
    return Money(amount=amount, currency="KRW")


def refund(n: int, amount: int) -> Refund:
    return Refund(refund_id=f"r-{n}", at=NOW + timedelta(hours=n), amount=won(amount))


def test_a_cancel_of_what_was_paid_asks_for_the_money_of_its_units():
    [asked] = cancel(held(lines=[line("1"), line("2", removed=1)]), [], WISH).state.order.refunds_asked
    assert [(one.line_id, one.quantity) for one in asked.lines] == [("1", 2), ("2", 1)]
    assert (asked.amount, asked.reason, asked.due_by) == (won(54_000), "customer", NOW + DUE_AFTER)
    assert asked.refunded_at is None


def test_a_cancel_of_what_was_not_paid_asks_for_nothing():
    assert cancel(held(payment={"status": "pending"}), [], WISH).state.order.refunds_asked == ()


def test_no_more_is_owed_than_was_paid_and_not_given_back():
    paid = {"status": "partially_paid", "paid": {"amount": 30_000, "currency": "KRW"}}
    one = {"refund_id": "r-0", "at": NOW.isoformat(), "amount": {"amount": 10_000, "currency": "KRW"}}
    [asked] = cancel(held(payment=paid, refunds=[one]), [], WISH).state.order.refunds_asked
    assert asked.amount == won(20_000)


def test_it_is_open_until_the_refunds_cover_it():
    cancelled = cancel(held(), [], WISH).state.order
    part = cancelled.model_copy(update={"refunds": (refund(1, 10_000),)})
    assert [one.refunded_at for one in with_refunds(part).refunds_asked] == [None]
    whole = cancelled.model_copy(update={"refunds": (refund(2, 26_000), refund(1, 10_000))})
    assert [one.refunded_at for one in with_refunds(whole).refunds_asked] == [NOW + timedelta(hours=2)]


def test_nothing_is_owed_for_what_turned_out_to_be_kept():
    cancelled = cancel(held(), [], WISH).state.order
    kept = cancelled.model_copy(
        update={"lines": tuple(one.model_copy(update={"cancelled": 1}) for one in cancelled.lines)}
    )
    assert [one.amount for one in with_less_asked(kept).refunds_asked] == [won(18_000)]


def test_an_order_without_a_cancel_of_ours_asks_for_nothing():
    assert with_refunds(order()) == order()
