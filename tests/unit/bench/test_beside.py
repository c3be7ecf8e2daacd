"""A benchmark's floor says what that run said, and the ratios are those of the two runs."""

import pytest

from baesong.bench import beside
from baesong.bench.drain import Backlog, Drained, Spent
from baesong.bench.result import Result
from baesong.bench.shape import Said, told

SHAPE = {"order.placed": Said(1.0, 24, 1490, 320), "shipment.updated": Said(3.2, 24, 900, 320)}


class Silent:
    def named(self, what: str) -> "Silent":
        return self


async def test_the_floor_says_as_much_as_its_run_and_the_ratios_are_of_both(monkeypatch: pytest.MonkeyPatch):
    asked = []

    async def run_floor(backlog, shape, show) -> Drained:
        asked.append((backlog, shape))
        spent = Spent(wall=2.0, cpu={"kafka": 0.8}, stand_ins={}, bench=0.0, machine=1.0, stolen=0.0)
        return Drained([f"o{n}" for n in range(4000)], [], spent, 0.1, {})

    monkeypatch.setattr(beside, "run_floor", run_floor)
    backlog = Backlog(None, "run", 4000, 10)  # type: ignore[arg-type]
    run = Result("life", 4000, 500.0, 1000.0, more={"said_per_order": told(SHAPE), "packages_shipped": 4001})
    said = (await beside.beside_floor(run, backlog, Silent())).said()  # type: ignore[arg-type]
    assert asked == [(backlog, SHAPE)]
    assert (said["ratio_to_floor"], said["cpu_ratio_to_floor"]) == (0.25, 5.0)
    assert (said["floor"]["orders_per_s"], said["floor"]["cpu_us_per_order"]) == (2000.0, 200.0)
    assert said["packages_shipped"] == 4001
