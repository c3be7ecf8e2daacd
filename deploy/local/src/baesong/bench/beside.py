"""A benchmark beside its floor: run just after it, of the same backlog, saying as much an order as it said."""

from dataclasses import replace

from baesong.bench.drain import Backlog
from baesong.bench.floor.run import run_floor
from baesong.bench.pairs import floor_figures
from baesong.bench.result import Result
from baesong.bench.shape import heard
from baesong.bench.showing import Show


async def beside_floor(result: Result, backlog: Backlog, show: Show) -> Result:
    """Give a result with its ratios to a floor of its own.

    Args:
        result: of a backlog that was drained; its `said_per_order` is what the floor says.
        backlog: what went through.
        show: told of each step.
    """
    floor = await run_floor(backlog, heard(result.more["said_per_order"]), show.named("floor"))
    assert result.orders_per_s is not None
    assert result.cpu_us_per_order is not None
    ratios = {"cpu_ratio_to_floor": round(result.cpu_us_per_order / floor.us_per_order, 2)}
    return replace(
        result,
        ratio_to_floor=result.orders_per_s / floor.orders_per_s,
        more={**result.more, **ratios, "floor": floor_figures([floor])},
    )
