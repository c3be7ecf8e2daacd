"""What is paid, and what was given back: money of the order in the shop's currency. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from order_events import CheckoutPayment, Money, PaymentStatus, Refund, RefundLine
from order_intake.domain.shopify.deliveries import LONGEST_CODE
from order_intake.domain.shopify.payloads import AmountSet, OrderPayload, RefundedLine, RefundPayload, Transaction

_SETTLED = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})
_UNSETTLED = frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.VOIDED, PaymentStatus.EXPIRED})
_STATUSES = {status.value: status for status in PaymentStatus if status is not PaymentStatus.OTHER}


def payment_of(payload: OrderPayload) -> CheckoutPayment:
    """What the shop says of the money, in the shop's own currency."""
    status = known_status(payload) or _of_amounts_due(payload)
    paid = _paid(payload, status)
    return CheckoutPayment(
        status=status,
        method=next((name[:LONGEST_CODE] for name in gateways(payload)), None),
        total=_money(payload.total_price, payload.currency),
        paid=_money(paid, payload.currency),
    )


def known_status(payload: OrderPayload) -> PaymentStatus | None:
    """The shop's word for what is paid; none for a word that nobody here knows, and for none at all."""
    return _STATUSES.get((payload.financial_status or "").strip().lower())


def gateways(payload: OrderPayload) -> list[str]:
    """Each way in which the order was paid."""
    return [name.strip() for name in (*payload.payment_gateway_names, payload.gateway) if name]


def refund_of(payload: RefundPayload, currency: str | None) -> Refund:
    """Money given back, and the units that it was for; `currency` is the order's, where it is known."""
    return Refund(
        refund_id=payload.id,
        at=payload.processed_at or payload.created_at,
        amount=_refunded(payload.transactions, currency),
        lines=refunded_lines(payload.refund_line_items),
        note=payload.note,
    )


def refunded_lines(lines: Iterable[RefundedLine]) -> tuple[RefundLine, ...]:
    """The units of each line, which stands once."""
    units = Counter[str]()
    for line in lines:
        units[line.line_item_id] += line.quantity
    return tuple([RefundLine(line_id=line_id, quantity=quantity) for line_id, quantity in units.items() if quantity])


def _of_amounts_due(payload: OrderPayload) -> PaymentStatus:
    """A draft order says only what is still due; what does not say it is not taken for paid."""
    due = [_amount(each) for each in (payload.amount_due_now_set, payload.amount_due_later_set)]
    told = payload.financial_status is None and any(each is not None for each in due)
    return PaymentStatus.PAID if told and not any(due) else PaymentStatus.PENDING


def _amount(amounts: AmountSet | None) -> int | None:
    return amounts.shop_money.amount if amounts and amounts.shop_money else None


def _paid(payload: OrderPayload, status: PaymentStatus) -> int | None:
    """Where the shop calls the order paid it is, whatever has been given back since; else what is not outstanding.

    What is outstanding is so of the price as it is now, not as it was before edits.
    """
    if status in _SETTLED:
        return payload.total_price
    now = payload.total_price if payload.current_total_price is None else payload.current_total_price
    if now is not None and payload.total_outstanding is not None:
        return max(0, now - payload.total_outstanding)
    return 0 if status in _UNSETTLED else None


def _money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount=amount, currency=currency)


def _refunded(transactions: Sequence[Transaction], currency: str | None) -> Money | None:
    """What has really gone back, if all of it is known in one currency: what is pending or failed has not."""
    done = [each for each in transactions if each.kind == "refund" and each.status == "success"]
    moneys = [_shop_money(each, currency) for each in done]
    told = {money.currency for money in moneys if money}
    if not moneys or None in moneys or len(told) > 1 or (currency is not None and currency not in told):
        return None
    return Money(amount=sum(money.amount for money in moneys if money), currency=told.pop())


def _shop_money(transaction: Transaction, currency: str | None) -> Money | None:
    """The shop's own money where the transaction says both; a currency that it does not name is the order's."""
    shop = transaction.amount_set and transaction.amount_set.shop_money
    if shop:
        return Money(amount=shop.amount, currency=shop.currency_code)
    named = transaction.currency or currency
    return _money(transaction.amount, named) if named else None
