"""`baesong bench latency`, `idle`, `intake`, `garbage`, `replay`: times and costs of orders at a steady pace."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from baesong.bench.garbage import Beside, Door, run_garbage
from baesong.bench.knocking import Door as HttpDoor
from baesong.bench.knocking import Knocking, run_intake
from baesong.bench.orders import Catalogue
from baesong.bench.pacing import Pace, idle_result, keep, latency_result, rate_of
from baesong.bench.profiling import page
from baesong.bench.replaying import Again, run_replay
from baesong.bench.result import Result
from baesong.bench.showing import Show
from baesong.commands.bench_options import (
    DEFAULT_DATA,
    DEFAULT_RESULTS,
    Data,
    Orders,
    Profile,
    Results,
    WarmUp,
    new_run,
    told,
)
from baesong.commands.output import AsJson, out

Seconds = Annotated[float, typer.Option("--seconds", min=1, help="How long the pace is kept.")]
WarmSeconds = Annotated[float, typer.Option("--warm-up-seconds", min=0, help="How long before that, not measured.")]


def latency(
    rate: Annotated[list[float] | None, typer.Option("--rate", help="Orders a second; may be given again.")] = None,
    seconds: Seconds = 60.0,
    warm_up_seconds: WarmSeconds = 15.0,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """From the moment a checkout is due to the moment its shipment can be read, at a steady pace."""

    async def work(fed: Catalogue, show: Show) -> Result:
        paces = [Pace(fed, new_run(), per_s, seconds, warm_up_seconds) for per_s in sorted(rate or [500.0, 1000.0])]
        kept = [await keep(pace, show.named(f"{pace.per_s:.0f}/s")) for pace in paces]
        figures = [rate_of(each, pace) for each, pace in zip(kept, paces, strict=True)]
        return latency_result(figures, kept[-1].settings)

    told(work, data, results, as_json=as_json)


def idle(
    rate: Annotated[float, typer.Option("--rate", min=1, help="Orders a second.")] = 200.0,
    seconds: Seconds = 60.0,
    warm_up_seconds: WarmSeconds = 15.0,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """What the machine does at a slow pace, in percent of one core."""

    async def work(fed: Catalogue, show: Show) -> Result:
        pace = Pace(fed, new_run(), rate, seconds, warm_up_seconds)
        return idle_result(await keep(pace, show), pace)

    told(work, data, results, as_json=as_json)


def intake(
    orders: Orders = 20_000,
    clients: Annotated[int, typer.Option("--clients", min=1, help="Connections that ask at once.")] = 32,
    paced_rate: Annotated[float, typer.Option("--paced-rate", min=1, help="Requests a second, for the times.")] = 600.0,
    warm_up: WarmUp = 2_000,
    door: Annotated[HttpDoor, typer.Option("--door", help="`POST /orders`, or a Shopify shop's webhook.")] = "api",
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    profile: Profile = False,
    as_json: AsJson = False,
) -> None:
    """A door for orders at one order-intake that stands alone: how many a second, and how long one takes at a pace."""

    async def work(fed: Catalogue, show: Show) -> Result:
        wish = Knocking(fed, new_run(), orders, warm_up, clients, paced_rate, door)
        if profile:
            out.print(await _sampled(wish, show), markup=False, soft_wrap=True)
        return await run_intake(wish, show)

    told(work, data, results, as_json=as_json)


def garbage(
    rate: Annotated[float, typer.Option("--rate", min=1, help="Good orders a second.")] = 500.0,
    garbage: Annotated[float, typer.Option("--garbage", min=1, help="Garbage records a second.")] = 100.0,
    door: Annotated[Door, typer.Option("--door", help="Where the good orders come in.")] = "kafka",
    turns: Annotated[int, typer.Option("--turns", min=1, help="Of calm, and of garbage.")] = 3,
    seconds: Seconds = 20.0,
    warm_up_seconds: WarmSeconds = 15.0,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """What garbage on one hostile topic costs the orders that come another way: their times with and without it."""

    async def work(fed: Catalogue, show: Show) -> Result:
        return await run_garbage(Beside(fed, new_run(), door, rate, garbage, seconds, warm_up_seconds, turns), show)

    told(work, data, results, as_json=as_json)


def replay(
    rate: Annotated[float, typer.Option("--rate", min=1, help="Live orders a second.")] = 200.0,
    replayed: Annotated[float, typer.Option("--replayed", min=1, help="Replayed records a second.")] = 500.0,
    history: Annotated[int, typer.Option("--history", min=1, help="Orders whose every record is replayed.")] = 33_500,
    turns: Annotated[int, typer.Option("--turns", min=1, help="Of calm, and of a replay beside.")] = 4,
    seconds: Seconds = 50.0,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """A replay of all that the log holds: that it does nothing, and what it costs the orders that come meanwhile."""

    async def work(fed: Catalogue, show: Show) -> Result:
        return await run_replay(Again(fed, new_run(), history, rate, replayed, seconds, turns), show)

    told(work, data, results, as_json=as_json)


async def _sampled(wish: Knocking, show: Show) -> str:
    """Run once for the profile alone, under other ids."""
    with tempfile.TemporaryDirectory() as folder:
        result = await run_intake(replace(wish, run=new_run(), stacks=Path(folder)), show.named("profile"))
        return page(Path(folder), result.more["cpu_us_by_process"])
