import json
from typing import Any

from baesong.crash.count import Came, Count

SENT = [{"order_id": "o1", "ce_id": "c1", "door": "kafka", "expect": "placed"}]


class Topics:
    """What the topics say of one order that went well; a test says more, or leaves something out."""

    def __init__(self, *left_out: str) -> None:
        self.count = Count()
        self.left_out = left_out
        self.say("order.placed", "e1", 1, "order/o1", order_id="o1")
        self.say("checkout.answered", "e2", 1, "checkout/c1", record_id="c1")
        self.decide("e3", 1, 3)
        self.ship("e4", 1, 3)
        self.ship("e5", 2, 3, status="closed")
        self.tell("e6", "m1")

    def say(self, topic: str, event: str, version: int, subject: str, **body: Any) -> None:
        if event not in self.left_out:
            headers = {"ce_id": event, "ce_subject": subject, "x-aggregate-version": str(version)}
            self.count.take(topic, headers, json.dumps(body).encode())

    def decide(self, event: str, revision: int, units: int) -> None:
        given = [{"outcome": "allocated", "quantity": units}, {"outcome": "backordered", "quantity": 9}]
        self.say("allocation.decided", event, revision, "allocation/o1", order_id="o1", revision=revision, units=given)

    def ship(self, event: str, version: int, units: int, status: str = "open", id_: str = "s1") -> None:
        lines = [{"ordered": units, "released": 0}]
        body = {"shipment_id": id_, "order_id": "o1", "status": status, "lines": lines}
        self.say("shipment.updated", event, version, f"shipment/{id_}", **body)

    def tell(self, event: str, message: str, fact: str = "confirmed") -> None:
        body = {"message_id": message, "order_id": "o1", "fact": fact, "about": [], "status": "sent"}
        self.say("customer.notified", event, 1, f"message/{message}", **body)

    def came(self, *mails: str) -> Came:
        return self.count.came(SENT, mails or ("m1",))


def test_an_order_that_went_well_is_neither_lost_nor_doubled_nor_stuck() -> None:
    assert Topics().came() == Came(1, (), (), ())


def test_the_same_event_twice_counts_once() -> None:
    topics = Topics()
    topics.decide("e3", 1, 3)
    assert topics.came() == Came(1, (), (), ())
    assert topics.count.repeated == 1


def test_what_is_left_out_is_lost() -> None:
    said = {
        "e1": "o1 not placed",
        "e2": "record c1 not answered",
        "e3": "o1 not decided",
        "e4": "shipment/s1 version 1 was never said",
        "e6": "o1 not confirmed to the customer",
    }
    for event, lost in said.items():
        assert Topics(event).came().lost[:1] == (lost,), event
    assert Topics("e4", "e5").came().lost == ("o1 has 0 of 3 units in shipments",)
    assert Topics().came("another").lost == ("message m1 sent, and no mail",)


def test_what_is_said_twice_under_two_ids_is_doubled() -> None:
    placed, shipped, told = Topics(), Topics(), Topics()
    placed.say("order.placed", "e7", 1, "order/o1", order_id="o1")
    shipped.ship("e7", 1, 3, "closed", "s2")
    told.tell("e7", "m2")
    assert placed.came().doubled == ("o1 placed 2 times",)
    assert shipped.came().doubled == ("o1 has 6 units in shipments and was given 3",)
    assert told.came("m1", "m2").doubled == ("o1 told confirmed  2 times",)
    assert Topics().came("m1", "m1").doubled == ("message m1 mailed 2 times",)


def test_a_shipment_still_open_is_stuck_whatever_the_sequence_in_which_its_versions_are_read() -> None:
    assert Topics("e5").came().stuck == ("s1 open",)
    late = Topics("e4")
    late.say("shipment.updated", "e8", 1, "shipment/s1", shipment_id="s1", order_id="o1", status="open", lines=[])
    assert late.came().stuck == ()
