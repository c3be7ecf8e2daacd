"""What the customer is told of an order that waits for them. Pure."""

from notifier.domain.messages import Message, Said
from notifier.domain.things import Order, Told
from order_events import Fact

# The holds that only the customer can end, by reason, with the wording that says how.
ASKS = {"incorrect_address": "address", "awaiting_payment": "payment"}


def on_hold(order: Order, told: Told) -> tuple[Message, ...]:
    """One message per hold that the customer can end; overtaken where it was released, or the order is cancelled."""
    said = tuple(Said(line.line_id, "stays", line.wanted) for line in order.lines if line.wanted)
    return tuple(
        Message(
            Fact.ON_HOLD,
            ASKS[need.reason],
            (need.hold_id,),
            need.at,
            said,
            overtaken=order.cancel_version is not None or need.hold_id not in order.holds,
        )
        for need in order.needs
        if (Fact.ON_HOLD.value, need.hold_id) not in told
    )
