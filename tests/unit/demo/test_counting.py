import json
from typing import Any

from baesong.demo.choosing import stories_of
from baesong.demo.counts import Count, Totals, counts_of, totals_of
from baesong.demo.result import Result
from baesong.demo.tally import Record, Tally, stages
from baesong.demo.telling import sentence
from baesong.verify import Report

PLACED = {
    "name": "#1001",
    "shop": "s",
    "destination": {"country_code": "KR"},
    "cancellation": None,
    "lines": [{"line_id": "1", "sku": "MUG", "title": "Mug", "quantity": 3, "cancelled": 0}],
}
CANCELLATION = {"at": "2026-11-23T09:14:00Z", "reason": "customer", "actor": "api"}


class Said:
    """Says things to a tally as services would."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.offset = 0

    def say(self, topic: str, body: Any, version: int = 1, at: int = 0) -> "Said":
        value = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.tally.take(Record(topic, 0, self.offset, at, version, value))
        self.offset += 1
        return self

    def order(self, order_id: str, *, cancelled: int = 0, is_cancelled: bool = False, version: int = 1) -> "Said":
        line = PLACED["lines"][0] | {"cancelled": cancelled}  # type: ignore[index, operator]
        body = PLACED | {"order_id": order_id, "lines": [line], "cancellation": CANCELLATION if is_cancelled else None}
        if version == 1:
            return self.say("order.placed", body)
        return self.say("order.changed", {"order": body, "changes": ["cancelled"]}, version)

    def decision(
        self, order_id: str, units: list[tuple[str, str | None, int]], *, revision: int = 1, asked: int = 0
    ) -> "Said":
        said = [
            {
                "line_id": "1",
                "sku": "MUG",
                "quantity": n,
                "outcome": outcome,
                "location_id": place,
                "reason": "no_stock",
            }
            for outcome, place, n in units
        ]
        asks = [{"location_id": "A", "line_id": "1", "sku": "MUG", "quantity": asked}] if asked else []
        body = {"order_id": order_id, "revision": revision, "units": said, "asked": asks}
        return self.say("allocation.decided", body | {"cost": {"amount": 3000, "currency": "KRW"}}, revision)

    def shipment(
        self, shipment_id: str, *, shipped: int = 0, packages: int = 0, version: int = 1, **more: Any
    ) -> "Said":
        body = {
            "shipment_id": shipment_id,
            "order_id": shipment_id.rpartition("-")[0],
            "location_id": "A",
            "status": "closed" if shipped else "open",
            "request_status": "unsubmitted",
            "revision": 1,
            "lines": [{"shipped": shipped}],
            "packages": [{}] * packages,
        }
        return self.say("shipment.created" if version == 1 else "shipment.updated", body | more, version)

    def partner(self, kind: str, message_id: str, *, at: int = 0, **more: Any) -> "Said":
        body = {"shipment_id": "o-F1", "kind": kind, "message_id": message_id} | more
        return self.say("partner.swift.inbound", body, at=at)

    def count(self, name: str) -> int:
        return next(count.found for count in counts_of(self.tally) if count.name == name)


def test_a_state_that_is_older_than_the_one_known_changes_nothing():
    said = Said().order("o").shipment("o-F1", shipped=3, packages=1, version=4).shipment("o-F1", version=2)
    assert totals_of(said.tally).packages == 1
    assert stages(said.tally) == {"fulfilled": 1}


def test_an_order_stands_where_its_units_are():
    said = Said().order("a").order("b").order("c").order("d").order("e").order("f", cancelled=3, version=2)
    said.decision("b", [("allocated", "A", 3)]).decision("c", [("backordered", None, 3)])
    said.decision("d", [("allocated", "A", 3)]).shipment("d-F1", shipped=1, packages=1)
    said.decision("e", [("allocated", "A", 3)]).shipment("e-F1", shipped=3, packages=2)
    wanted = ["placed", "in progress", "backordered", "partially fulfilled", "fulfilled", "cancelled"]
    assert stages(said.tally) == dict.fromkeys(wanted, 1)


def test_an_order_at_two_places_is_split():
    said = Said().order("o").decision("o", [("allocated", "A", 1), ("allocated", "B", 2)])
    assert said.count("orders split over locations") == 1
    said.decision("o", [("allocated", "A", 3)], revision=2)
    assert said.count("orders split over locations") == 0


def test_units_of_one_line_without_a_place_are_one_line_backordered():
    said = Said().order("o").decision("o", [("backordered", None, 1), ("backordered", None, 1), ("allocated", "A", 1)])
    assert said.count("lines backordered") == 1
    assert totals_of(said.tally).backordered_units == 2


def test_a_rejection_counts_when_the_order_was_decided_anew():
    said = Said().order("o").decision("o", [("allocated", "A", 3)])
    said.shipment("o-F1", version=3, status="closed", request_status="rejected")
    assert said.count("rejections decided anew") == 0
    said.decision("o", [("allocated", "B", 3)], revision=2)
    assert said.count("rejections decided anew") == 1


def test_a_cancel_is_released_when_all_asked_back_came_back():
    said = Said().order("o", cancelled=3, is_cancelled=True, version=2)
    assert said.count("cancels released") == 0
    said.decision("o", [("cancelled", None, 3)], revision=2, asked=3)
    assert said.count("cancels released") == 1
    assert said.count("cancels kept") == 0


def test_a_cancel_is_kept_when_some_units_are_wanted_after_all():
    said = Said().order("o", cancelled=3, is_cancelled=True, version=2)
    said.order("o", cancelled=1, is_cancelled=True, version=3).decision("o", [("allocated", "A", 2)], asked=3)
    assert said.count("cancels kept") == 1
    assert said.count("cancels released") == 0


def test_an_answer_is_late_two_seconds_after_the_request():
    said = Said()
    for shipment, after in (("x-F1", 1999), ("y-F1", 2000)):
        said.say("partner.swift.shipments", {"kind": "requested", "order_id": "x", "shipment_id": shipment}, at=1000)
        said.partner("accepted", f"{shipment}-a", at=1000 + after, shipment_id=shipment)
    assert said.count("late answers of the partner") == 1


def test_a_message_is_double_by_its_id_or_by_its_package():
    said = Said().partner("accepted", "m1").partner("accepted", "m1")
    said.partner("dispatched", "m2", package_id="p").partner("dispatched", "m3", package_id="p")
    assert said.count("double answers of the partner") == 2


def test_what_is_not_json_is_garbage_and_nothing_else():
    said = Said().say("partner.swift.inbound", b"\x89 not {")
    assert said.count("garbage records") == 1
    assert said.tally.events == {"partner.swift.inbound": 1}


def test_only_mails_that_were_sent_are_counted():
    said = Said()
    for n, status in enumerate(("sent", "sent", "suppressed")):
        said.say("customer.notified", {"message_id": f"m{n}", "order_id": "o", "fact": "shipped", "status": status})
    assert totals_of(said.tally).mails == 2


def test_the_stories_are_of_one_parcel_of_a_split_and_of_a_shortage():
    said = Said()
    said.order("p").decision("p", [("allocated", "A", 3)]).shipment("p-F1", shipped=3, packages=1)
    said.order("s").decision("s", [("allocated", "A", 1), ("allocated", "B", 2)])
    said.shipment("s-F1", shipped=1, packages=1).shipment("s-F2", shipped=2, packages=1, location_id="B")
    said.order("b").decision("b", [("allocated", "A", 1), ("backordered", None, 2)]).shipment(
        "b-F1", shipped=1, packages=1
    )
    assert stories_of(said.tally) == {"one parcel": "p", "split over locations": "s", "short of stock": "b"}
    assert [p.topic for p in said.tally.positions["s"]][:2] == ["order.placed", "allocation.decided"]


def test_each_record_of_a_story_is_told_in_words():
    said = sentence("order.placed", PLACED)
    assert said == "placed at s for KR: 3 × Mug"
    assert sentence("partner.swift.shipments", {"kind": "cancellation_requested"}).endswith("cancellation requested")
    assert sentence("partner.swift.inbound", {"kind": "dispatched", "number": "EM1"}) == "swift says: dispatched EM1"


def result(counts: list[Count], report: Report, *, must_show: bool) -> Result:
    return Result(Totals(500, 612, 9, 1118), {}, {}, counts, [], report, 522, must_show)


FEW = [Count("garbage records", 0, 1)]


def test_the_last_line_has_exactly_this_shape():
    line = result([], Report(), must_show=True).last_line
    assert line == "demo: 500 orders, 612 packages, 9 backordered units, 1,118 mails, all books balance"


def test_a_count_below_its_least_breaks_the_default_run_only():
    assert result(FEW, Report(), must_show=True).last_line.endswith("garbage records: 0 of at least 1")
    assert result(FEW, Report(), must_show=False).last_line.endswith("all books balance")


def test_books_that_could_not_be_read_break_the_run():
    broken = result([], Report(waits=("allocator: 3 records of order.placed unread",)), must_show=False)
    assert broken.broken
    assert "could not be read" in broken.last_line
