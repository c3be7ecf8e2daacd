"""What a shop says now of an order that somebody here has changed since the shop spoke last. Pure."""

from order_events import Order, OrderLine
from order_events.orders import OrderFacts


def merged(before: Order, ours: Order, theirs: Order) -> Order:
    """Take of the shop what it says otherwise than before, and keep the rest as it was changed here.

    Args:
        before: what the shop said last.
        ours: the order as it stands.
        theirs: what the shop says now.
    """
    said, says = _as_said(before), _as_said(theirs)
    facts = {
        name: getattr(theirs if getattr(says, name) != getattr(said, name) else ours, name)
        for name in OrderFacts.model_fields
    }
    return theirs.model_copy(update={**facts, "lines": tuple(_lines(before, ours, theirs))})


def _as_said(order: Order) -> Order:
    """Without what our policies add: a shop does not say it, and so does not take it back."""
    place = order.destination.model_copy(update={"address_class": None})
    payment = order.payment.model_copy(update={"reserve_until": None, "takes_no_stock": False})
    return order.model_copy(update={"destination": place, "payment": payment})


def _lines(before: Order, ours: Order, theirs: Order) -> list[OrderLine]:
    said, held, says = _by_id(before), _by_id(ours), _by_id(theirs)
    now = [held.pop(id_, line) if _wants(line) == _wants(said.get(id_)) else line for id_, line in says.items()]
    here_only = [line for id_, line in held.items() if id_ not in says and _wants(said.get(id_)) is None]
    return [*now, *here_only]


def _wants(line: OrderLine | None) -> OrderLine | None:
    """What a line asks for, however many units it was once; None where it asks for nothing."""
    if line is None or line.quantity <= line.cancelled:
        return None
    return line.model_copy(update={"quantity": line.quantity - line.cancelled, "cancelled": 0})


def _by_id(order: Order) -> dict[str, OrderLine]:
    return {line.line_id: line for line in order.lines}
