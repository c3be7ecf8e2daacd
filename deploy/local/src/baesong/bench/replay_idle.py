"""The pipeline with services that listen for replays, and without, in turn: what listening costs while none comes."""

from dataclasses import replace
from statistics import median

from baesong.bench.drain import Backlog, Drained
from baesong.bench.figures import rounded, spread
from baesong.bench.pairs import conditions
from baesong.bench.pipeline import SPEC, run_pipeline
from baesong.bench.result import Result
from baesong.bench.showing import Show

DEAF = replace(SPEC, environment={**SPEC.environment, "BAESONG_REPLAY_KEY": ""})  # who knows no key reads no replays


async def run_idle_replays(backlog: Backlog, pairs: int, show: Show) -> Result:
    """Run so many pairs; the second of a pair becomes the first of the next, as a machine's pace drifts."""
    listening: list[Drained] = []
    deaf: list[Drained] = []
    for number in range(1, pairs + 1):
        turn = [(SPEC, "listening", listening), (DEAF, "deaf", deaf)]
        for spec, name, runs in turn if number % 2 else turn[::-1]:
            drained, _ = await run_pipeline(backlog, show.named(f"{number} of {pairs}, {name}"), spec)
            runs.append(drained)
            show.note(f"{name}: {drained.orders_per_s:,.0f} orders/s, {drained.us_per_order:,.0f} us")
    return _result(backlog, listening, deaf)


def _result(backlog: Backlog, listening: list[Drained], deaf: list[Drained]) -> Result:
    speeds = [a.orders_per_s / b.orders_per_s for a, b in zip(listening, deaf, strict=True)]
    costs = [a.us_per_order / b.us_per_order for a, b in zip(listening, deaf, strict=True)]
    return Result(
        "replay idle",
        orders=backlog.orders,
        orders_per_s=median(run.orders_per_s for run in listening),
        cpu_us_per_order=median(run.us_per_order for run in listening),
        more={
            "orders_per_s_change_percent": rounded((median(speeds) - 1) * 100),
            "cpu_change_percent": rounded((median(costs) - 1) * 100),
            "spread": {"orders_per_s_ratio": spread(speeds), "cpu_ratio": spread(costs)},
            **conditions(backlog),
        },
    )
