"""When a cancel is answered, and what the customer is told of it. Pure."""

from collections import defaultdict
from collections.abc import Mapping

from notifier.domain.messages import Message, Said
from notifier.domain.things import Decision, Order, Shipment, Told
from notifier.domain.wordings import cancel
from order_events import Fact


def cancelled(order: Order, decision: Decision, shipments: Mapping[str, Shipment], told: Told) -> tuple[Message, ...]:
    """Once per order, when every unit asked back is released or kept: what was stopped, and what was not."""
    if order.cancel_version is None or (Fact.CANCELLED.value, "") in told:
        return ()
    if not settled(order.cancel_version, decision, shipments):
        return ()
    said = tuple(_said(order, shipments))
    at = max([order.at, decision.at, *(shipment.at for shipment in shipments.values())])
    return (Message(Fact.CANCELLED, cancel({one.what for one in said}, expired=order.expired), (), at, said),)


def settled(cancel_version: int, decision: Decision, shipments: Mapping[str, Shipment]) -> bool:
    """Whether the decision answers the cancel, and the shipments answer every ask in it."""
    answered: dict[tuple[str, str], int] = defaultdict(int)
    for shipment in shipments.values():
        for line in shipment.lines:
            answered[shipment.location_id, line.line_id] += line.answered
    return decision.order_version >= cancel_version and all(
        answered[asked.location_id, asked.line_id] >= asked.quantity for asked in decision.asked
    )


def _said(order: Order, shipments: Mapping[str, Shipment]) -> list[Said]:
    """Per line the units that were not given back, and all others as cancelled."""
    live: dict[str, int] = defaultdict(int)
    for shipment in shipments.values():
        for line in shipment.lines:
            live[line.line_id] += line.ordered - line.released
    said: list[Said] = []
    for wanted in order.lines:
        kept = max(0, min(wanted.quantity, live[wanted.line_id] + wanted.fulfilled_elsewhere))
        said += [Said(wanted.line_id, "kept", kept)] if kept else []
        said += [Said(wanted.line_id, "cancelled", wanted.quantity - kept)] if kept < wanted.quantity else []
    return said
