"""Figures of a pace, of a soak, and of mails that are still open."""

import pytest

from baesong.bench.drain import Spent
from baesong.bench.mailing import still_open
from baesong.bench.orders import Catalogue
from baesong.bench.pacing import Kept, Pace, latency_result, rate_of
from baesong.bench.soaking import Memory


def spent(**more) -> Spent:
    known = {"wall": 10.0, "cpu": {"allocator": 3.0, "kafka": 2.0}, "stand_ins": {}, "bench": 1.0}
    return Spent(**(known | {"machine": 9.0, "stolen": 0.0} | more))


def kept() -> Kept:
    return Kept([float(n) for n in range(1, 101)], [0.5] * 100, spent(), 100, {"postgres": {}})


@pytest.fixture
def pace(tmp_path) -> Pace:
    return Pace(Catalogue("none", [{}], tmp_path), "run", per_s=500.0, seconds=20.0, warm_up_s=2.0)


def test_a_pace_is_so_many_orders_a_second(pace):
    assert (pace.warm_orders, pace.orders) == (1000, 10_000)


def test_a_pace_is_told_by_its_waits_and_its_cpu(pace):
    said = rate_of(kept(), pace)
    assert (said["p50_ms"], said["p99_ms"], said["spoken_p99_ms"]) == (50.0, 99.0, 0.5)
    assert said["cpu_us_per_order"] == 50_000.0
    assert said["product_percent"] == 50.0
    assert said["machine_percent"] == 90.0


def test_what_the_machine_did_besides_is_shown(pace):
    assert rate_of(kept(), pace)["cores_busy_with_others"] == 0.3
    assert spent(machine=5.0).others == 0.0  # ticks are rounded: never below nothing


def test_several_paces_are_summed_up_by_the_highest(pace):
    slow, fast = rate_of(kept(), pace), rate_of(kept(), pace) | {"per_s": 1000.0, "p99_ms": 200.0}
    said = latency_result([slow, fast], {}).said()
    assert said["p99_ms"] == 200.0
    assert [rate["per_s"] for rate in said["rates"]] == [500.0, 1000.0]


def test_the_first_tenth_of_a_soak_is_compared_with_the_last():
    samples = [(sent, {"allocator": 100.0 + sent / 10}) for sent in range(0, 1001, 50)]
    growth = Memory(samples).growth(1000)
    assert growth["allocator"] == {"first_mb": 105.0, "last_mb": 195.0, "growth_percent": 85.7}


def test_a_process_that_is_gone_has_not_grown():
    assert Memory([(0, {"a": 0.0}), (100, {"a": 0.0})]).growth(100)["a"]["growth_percent"] == 0.0


def test_a_mail_is_open_until_its_outcome_is_known():
    assert still_open({"intent": 1, "leased": 2, "unknown": 3, "confirmed": 10, "failed": 4}) == 6
