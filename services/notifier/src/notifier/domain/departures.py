"""What the customer is told of packages that left. Pure."""

from collections.abc import Mapping

from notifier.domain.cancels import settled
from notifier.domain.messages import Message, Said, package_name
from notifier.domain.standing import gone, remaining, units_in
from notifier.domain.things import Decision, Order, Package, Shipment, Told
from notifier.domain.wordings import departure
from order_events import Fact

SHIPPED = Fact.SHIPPED.value


def shipped(order: Order, decision: Decision, shipments: Mapping[str, Shipment], told: Told) -> tuple[Message, ...]:
    """One message per shipment that has packages nobody was told of; each package stands in exactly one."""
    known = {about for fact, about in told if fact == SHIPPED}
    messages: list[Message] = []
    for shipment in sorted(shipments.values(), key=lambda one: (one.at, one.shipment_id)):
        new = unknown_packages(shipment, known) if shipment.revision <= decision.revision else {}
        if new:
            before = gone(shipments, known.__contains__)
            known |= new.keys()
            messages.append(_message(order, decision, shipments, shipment, new, before))
    return tuple(messages)


def unknown_packages(shipment: Shipment, known: set[str]) -> dict[str, Package]:
    """The packages of a shipment that stand in no message yet, by name."""
    names = {package_name(shipment.shipment_id, package.package_id): package for package in shipment.packages}
    return {name: package for name, package in names.items() if name not in known}


def _message(
    order: Order,
    decision: Decision,
    shipments: Mapping[str, Shipment],
    shipment: Shipment,
    new: Mapping[str, Package],
    before: Mapping[str, int],
) -> Message:
    here = units_in(new.values())
    left = {line.line_id: before.get(line.line_id, 0) + here.get(line.line_id, 0) for line in order.lines}
    rest = _stopping(order, decision, shipments, remaining(order, decision, left))
    said = tuple(Said(line_id, "here", quantity) for line_id, quantity in here.items())
    wording = departure(any(before.values()), {one.what for one in rest})
    return Message(Fact.SHIPPED, wording, tuple(new), shipment.at, said + rest, tuple(new.values()))


def _stopping(
    order: Order, decision: Decision, shipments: Mapping[str, Shipment], rest: tuple[Said, ...]
) -> tuple[Said, ...]:
    """What follows is being stopped, where the order is cancelled and not every ask is answered."""
    if order.cancel_version is None or settled(order.cancel_version, decision, shipments):
        return rest
    return tuple(Said(one.line_id, "stopping", one.quantity) if one.what == "follows" else one for one in rest)
