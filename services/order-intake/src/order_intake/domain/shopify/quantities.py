"""How many units of each line are no longer wanted, and how many the shop has sent itself. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from order_intake.domain.shopify.payloads import FulfillmentPayload, LineItem, RefundPayload

SENT = "success"  # every other status of a fulfilment: not sent yet, or nothing came of it
SENT_BACK = "return"  # a refund's units that had been sent; `cancel`: that had not


class Units(Struct, frozen=True):
    """Of `quantity` units as first ordered, those that are gone from the order and those that are sent."""

    quantity: int
    removed: int
    sent: int


class Moves(Struct, frozen=True):
    """What happened to units by line: sent, refunded, and of the refunded those that came back after they were sent."""

    sent: Mapping[str, int]
    refunded: Mapping[str, int]
    returned: Mapping[str, int]


def moves_of(fulfilments: Sequence[FulfillmentPayload], refunds: Sequence[RefundPayload]) -> Moves:
    """All that the order says of its units; a fulfilment or refund that stands twice counts once."""
    sent, refunded, returned = Counter[str](), Counter[str](), Counter[str]()
    for fulfilment in {each.id: each for each in fulfilments if (each.status or "").lower() == SENT}.values():
        for line in fulfilment.line_items:
            sent[line.id] += line.quantity
    for refund in {each.id: each for each in refunds}.values():
        for back in refund.refund_line_items:
            refunded[back.line_item_id] += back.quantity
            returned[back.line_item_id] += back.quantity * (back.restock_type == SENT_BACK)
    return Moves(sent, refunded, returned)


def units_of(item: LineItem, line_id: str, moves: Moves) -> Units:
    """What is to be done of a line: `quantity - removed - sent` units, and never fewer than none.

    Shopify takes every refunded unit off `current_quantity`, also one that came back after it had been sent. Such a
    unit is done with: taken off as well, it would stand for one that still has to go. What the shop says is still
    to be sent (`fulfillable_quantity`) tells the two apart, and where that is missing the refund does.
    """
    quantity = max(item.quantity, item.current_quantity or 0)
    sent = min(moves.sent.get(line_id, 0), quantity)
    gone = _gone(item, quantity, moves.refunded.get(line_id, 0))
    if item.fulfillable_quantity is not None:
        unsent = quantity - sent - item.fulfillable_quantity
    else:
        unsent = gone - min(moves.returned.get(line_id, 0), sent)
    removed = min(gone, max(0, unsent))
    return Units(quantity, removed, min(sent, quantity - removed))


def _gone(item: LineItem, quantity: int, refunded: int) -> int:
    """Units that the order no longer has, for whatever reason."""
    if item.current_quantity is None:
        return min(refunded, quantity)
    return quantity - item.current_quantity
