"""From the body of refunds/create to the refund that it is. Pure."""

from functools import partial

from msgspec import Struct

from order_events import Refund, RefundLine
from order_intake.domain.problems import problem
from order_intake.domain.shopify.documents import Problems, read_payload
from order_intake.domain.shopify.payloads import RefundPayload
from order_intake.domain.shopify.payments import refund_of, refunded_lines
from order_intake.domain.shops import Shop

_UNSENT = "cancel"


class RefundCame(Struct, frozen=True):
    """Money that the shop gave back for an order: `unsent` are those of its units that had not been sent yet."""

    source_id: str
    refund: Refund
    unsent: tuple[RefundLine, ...] = ()


def read_refund(raw: bytes, shop: Shop) -> RefundCame | Problems:
    """The refund that the payload says, or all that is wrong with it; its amount is known in one currency or not."""
    came = partial(_came, currency=shop.currency)
    return read_payload(raw, ("refund",), RefundPayload, came, shop.currency)


def _came(payload: RefundPayload, currency: str | None) -> RefundCame | Problems:
    if payload.order_id is None:
        return (problem("order_id", "missing", "a refund needs the id of its order"),)
    unsent = refunded_lines(line for line in payload.refund_line_items if line.restock_type == _UNSENT)
    return RefundCame(payload.order_id, refund_of(payload, currency), unsent)
