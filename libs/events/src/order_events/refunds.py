"""What is said of money that goes back."""

from pydantic import Field

from order_events.enums import CancelReason
from order_events.types import Id, Money, Quantity, Text, Time, Value


class RefundLine(Value):
    """Units of a line for which money was given back."""

    line_id: Id
    quantity: Quantity


class Refund(Value):
    """Money that the shop gave back; with lines, for these units."""

    refund_id: Id
    at: Time
    amount: Money | None = None
    lines: tuple[RefundLine, ...] = Field(default=(), max_length=1000)
    note: Text | None = None


class RefundAsked(Value):
    """Money that the shop owes the customer since paid units were cancelled here; open until its refund arrives."""

    lines: tuple[RefundLine, ...]
    amount: Money
    reason: CancelReason
    due_by: Time
    refunded_at: Time | None
