from pathlib import Path

import service_runtime
from baesong.crash.plan import REACHED, in_twos, plan
from baesong.services import SERVICES
from service_runtime.failpoints import OPERATED, POINTS

PAIRS = [(service, point) for service, points in REACHED.items() for point in points]


def test_the_same_seed_draws_the_same_kills_and_another_seed_others() -> None:
    assert plan(7, 40) == plan(7, 40)
    assert plan(7, 40) != plan(8, 40)


def test_the_first_kills_hit_every_point_and_then_every_service_at_each() -> None:
    points = {point for _, point in PAIRS}
    for seed in range(50):
        assert {kill.point for kill in plan(seed, len(points))} == points
        assert sorted((kill.service, kill.point) for kill in plan(seed, len(PAIRS))) == sorted(PAIRS)


def test_every_service_is_killed_and_every_point_of_the_runtime_is_reached_by_some_service() -> None:
    assert set(REACHED) == set(SERVICES)
    assert {point for _, point in PAIRS} == set(POINTS)


def test_every_named_point_is_placed_in_the_runtime() -> None:
    sources = Path(service_runtime.__file__).parent.rglob("*.py")
    code = "".join(path.read_text() for path in sources if path.name != "failpoints.py")
    assert [point for point in (*POINTS, *OPERATED) if f'"{point}"' not in code] == []


def test_two_services_die_at_a_time_and_never_one_twice() -> None:
    kills = plan(3, 40)
    rounds = in_twos(kills)
    assert sorted(str(kill) for each in rounds for kill in each) == sorted(map(str, kills))
    assert all(len({kill.service for kill in each}) == len(each) <= 2 for each in rounds)
    assert len(rounds) < 24
