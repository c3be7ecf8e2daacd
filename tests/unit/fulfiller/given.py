"""Small orders, decisions and shipments to decide on."""

from datetime import UTC, datetime, timedelta

from fulfiller.domain.fulfilment import Changes, advance
from fulfiller.domain.held import Decision, Duty, Order, Site
from fulfiller.domain.partner import Changed, Heard, hear
from fulfiller.domain.shipment import Delivery, Shipment
from order_events import Cause, FulfilledBy, Instructions, PartnerInbound, ShipTo, Value, Wishes

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CAUSE = Cause("a-record", NOW)
SEOUL = ShipTo(name="김민아", address1="세종대로 110", city="서울")


def a_delivery(**more) -> Delivery:
    known = {"ship_to": SEOUL, "service": "standard", "instructions": Instructions(), "wishes": Wishes()}
    fields = {**known, "fulfil_by": None, **more}
    return Delivery(**{name: one.model_dump_json() if isinstance(one, Value) else one for name, one in fields.items()})


def an_order(version: int = 1, hold: str | None = None, **more) -> Order:
    return Order("o1", version, "#1001", hold, a_delivery(**more))


def at_partner(*duties: Duty, location_id: str = "hub", partner_id: str = "swift") -> Site:
    return Site(location_id, FulfilledBy.PARTNER, partner_id, None, duties)


def at_bench(*duties: Duty, location_id: str = "bench") -> Site:
    return Site(location_id, FulfilledBy.MANUAL, None, None, duties)


def given(line_id: str = "1", assigned: int = 1, asked: int = 0) -> Duty:
    return Duty(line_id, f"SKU-{line_id}", assigned, asked)


def a_decision(*sites: Site, revision: int = 1, order_version: int = 1) -> Decision:
    return Decision("o1", revision, order_version, sites)


def held_after(changes: Changes, *before: Shipment) -> list[Shipment]:
    """What is held once the changes are stored."""
    book = {one.shipment_id: one for one in before} | {one.shipment_id: one for one in changes.shipments}
    return list(book.values())


def shipments_of(*sites: Site, order: Order | None = None) -> list[Shipment]:
    """The shipments a first decision makes, as they are held afterwards."""
    return held_after(advance(order or an_order(), a_decision(*sites), []))


def a_submitted(assigned: int = 3) -> Shipment:
    """One line at the partner, which was asked and has not answered."""
    (shipment,) = shipments_of(at_partner(given(assigned=assigned)))
    return shipment


def a_message(kind: str, shipment_id: str = "o1-F1", **more) -> PartnerInbound:
    known = {"message_id": f"m-{kind}", "shipment_id": shipment_id, "kind": kind, "happened_at": NOW}
    return PartnerInbound(**{**known, **more})


def dispatched(quantity: int, package_id: str = "P1", line_id: str = "1", **more) -> PartnerInbound:
    lines = [{"line_id": line_id, "sku": f"SKU-{line_id}", "quantity": quantity}]
    return a_message("dispatched", package_id=package_id, lines=lines, **more)


def event(milestone: str, minutes: int = 0, package_id: str = "P1") -> PartnerInbound:
    when = NOW + timedelta(minutes=minutes)
    return a_message("event", package_id=package_id, milestone=milestone, happened_at=when)


def told(shipment: Shipment, *messages: PartnerInbound) -> Shipment:
    """The shipment after messages that are all believed."""
    for message in messages:
        heard = hear(message, shipment, "swift")
        assert isinstance(heard, Changed), heard
        shipment = heard.shipment
    return shipment


def rule_of(heard: Heard) -> str:
    """The rule by which something was refused."""
    return heard.problems[0].rule


def asked_to_let_go(assigned: int = 3, *messages: PartnerInbound) -> Shipment:
    """A shipment at the partner whose units are all asked back, after it said some things."""
    shipment = told(a_submitted(assigned), *messages)
    decision = a_decision(at_partner(given(assigned=assigned, asked=assigned)), revision=2)
    changes = advance(an_order(), decision, [shipment])
    return changes.shipments[0]


def asked_back_in_part(asked: int = 1, *messages: PartnerInbound) -> Shipment:
    """Three units at the partner, of which some are asked back, after it said some things."""
    shipment = told(a_submitted(3), *messages)
    decision = a_decision(at_partner(given(assigned=3, asked=asked)), revision=2)
    return advance(an_order(), decision, [shipment]).shipments[0]


def settled(shipment: Shipment, *, assigned: int, asked: int) -> Shipment:
    """The shipment once what was heard of it is decided: asks it can answer are answered."""
    decision = a_decision(at_partner(given(assigned=assigned, asked=asked)), revision=2)
    before = shipment._replace(version=shipment.version - 1)
    return held_after(advance(an_order(), decision, [before], [shipment]), shipment)[0]
