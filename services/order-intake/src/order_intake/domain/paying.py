"""What is done while an order is not paid: its units are kept for a time, or none are taken. Pure."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from order_events import Payment, PaymentStatus
from order_events.types import YEARS
from order_intake.domain.shops import PaymentPolicy, Shop, Unpaid, named

# The money is there, or the shop's to take: nothing is waited for, also when some of it was given back.
SETTLED = frozenset(
    {PaymentStatus.PAID, PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}
)
_LAST = datetime(YEARS[1], 12, 31, 23, 59, 59, tzinfo=UTC)


class Terms(Struct, frozen=True):
    """What an order's payment asks for: until when its units are kept unpaid, or that none are taken, and its end."""

    reserve_until: datetime | None = None
    takes_no_stock: bool = False
    expires_at: datetime | None = None


def terms_of(payment: Payment, placed_at: datetime, shop: Shop) -> Terms:
    """The terms of an order: what its checkout said, else what its shop says of the payment method.

    Args:
        payment: as the checkout says it.
        placed_at: when the customer ordered; the shop's hours count from then.
        shop: its policies by payment method, `*` for all others; without one, units are kept for a day.
    """
    if payment.status in SETTLED:
        return Terms()
    policy = named(shop.payment, payment.method) or PaymentPolicy()
    ends = payment.reserve_until or min(_LAST, placed_at + timedelta(hours=policy.hours))
    if payment.takes_no_stock or (payment.reserve_until is None and policy.unpaid is Unpaid.WAIT):
        return Terms(takes_no_stock=True, expires_at=ends)
    return Terms(reserve_until=ends, expires_at=ends)
