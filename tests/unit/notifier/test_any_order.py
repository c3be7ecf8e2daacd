"""Whatever is delayed, repeated or skipped on the way: the same is told, and each thing once."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.notifier.given import (
    NOW,
    Customer,
    a_decision,
    a_package,
    a_shipment,
    allocated,
    an_edit,
    an_order,
    short,
)

from notifier.domain.things import Asked, Need, ShipmentLine


@st.composite
def histories(draw):
    """All that was ever said of one order, thing by thing, each thing's versions in order."""
    cancelled = draw(st.booleans())
    first_late = draw(st.booleans())
    lost = draw(st.sampled_from(["allocated", "backordered", "declined"]))
    third = allocated("2", 2) if lost == "allocated" else short("2", 2, lost)
    edit = draw(st.sampled_from([None, {"of_address": True}, {"of_lines": True, "touched": ("1",)}]))
    needs = draw(st.sampled_from([(), (Need("h-1", "awaiting_payment", 1, NOW),)]))
    orders = [an_order(wants={"1": 3, "2": 2}, needs=needs, holds=tuple(need.hold_id for need in needs))]
    decisions = [a_decision(short("1", 3) if first_late else allocated("1", 3), allocated("2", 2))]
    decisions.append(a_decision(allocated("1", 3), third, revision=2))
    if edit:
        orders.append(an_order(2, edits=(an_edit(**edit),), wants={"1": 3, "2": 2}))
        decisions.append(a_decision(allocated("1", 3), third, revision=3, order_version=2))
    if cancelled:
        orders.append(an_order(3, cancel_version=3, wants={"1": 3, "2": 2}))
        asked = [Asked("hub", "1", 3), Asked("far", "2", 2)]
        decisions.append(a_decision(allocated("1", 3), third, revision=4, order_version=3, asked=asked))
    shipments = [
        shipment_versions(draw, 1, "hub", "1", 3, cancelled),
        shipment_versions(draw, 2, "far", "2", 2, cancelled),
    ]
    return [orders, decisions, *shipments], cancelled


def shipment_versions(draw, number, location_id, line_id, units, cancelled):
    """A shipment that packs its units one by one, some versions saying two packages at once, and answers its ask."""
    packed = draw(st.integers(0, units))
    packages = [a_package(f"p{n}", **{f"_{line_id}": 1}) for n in range(packed)]
    steps = draw(st.lists(st.integers(0, packed), max_size=3))
    counts = [*sorted(steps), packed]
    versions = [
        a_shipment(*packages[:count], number=number, version=n, location_id=location_id, revision=draw(st.integers(1, 2)),
                   lines=[ShipmentLine(line_id, units, 0, 0)])
        for n, count in enumerate(counts, 1)
    ]  # fmt: skip
    if cancelled:
        lines = [ShipmentLine(line_id, units, units - packed, units)]
        last = a_shipment(
            *packages, number=number, version=len(counts) + 1, location_id=location_id, revision=4, lines=lines
        )
        versions.append(last)
    return versions


@given(st.data())
@settings(max_examples=300)
def test_any_order_of_arrival_tells_each_fact_once_and_leaves_none_out(data):
    things, cancelled = data.draw(histories())
    in_order = Customer()
    in_order.hears(*(news for versions in things for news in versions))
    arrivals = [news for versions in things for news in versions]
    mixed = Customer()
    mixed.hears(*data.draw(st.permutations(arrivals + data.draw(st.lists(st.sampled_from(arrivals), max_size=5)))))
    assert mixed.told() == in_order.told()
    each_once(mixed)
    assert (("cancelled", "") in mixed.told()) == cancelled


@given(st.data())
@settings(max_examples=300)
def test_versions_that_never_arrive_leave_no_package_untold(data):
    things, _ = data.draw(histories())
    kept = [[*data.draw(st.lists(st.sampled_from(versions), unique_by=id)), versions[-1]] for versions in things]
    customer = Customer()
    customer.hears(*data.draw(st.permutations([news for versions in kept for news in versions])))
    packages = {(f"o1-F{n}/{p.package_id}") for n, versions in enumerate(things[2:], 1) for p in versions[-1].packages}
    assert {about for fact, about in customer.told() if fact == "shipped"} == packages
    each_once(customer)


def each_once(customer):
    abouts = [(letter.fact, about) for letter in customer.letters for about in letter.about or ("",)]
    assert len(abouts) == len(set(abouts))
    assert len({letter.key for letter in customer.letters}) == len(customer.letters)
    assert len({letter.message_id for letter in customer.letters}) == len(customer.letters)
    assert [letter.fact for letter in customer.letters].count("confirmed") == 1
