"""`baesong bench`: figures, each from a throwaway instance of its own and checked by id."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from baesong.bench import mailing
from baesong.bench.beside import beside_floor
from baesong.bench.drain import Backlog
from baesong.bench.floor.hops import MEASURED
from baesong.bench.floor.run import run_floor
from baesong.bench.hot import hot_catalogue, run_hot
from baesong.bench.life import run_life
from baesong.bench.orders import Catalogue
from baesong.bench.pairs import conditions, floor_figures, result_of, run_pairs
from baesong.bench.pipeline import SPEC, profiled
from baesong.bench.replay_idle import run_idle_replays
from baesong.bench.result import Result
from baesong.bench.showing import Show
from baesong.bench.soaking import run_soak
from baesong.commands import bench_paced
from baesong.commands.bench_options import (
    DEFAULT_DATA,
    DEFAULT_RESULTS,
    FIRST_PORTION,
    Data,
    Orders,
    Pairs,
    Profile,
    Results,
    Runs,
    WarmUp,
    new_run,
    told,
)
from baesong.commands.output import AsJson, out

app = typer.Typer(help="Figures: how fast, at what cost, against the least that is possible.", no_args_is_help=True)
app.command()(bench_paced.latency)
app.command()(bench_paced.idle)
app.command()(bench_paced.intake)
app.command()(bench_paced.garbage)
app.command()(bench_paced.replay)


@app.command()
def floor(
    orders: Orders = 100_000,
    runs: Runs = 5,
    warm_up: WarmUp = FIRST_PORTION,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """The least there is to do: poll, one transaction, publish, commit; four hops, nothing decided."""

    async def work(fed: Catalogue, show: Show) -> Result:
        backlog = Backlog(fed, new_run(), orders, warm_up)
        done = [await run_floor(backlog, MEASURED, show.named(f"{n} of {runs}")) for n in range(1, runs + 1)]
        figures = floor_figures(done) | conditions(backlog)
        speed, cpu = figures.pop("orders_per_s"), figures.pop("cpu_us_per_order")
        return Result("floor", orders, speed, cpu, ratio_to_floor=1.0, more=figures)

    told(work, data, results, as_json=as_json)


@app.command()
def pipeline(
    orders: Orders = 100_000,
    pairs: Pairs = 5,
    warm_up: WarmUp = FIRST_PORTION,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    profile: Profile = False,
    allocators: Annotated[int, typer.Option("--allocators", min=1, help="Replicas of the allocator.")] = 1,
    disjoint: Annotated[bool, typer.Option("--disjoint", help="Each of them meets SKUs of its own.")] = False,
    as_json: AsJson = False,
) -> None:
    """A backlog of checkouts to the last shipment and message; the floor in turn with it."""

    async def work(fed: Catalogue, show: Show) -> Result:
        fed = replace(fed, shelves=allocators if disjoint else 1)
        backlog, spec = Backlog(fed, new_run(), orders, warm_up), replace(SPEC, replicas={"allocator": allocators})
        if profile:
            out.print(await profiled(backlog, show), markup=False, soft_wrap=True)
        return result_of(await run_pairs(backlog, pairs, show, spec), backlog, allocators)

    told(work, data, results, as_json=as_json)


@app.command()
def replay_idle(
    orders: Orders = 60_000,
    pairs: Pairs = 3,
    warm_up: WarmUp = FIRST_PORTION,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """What it costs the pipeline that its services listen for replays, while none comes: with and without, in turn."""

    async def work(fed: Catalogue, show: Show) -> Result:
        return await run_idle_replays(Backlog(fed, new_run(), orders, warm_up), pairs, show)

    told(work, data, results, as_json=as_json)


@app.command()
def life(
    orders: Orders = 30_000,
    warm_up: WarmUp = FIRST_PORTION,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """The whole life: the partner accepts and ships, stock leaves, the departure is recorded; its floor after it."""

    async def work(fed: Catalogue, show: Show) -> Result:
        backlog = Backlog(fed, new_run(), orders, warm_up)
        return await beside_floor(await run_life(backlog, show), backlog, show)

    told(work, data, results, as_json=as_json)


@app.command("hot-sku")
def hot_sku(
    orders: Orders = 50_000,
    units: Annotated[int, typer.Option("--units", min=1, help="How many of it there are.")] = 10_000,
    replicas: Annotated[int, typer.Option("--replicas", min=1, help="How many allocators share the work.")] = 1,
    warm_up: WarmUp = FIRST_PORTION,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """Many orders for few units of one SKU: exactly the units are sold; its floor after it."""

    async def work(_: Catalogue, show: Show) -> Result:
        with tempfile.TemporaryDirectory() as scratch:
            hot = hot_catalogue(Path(scratch), units + warm_up)
            backlog = Backlog(hot, new_run(), orders, warm_up)
            return await beside_floor(await run_hot(backlog, units, replicas, show), backlog, show)

    told(work, Path("none"), results, as_json=as_json)


@app.command()
def mail(
    orders: Orders = 20_000,
    warm_up: WarmUp = 2_000,
    profile: Profile = False,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """With mails rendered and delivered, to the last one that the sink accepted; its floor after it."""

    async def work(fed: Catalogue, show: Show) -> Result:
        backlog = Backlog(fed, new_run(), orders, warm_up)
        if profile:
            out.print(await mailing.profiled(backlog, show), markup=False)
        return await beside_floor(await mailing.run_mail(backlog, show), backlog, show)

    told(work, data, results, as_json=as_json)


@app.command()
def soak(
    orders: Orders = 1_000_000,
    warm_up: WarmUp = FIRST_PORTION,
    data: Data = DEFAULT_DATA,
    results: Results = DEFAULT_RESULTS,
    as_json: AsJson = False,
) -> None:
    """A million orders through one instance: what each process holds in memory, first and last tenth."""

    async def work(fed: Catalogue, show: Show) -> Result:
        return await run_soak(Backlog(fed, new_run(), orders, warm_up), show)

    told(work, data, results, as_json=as_json)
