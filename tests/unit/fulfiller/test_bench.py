"""What the packer at our own bench may do."""

from tests.unit.fulfiller.given import NOW, a_submitted, at_bench, given, shipments_of

from fulfiller.domain.bench import Barred, Left, LeftBefore, Wish, pack
from fulfiller.domain.packing import Wanted
from order_events import MilestoneStatus, ShipmentStatus

ALL = Wish(None, [], None, None)


def at_the_bench():
    (shipment,) = shipments_of(at_bench(given("1", 2), given("2", 1)))
    return shipment


def a_wish(quantity, package_id=None, line_id="1", carrier=None, number=None):
    return Wish(package_id, [Wanted(line_id, None, quantity)], carrier, number)


def test_a_package_without_lines_takes_all_that_is_open():
    left = pack(at_the_bench(), ALL, NOW, barred=None)
    assert left.shipment.status is ShipmentStatus.CLOSED
    assert [(one.line_id, one.quantity) for one in left.shipment.packages[0].lines] == [("1", 2), ("2", 1)]
    assert [(one.status, one.happened_at) for one in left.shipment.packages[0].milestones] == [
        (MilestoneStatus.DISPATCHED, NOW)
    ]


def test_a_package_takes_only_the_lines_it_names():
    left = pack(at_the_bench(), a_wish(1), NOW, barred=None)
    assert left.shipment.status is ShipmentStatus.IN_PROGRESS
    assert [line.open for line in left.shipment.lines] == [1, 1]


def test_packages_without_an_id_are_numbered():
    first = pack(at_the_bench(), a_wish(1, package_id="P2"), NOW, barred=None)
    second = pack(first.shipment, ALL, NOW, barred=None)
    assert (first.package_id, second.package_id) == ("P2", "P3")


def test_the_same_package_again_is_the_same_package():
    left = pack(at_the_bench(), a_wish(1, "P1", carrier="UPS", number="1Z"), NOW, barred=None)
    assert pack(left.shipment, a_wish(1, "P1", carrier="UPS", number="1Z"), NOW, barred=None) == LeftBefore("P1")


def test_another_package_under_the_same_id_is_refused():
    left = pack(at_the_bench(), a_wish(1, "P1"), NOW, barred=None)
    assert rule_of(pack(left.shipment, a_wish(2, "P1"), NOW, barred=None)) == "other_package"
    assert rule_of(pack(left.shipment, a_wish(1, "P1", number="1Z"), NOW, barred=None)) == "other_package"


def test_nothing_is_packed_while_the_order_is_barred():
    answer = pack(at_the_bench(), ALL, NOW, barred="the order is on hold: fraud")
    assert (rule_of(answer), answer.problems[0].message) == ("barred", "the order is on hold: fraud")


def test_a_package_that_left_before_the_bar_is_still_known():
    left = pack(at_the_bench(), a_wish(1, "P1"), NOW, barred=None)
    assert isinstance(pack(left.shipment, a_wish(1, "P1"), NOW, barred="on hold"), LeftBefore)


def test_no_more_units_are_packed_than_are_open():
    assert rule_of(pack(at_the_bench(), a_wish(3), NOW, barred=None)) == "too_many_units"


def test_the_bench_does_not_pack_what_a_partner_ships():
    assert rule_of(pack(a_submitted(), ALL, NOW, barred=None)) == "not_allowed"


def test_nothing_is_packed_of_a_shipment_that_is_over():
    left = pack(at_the_bench(), ALL, NOW, barred=None)
    assert isinstance(left, Left)
    assert rule_of(pack(left.shipment, ALL, NOW, barred=None)) == "not_allowed"


def test_nothing_is_packed_of_a_shipment_on_hold():
    held = at_the_bench()._replace(status=ShipmentStatus.ON_HOLD)
    assert rule_of(pack(held, ALL, NOW, barred=None)) == "not_allowed"


def rule_of(answer):
    assert isinstance(answer, Barred)
    return answer.problems[0].rule
