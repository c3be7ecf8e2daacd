"""What the customer is told of units that do not come, or not now. Pure."""

from collections.abc import Mapping

from notifier.domain.messages import Message, Said
from notifier.domain.standing import gone, remaining, said_at
from notifier.domain.things import Decision, Order, Shipment, Short, Told
from notifier.domain.wordings import give_up, shortage
from order_events import Fact

UNKNOWN_DAY = "unknown"


def delayed(order: Order, decision: Decision, shipments: Mapping[str, Shipment], told: Told) -> tuple[Message, ...]:
    """One message for the lines that were backordered and not told of yet: what comes now, what does not, why, when.

    It is overtaken where none of them is late any more, or the order is cancelled.
    """
    new = untold(decision, "backordered", Fact.DELAYED, told)
    if not new:
        return ()
    said, still = _said(order, decision, shipments, "late")
    days = sorted(said_at(short.expected_at)[:10] for short in new if short.expected_at)
    message = Message(
        Fact.DELAYED,
        shortage({one.what for one in said}),
        tuple(short.line_id for short in new),
        decision.at,
        said,
        day=days[0] if days else UNKNOWN_DAY,
        overtaken=order.cancel_version is not None or still.isdisjoint(short.line_id for short in new),
    )
    return (message,)


def declined(order: Order, decision: Decision, shipments: Mapping[str, Shipment], told: Told) -> tuple[Message, ...]:
    """One message for the lines we gave up and have not told of yet: to the customer, items cancelled by us."""
    new = untold(decision, "declined", Fact.CANCELLED, told)
    if not new:
        return ()
    said, still = _said(order, decision, shipments, "declined")
    wording = give_up(frozenset(one.what for one in said), any_left=bool(gone(shipments)))
    overtaken = order.cancel_version is not None or still.isdisjoint(short.line_id for short in new)
    about = tuple(short.line_id for short in new)
    return (Message(Fact.CANCELLED, wording, about, decision.at, said, overtaken=overtaken),)


def untold(decision: Decision, outcome: str, fact: Fact, told: Told) -> list[Short]:
    """The lines that were ever short in this way and stand in no message of this fact."""
    return [s for s in decision.short if s.outcome == outcome and (fact.value, s.line_id) not in told]


def _said(
    order: Order, decision: Decision, shipments: Mapping[str, Shipment], what: str
) -> tuple[tuple[Said, ...], set[str]]:
    """What is said of the units that have not left, and the lines of which `what` is said."""
    said = tuple(
        Said(one.line_id, "now", one.quantity) if one.what == "follows" else one
        for one in remaining(order, decision, gone(shipments))
    )
    return said, {one.line_id for one in said if one.what == what}
