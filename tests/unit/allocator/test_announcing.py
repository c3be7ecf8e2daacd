"""What is said of a decision and of stock."""

import pytest
from tests.unit.allocator.given import NOW, Desk, a_line, a_network, a_shelf, a_shipment, an_order

from allocator.domain.announcing import allocation_decided, events_of, outcome_of
from allocator.domain.network import Rates
from order_events import DecisionOutcome

RATES = Rates("BRL", parcel=833_000, per_kg=269_000, per_100km=106_500)
SAO_PAULO, RIO = (-23.5505, -46.6333), (-22.9068, -43.1729)


def said(desk: Desk, order_id: str = "o1"):
    return allocation_decided(desk.held[order_id], desk.network)


def test_a_place_costs_its_parcel_its_distance_and_its_weight_in_minor_units():
    desk = Desk(a_shelf({"mug": {"A": 3}}), a_network("A", rates=RATES, at=RIO))
    desk.hear(an_order(a_line(quantity=3, weight_g=500), at=SAO_PAULO))
    body = said(desk)
    kilometres = body.reasons.km[0]
    assert kilometres == pytest.approx(360.7, abs=1)
    assert body.places[0].cost.amount == round(833 + 106.5 * kilometres / 100 + 269 * 1.5)
    assert body.cost == body.places[0].cost
    assert body.reasons.cost[0] == round(833 + 106.5 * kilometres / 100)


def test_the_total_is_the_sum_of_what_is_said_of_each_place():
    rates = Rates("BRL", parcel=833_500, per_kg=0, per_100km=0)
    desk = Desk(a_shelf({"mug": {"A": 1, "B": 1}}), a_network(rates=rates))
    desk.hear(an_order(a_line(quantity=2)))
    assert [place.cost.amount for place in said(desk).places] == [834, 834]
    assert said(desk).cost.amount == 1668


def test_without_rates_all_costs_are_nothing_in_the_orders_currency():
    desk = Desk(a_shelf({"mug": {"A": 1}}), a_network(rates=Rates()))
    desk.hear(an_order())
    assert (said(desk).cost.amount, said(desk).cost.currency) == (0, "KRW")


def test_a_place_that_gave_its_units_back_stays_listed_and_costs_nothing():
    desk = Desk(a_shelf({"mug": {"A": 1, "B": 1}}))
    desk.hear(an_order(), a_shipment("o1-F1", 2, "A", l1=(1, 0, 1, 0)))
    first, second = said(desk).places
    assert (first.location_id, first.lines[0].quantity, first.lines[0].assigned, first.cost.amount) == ("A", 0, 1, 0)
    assert (second.location_id, second.lines[0].quantity, second.lines[0].assigned) == ("B", 1, 1)
    assert said(desk).cost == second.cost


def test_units_carry_the_sku_as_it_was_ordered():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order(a_line()._replace(sku="MUG")))
    assert said(desk).units[0].sku == "MUG"


def test_what_is_asked_back_is_said_as_a_sum():
    desk = Desk(a_shelf({"mug": {"A": 2}}))
    desk.hear(an_order(a_line(quantity=2)))
    assert said(desk).asked == ()
    desk.hear(
        an_order(a_line(quantity=2, cancelled=1), version=2), an_order(a_line(quantity=2, cancelled=2), version=3)
    )
    assert [(one.location_id, one.line_id, one.quantity) for one in said(desk).asked] == [("A", "1", 2)]


def test_reasons_stay_those_of_the_last_placing():
    desk = Desk(a_shelf({"mug": {"A": 1}}))
    desk.hear(an_order(a_line(quantity=2)))
    before = said(desk).reasons
    desk.hear(an_order(a_line(quantity=2), version=2))
    assert said(desk).reasons == before
    assert before.location_ids == ("A",)


@pytest.mark.parametrize(
    ("stock", "line", "policy", "outcome"),
    [
        (2, a_line(quantity=2), "ship_available", DecisionOutcome.ALLOCATED),
        (1, a_line(quantity=2), "ship_available", DecisionOutcome.PARTIALLY_ALLOCATED),
        (1, a_line(quantity=2), "cancel_missing", DecisionOutcome.PARTIALLY_ALLOCATED),
        (0, a_line(quantity=2), "ship_available", DecisionOutcome.BACKORDERED),
        (0, a_line(quantity=2), "all_or_nothing", DecisionOutcome.DECLINED),
        (2, a_line(quantity=2, cancelled=2), "ship_available", DecisionOutcome.CANCELLED),
        (2, a_line(quantity=2, cancelled=1), "ship_available", DecisionOutcome.ALLOCATED),
    ],
)
def test_the_outcome_of_an_order_follows_from_its_units(stock, line, policy, outcome):
    desk = Desk(a_shelf({"mug": {"A": stock}}))
    desk.hear(an_order(line, policy=policy))
    assert outcome_of(desk.held["o1"].units) is outcome


def test_stock_that_many_orders_changed_is_announced_once_a_batch():
    desk = Desk(a_shelf({"mug": {"A": 5}}))
    settled = desk.hear(an_order(order_id="o1"), an_order(order_id="o2"))
    events = events_of(settled, desk.shelf, desk.network, NOW)
    assert [(event.type, event.version) for event in events] == [
        ("allocation.decided", 1),
        ("allocation.decided", 1),
        ("inventory.changed", 1),
    ]
    stock = events[-1].body.model_dump()
    assert (stock["on_hand"], stock["available"], stock["committed"]) == (5, 3, 2)
    assert stock["reason"] == "reservation_created"
