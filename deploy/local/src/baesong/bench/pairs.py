"""Pipeline and floor in turn: only the ratio of two runs side by side holds on a machine whose pace changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from baesong.bench.checking import Count
from baesong.bench.drain import Backlog, Drained
from baesong.bench.figures import medians, spread
from baesong.bench.floor.run import run_floor
from baesong.bench.orders import Catalogue
from baesong.bench.pipeline import SPEC, run_pipeline
from baesong.bench.result import Result
from baesong.bench.shape import told
from baesong.bench.showing import Show
from baesong.instance import InstanceSpec

SAMPLE = 500  # checkouts, for their mean size


@dataclass(frozen=True)
class Pair:
    """A run of the pipeline, and one of its floor just after."""

    pipeline: Drained
    floor: Drained
    count: Count

    @property
    def ratio(self) -> float:
        """The share of the floor's orders a second that the pipeline reached."""
        return self.pipeline.orders_per_s / self.floor.orders_per_s

    @property
    def cpu_ratio(self) -> float:
        """How many times the floor's CPU the pipeline took."""
        return self.pipeline.us_per_order / self.floor.us_per_order


async def run_pairs(backlog: Backlog, pairs: int, show: Show, spec: InstanceSpec = SPEC) -> list[Pair]:
    """Run so many pairs; each floor says as much per order as its pipeline did."""
    made = []
    for number in range(1, pairs + 1):
        named = show.named(f"{number} of {pairs}, pipeline")
        pipeline, count = await run_pipeline(backlog, named, spec)
        floor = await run_floor(backlog, count.shape(), show.named(f"{number} of {pairs}, floor"))
        made.append(Pair(pipeline, floor, count))
        show.note(
            f"pair {number}: {pipeline.orders_per_s:,.0f} orders/s, {pipeline.us_per_order:,.0f} us; "
            f"floor {floor.orders_per_s:,.0f} orders/s, {floor.us_per_order:,.0f} us"
        )
    return made


def result_of(pairs: Sequence[Pair], backlog: Backlog, allocators: int = 1) -> Result:
    """Sum pairs up: medians, with their spread."""
    pipelines, floors = [pair.pipeline for pair in pairs], [pair.floor for pair in pairs]
    return Result(
        name_of(allocators, backlog.catalogue.shelves),
        orders=backlog.orders,
        orders_per_s=median(run.orders_per_s for run in pipelines),
        cpu_us_per_order=median(run.us_per_order for run in pipelines),
        ratio_to_floor=median(pair.ratio for pair in pairs),
        more={
            "cpu_ratio_to_floor": round(median(pair.cpu_ratio for pair in pairs), 2),
            "spread": {
                "orders_per_s": spread([run.orders_per_s for run in pipelines]),
                "cpu_us_per_order": spread([run.us_per_order for run in pipelines]),
                "ratio_to_floor": spread([pair.ratio for pair in pairs]),
                "cpu_ratio_to_floor": spread([pair.cpu_ratio for pair in pairs]),
            },
            **costs(pipelines),
            "floor": floor_figures(floors),
            "said_per_order": told(pairs[-1].count.shape()),
            "orders_without_a_place": pairs[-1].count.waiting(),
            **conditions(backlog),
        },
    )


def name_of(allocators: int, shelves: int) -> str:
    """Name the benchmark by what is not usual in it."""
    if allocators == 1:
        return "pipeline"
    return f"pipeline, {allocators} allocators, {'disjoint' if shelves > 1 else 'shared'} stock"


def floor_figures(floors: Sequence[Drained]) -> dict[str, Any]:
    """Give the floor's own figures."""
    return {
        "orders_per_s": round(median(run.orders_per_s for run in floors), 1),
        "cpu_us_per_order": round(median(run.us_per_order for run in floors), 1),
        "spread": {
            "orders_per_s": spread([run.orders_per_s for run in floors]),
            "cpu_us_per_order": spread([run.us_per_order for run in floors]),
        },
        **costs(floors),
    }


def costs(runs: Sequence[Drained]) -> dict[str, Any]:
    """Give the medians of what runs cost: by process, and apart from it what is not the product's."""
    by_process = medians([run.spent.us_per(len(run.order_ids)) for run in runs])
    others = medians([{name: s / len(run.order_ids) * 1e6 for name, s in run.spent.stand_ins.items()} for run in runs])
    return {
        "cpu_us_by_process": {name: round(us, 1) for name, us in by_process.items()},
        "left_out": {
            "generator_us_per_order": round(median(run.generator_s / len(run.order_ids) * 1e6 for run in runs), 1),
            "watching_us_per_order": round(median(run.spent.bench / len(run.order_ids) * 1e6 for run in runs), 1),
            **{f"{name}_us_per_order": round(us, 1) for name, us in others.items()},
        },
        "cores_busy": round(median(run.spent.machine / run.spent.wall for run in runs), 2),
        "cores_busy_with_others": round(median(run.spent.others / run.spent.wall for run in runs), 2),
        "stolen_s": round(median(run.spent.stolen for run in runs), 2),
        "settings": runs[-1].settings,
    }


def conditions(backlog: Backlog) -> dict[str, Any]:
    """Say what was fed."""
    catalogue: Catalogue = backlog.catalogue
    return {
        "orders_from": catalogue.source,
        "cycle_of": len(catalogue.bodies),
        "checkout_bytes": round(mean(len(each.body) for each in catalogue.checkouts(backlog.run, 0, SAMPLE))),
        "warm_up": backlog.warm_up,
    }
