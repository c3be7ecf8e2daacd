"""Which shipments the notifier looks at."""

import pytest
from tests.unit.notifier.given import a_package

from notifier.domain.things import ShipmentLine
from notifier.reads import ShipmentRead


def read(line: ShipmentLine, *packages) -> ShipmentRead:
    return ShipmentRead("o1-F1", "o1", 1, "hub", (line,), packages)


def test_a_shipment_that_was_only_accepted_or_held_is_passed_over():
    assert not read(ShipmentLine("l1", 2, 0, 0)).matters


@pytest.mark.parametrize("line", [ShipmentLine("l1", 2, 1, 0), ShipmentLine("l1", 2, 0, 1)])
def test_a_shipment_that_gave_back_or_answered_is_read_whatever_else_is_in_it(line):
    assert read(line).matters


def test_a_shipment_of_which_a_package_left_is_read():
    assert read(ShipmentLine("l1", 2, 0, 0), a_package("p1")).matters
