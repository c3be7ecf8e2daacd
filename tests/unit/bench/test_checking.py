import json
from types import SimpleNamespace

from baesong.bench.checking import Count


def record(key: str, body: dict, ce_id: str | None = None) -> SimpleNamespace:
    headers = [("ce_id", (ce_id or f"{key} {body}").encode())]
    return SimpleNamespace(key=key.encode(), value=json.dumps(body).encode(), headers=headers, timestamp=1000)


def shipment(order: str, number: int, ordered: int) -> dict:
    return {"order_id": order, "shipment_id": f"{order}-F{number}", "lines": [{"ordered": ordered}]}


def decision(order: str, placed: int, short: int = 0, revision: int = 1) -> dict:
    units = [{"quantity": placed, "outcome": "allocated"}, {"quantity": short, "outcome": "backordered"}]
    return {"order_id": order, "revision": revision, "units": units}


def whole(order: str = "o") -> Count:
    count = Count()
    count.take("order.placed", record(order, {}))
    count.take("allocation.decided", record(order, decision(order, 3)))
    count.take("shipment.created", record(order, shipment(order, 1, 2)))
    count.take("shipment.created", record(order, shipment(order, 2, 1)))
    count.take("customer.notified", record(order, {"fact": "confirmed"}))
    return count


def test_an_order_placed_decided_shipped_and_told_is_whole():
    assert whole().broken({"o"}) == []


def test_an_order_that_was_sent_and_never_placed_breaks_the_figure():
    [placed, decided, told] = whole().broken({"o", "lost"})
    assert placed == "1 orders were never placed: lost"
    assert "decided" in decided
    assert "told nothing" in told


def test_an_order_nobody_sent_breaks_it():
    assert whole().broken(set()) == ["1 orders were placed that nobody sent: o"]


def test_a_second_event_for_the_same_order_breaks_it():
    count = whole()
    count.take("order.placed", record("o", {}, "another id"))
    assert count.broken({"o"}) == ["1 orders were placed twice: o"]


def test_the_same_event_twice_in_the_log_is_one():
    count = whole()
    count.take("order.placed", record("o", {}))
    assert count.broken({"o"}) == []


def test_an_allocated_unit_without_a_shipment_breaks_it():
    count = whole()
    count.take("allocation.decided", record("o", decision("o", 4, revision=2)))
    assert count.broken({"o"}) == ["1 orders have allocated units without a shipment: o"]


def test_a_shipment_that_stands_twice_breaks_it():
    count = whole()
    count.take("shipment.created", record("o", shipment("o", 2, 1), "another id"))
    assert count.broken({"o"}) == ["1 shipments stand twice: o-F2"]


def test_a_second_shipment_for_the_same_units_breaks_it():
    count = whole()
    count.take("shipment.created", record("o", shipment("o", 3, 1)))
    assert count.broken({"o"}) == ["1 orders have more units in shipments than allocated: o"]


def test_an_order_without_a_place_needs_no_shipment_and_is_counted():
    count = Count()
    count.take("order.placed", record("o", {}))
    count.take("allocation.decided", record("o", decision("o", 0, short=2)))
    count.take("customer.notified", record("o", {"fact": "delayed"}))
    assert (count.broken({"o"}), count.waiting()) == ([], 1)


def test_the_shape_is_what_was_said_per_order():
    shape = whole().shape()
    assert shape["shipment.created"].per_order == 2.0
    assert shape["order.placed"].value == len(b"{}")


def updated(version: int, shipped: int) -> SimpleNamespace:
    body = {"shipment_id": "o-F1", "lines": [{"ordered": 2, "released": 0, "shipped": shipped}]}
    said = record("o", body)
    said.headers.append(("x-aggregate-version", str(version).encode()))
    return said


def shipped_in_part() -> Count:
    count = whole()
    count.shipments = {"o": {"o-F1": 2}}
    return count


def test_a_shipment_that_never_left_breaks_the_whole_life():
    [not_left, not_told] = shipped_in_part().not_shipped()
    assert not_left == "1 shipments have not left: o-F1"
    assert "only 0" in not_told


def test_the_newest_version_says_what_has_left_whatever_came_last():
    count = shipped_in_part()
    count.take("shipment.updated", updated(3, shipped=2))
    count.take("shipment.updated", updated(2, shipped=1))
    count.take("customer.notified", record("o", {"fact": "shipped"}))
    assert count.not_shipped() == []


def test_a_departure_nobody_was_told_of_breaks_it():
    count = shipped_in_part()
    count.take("shipment.updated", updated(2, shipped=2))
    assert count.not_shipped() == ["of 1 shipments that left only 0 were told of"]
