"""Which facts a customer is still to be told, in whatever order they became known. Pure."""

from collections.abc import Mapping

from notifier.domain.cancels import cancelled
from notifier.domain.departures import shipped
from notifier.domain.edits import changed
from notifier.domain.messages import Message, Said
from notifier.domain.needs import on_hold
from notifier.domain.shortages import declined, delayed
from notifier.domain.things import Decision, Order, Shipment, Told
from order_events import Fact


def facts(
    order: Order | None, decision: Decision | None, shipments: Mapping[str, Shipment], told: Told
) -> tuple[Message, ...]:
    """The messages that are due now; a fact that was told, or cannot be told yet, is not among them.

    A decision that answers a later version of the order than the one held waits for that version, and a shipment that
    follows a later revision than the one held waits for that revision: what is said of the rest would not be true.
    """
    if order is None:
        return ()
    due = confirmed(order, told) + on_hold(order, told)
    if decision is not None and decision.order_version <= order.version:
        due += delayed(order, decision, shipments, told)
        due += declined(order, decision, shipments, told)
        due += shipped(order, decision, shipments, told)
        due += changed(order, decision, shipments, told)
        due += cancelled(order, decision, shipments, told)
    return due


def confirmed(order: Order, told: Told) -> tuple[Message, ...]:
    """Once per order; overtaken where the order is already cancelled when it is first heard of."""
    if (Fact.CONFIRMED.value, "") in told:
        return ()
    said = tuple(Said(line.line_id, "ordered", line.wanted) for line in order.lines if line.wanted)
    overtaken = order.cancel_version is not None
    return (Message(Fact.CONFIRMED, "placed", (), order.at, said, overtaken=overtaken),)
