"""A tiny world whose books balance: three orders, two locations, one partner, every kind of thing a rule looks at.

o-a: one parcel from the bench. o-b: split over bench and partner, cancelled after the partner's part had left: one
unit released, two kept, and nobody knows whether the mail of the cancel arrived. o-c: one of two units is there.
"""

from collections.abc import Iterator

import pytest

from baesong.verify.books import Books, Databases, Evidence, Topics
from baesong.verify.held import EffectRow, MessageRow, OutboxRow, ParkedRow, PartnerPackage, Sent, Stock
from baesong.verify.said import (
    Answer,
    CheckoutRead,
    Decision,
    Notice,
    Order,
    OrderLine,
    Package,
    Said,
    Shipment,
    ShipmentLine,
    Units,
)

BENCH, SWIFT = "BENCH", "SWIFT"
MESSAGES = (
    ("m-a", "o-a", "confirmed", (), "sent"),
    ("m-b", "o-b", "confirmed", (), "sent"),
    ("m-c", "o-c", "confirmed", (), "suppressed"),
    ("m-a-shipped", "o-a", "shipped", ("o-a-F1/p-a",), "sent"),
    ("m-b-shipped", "o-b", "shipped", ("o-b-F2/p-b",), "sent"),
    ("m-c-delayed", "o-c", "delayed", ("1",), "sent"),
    ("m-b-cancelled", "o-b", "cancelled", (), "unknown"),
)


def order(order_id: str, version: int, sku: str, quantity: int, cancelled: int = 0) -> Order:
    lines = {"1": OrderLine(sku, quantity, cancelled)}
    return Order(order_id, version, f"#{order_id}", "shop", "web", f"G-{order_id}", test=False, lines=lines)


def answer(record_id: str, status: str, order_id: str | None) -> Answer:
    return Answer(record_id, status, repeated=False, order_id=order_id)


def decision(
    order_id: str, revision: int, order_version: int, sku: str, *units: tuple[str, int, str | None], **asked: int
) -> Decision:
    made = tuple(Units("1", sku, quantity, outcome, location) for outcome, quantity, location in units)
    return Decision(order_id, revision, order_version, made, {(location, "1"): n for location, n in asked.items()})


def shipment(
    shipment_id: str, version: int, location: str, sku: str, sums: tuple[int, ...], *packages: Package
) -> Shipment:
    by = "partner" if location == SWIFT else "manual"
    line = ShipmentLine("1", sku, *sums)
    return Shipment(shipment_id, version, shipment_id[:3], location, by, None, (line,), packages)


def decisions() -> list[Decision]:
    return [
        decision("o-a", 1, 1, "MUG", ("allocated", 2, BENCH)),
        decision("o-b", 1, 1, "MUG", ("allocated", 1, BENCH), ("allocated", 2, SWIFT)),
        decision("o-b", 2, 2, "MUG", ("allocated", 1, BENCH), ("allocated", 2, SWIFT), BENCH=1, SWIFT=2),
        decision("o-b", 3, 3, "MUG", ("cancelled", 1, None), ("allocated", 2, SWIFT), BENCH=1, SWIFT=2),
        decision("o-c", 1, 1, "TEA", ("allocated", 1, BENCH), ("backordered", 1, None)),
    ]


def shipments() -> list[Shipment]:
    return [
        shipment("o-a-F1", 1, BENCH, "MUG", (2, 0, 0, 0)),
        shipment("o-a-F1", 2, BENCH, "MUG", (2, 2, 0, 0), Package("p-a", (("1", 2),))),
        shipment("o-b-F1", 1, BENCH, "MUG", (1, 0, 0, 0)),
        shipment("o-b-F1", 2, BENCH, "MUG", (1, 0, 1, 1)),
        shipment("o-b-F2", 1, SWIFT, "MUG", (2, 0, 0, 0)),
        shipment("o-b-F2", 2, SWIFT, "MUG", (2, 2, 0, 0), Package("p-b", (("1", 2),))),
        shipment("o-b-F2", 3, SWIFT, "MUG", (2, 2, 0, 2), Package("p-b", (("1", 2),))),
        shipment("o-c-F1", 1, BENCH, "TEA", (1, 0, 0, 0)),
    ]


def topics() -> Topics:
    return Topics(
        checkouts=[
            CheckoutRead("checkout.completed/0/0", "r-a", "aa"),
            CheckoutRead("checkout.completed/0/1", "r-c", "cc"),
            CheckoutRead("checkout.completed/0/2", "r-c", "cc"),  # the same record again
            CheckoutRead("checkout.completed/0/3", "r-c", "dd"),  # its id again, with another body
            CheckoutRead("checkout.completed/0/4", "r-wrong", "ee"),
        ],
        answers=[
            answer("r-a", "accepted", "o-a"),
            answer("r-c", "accepted", "o-c"),
            answer("r-c#dd", "refused", None),
            answer("r-wrong", "refused", None),
        ],
        orders=[
            order("o-a", 1, "MUG", 2),
            order("o-b", 1, "MUG", 3),
            order("o-b", 2, "MUG", 3, 3),
            order("o-b", 3, "MUG", 3, 1),
            order("o-c", 1, "TEA", 2),
        ],
        decisions=decisions(),
        shipments=shipments(),
        notices=[
            Notice(id_, 1, order_id, fact, about, status, None if status == "sent" else "a reason", None)
            for id_, order_id, fact, about, status in MESSAGES
        ],
        unreadable=["checkout.completed/0/5"],
        dead_letters={("checkout.completed.dlq", "checkout.completed/0/5")},
    )


def things(of: Topics) -> Iterator[tuple[str, str, int]]:
    """Each topic, subject and version that these topics must have said."""
    for each in of.orders:
        yield ("order.placed" if each.version == 1 else "order.changed"), f"order/{each.order_id}", each.version
    for decided in of.decisions:
        yield "allocation.decided", f"allocation/{decided.order_id}", decided.revision
    for one in of.shipments:
        topic = "shipment.created" if one.version == 1 else "shipment.updated"
        yield topic, f"shipment/{one.shipment_id}", one.version
    for notice in of.notices:
        yield "customer.notified", f"message/{notice.message_id}", notice.version
    for one_answer in of.answers:
        yield "checkout.answered", f"answer/{one_answer.record_id}", 1
    yield "partner.swift.shipments", "work/o-b-F2", 1


def databases(of: Topics) -> Databases:
    balances = {
        ("mug", BENCH): Stock(8, 8, 0, 0, 0, 0, 0, 0),
        ("mug", SWIFT): Stock(8, 8, 0, 0, 0, 0, 0, 4),
        ("tea", BENCH): Stock(1, 0, 1, 0, 0, 0, 0, 0),
    }
    return Databases(
        balances=balances,
        ledger=dict(balances),
        loaded={("mug", BENCH): 10, ("mug", SWIFT): 10, ("tea", BENCH): 1},
        replies={"h-b": 201, "h-a": 200},
        messages=[MessageRow(id_, f"key of {id_}") for id_, *_ in MESSAGES],
        effects=[
            EffectRow("notifier", f"key of {id_}", order_id, "unknown" if status == "unknown" else "confirmed", None)
            for id_, order_id, _, _, status in MESSAGES
            if status != "suppressed"
        ],
        outbox=[OutboxRow("some service", one.id, one.topic) for one in of.said]
        + [OutboxRow("order_intake", "checkout.completed/0/5", "checkout.completed.dlq")],
        parked=[ParkedRow("order_intake", "checkout.completed/0/5", None, "not JSON")],
    )


def sent(ce_id: str, door: str, order_id: str, expect: str) -> Sent:
    return Sent(ce_id, door, "shop", "web", f"G-{order_id}", order_id, expect)


@pytest.fixture
def books() -> Books:
    """Fresh books of this world; a test may break them."""
    read = topics()
    read.said = [
        Said(topic, f"{subject}@{version}", subject, version, b"", f"{topic}/0/{n}")
        for n, (topic, subject, version) in enumerate(things(read))
    ]
    evidence = Evidence(
        sent=[
            sent("r-a", "kafka", "o-a", "placed"),
            sent("h-a", "http", "o-a", "repeated"),
            sent("h-b", "http", "o-b", "placed"),
            sent("r-c", "kafka", "o-c", "placed"),
            sent("r-c", "kafka", "o-c", "repeated"),
            sent("r-c", "kafka", "o-c", "refused"),
            sent("r-wrong", "kafka", "o-wrong", "refused"),
        ],
        partner_packages=[PartnerPackage("o-b-F2", "p-b", (("1", 2),))],
    )
    mails = [id_ for id_, *_, status in MESSAGES if status != "suppressed"]
    return Books(read, databases(read), evidence, mails)
