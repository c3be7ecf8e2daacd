"""`baesong bench`: figures, each from a throwaway instance of its own and checked by id."""

import asyncio
import logging
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from baesong.bench.drain import Backlog
from baesong.bench.floor.hops import MEASURED
from baesong.bench.floor.run import run_floor
from baesong.bench.machine import machine, versions
from baesong.bench.orders import REAL, Catalogue, catalogue
from baesong.bench.pairs import conditions, floor_figures, result_of, run_pairs
from baesong.bench.pipeline import profiled
from baesong.bench.result import RESULTS, Result, line_of, number, table, written
from baesong.bench.showing import Show, shown
from baesong.commands.output import AsJson, out

app = typer.Typer(help="Figures: how fast, at what cost, against the least that is possible.", no_args_is_help=True)

Orders = Annotated[int, typer.Option("--orders", min=1, help="How many orders are measured.")]
Pairs = Annotated[int, typer.Option("--pairs", min=1, help="How many runs, each with one of the floor.")]
Runs = Annotated[int, typer.Option("--runs", min=1, help="How many runs.")]
WarmUp = Annotated[int, typer.Option("--warm-up", min=1, help="Orders of the first portion, which is not measured.")]
Data = Annotated[Path, typer.Option("--data", help="A folder of past orders; made-up ones where it is missing.")]
Profile = Annotated[bool, typer.Option("--profile", help="Before that, a run that is only sampled, by py-spy.")]
Results = Annotated[Path, typer.Option("--results", help="Where the result is kept.")]


@app.command()
def floor(
    orders: Orders = 100_000,
    runs: Runs = 5,
    warm_up: WarmUp = 5_000,
    data: Data = REAL,
    results: Results = RESULTS,
    as_json: AsJson = False,
) -> None:
    """The least there is to do: poll, one transaction, publish, commit; four hops, nothing decided."""

    async def work(fed: Catalogue, show: Show) -> Result:
        backlog = Backlog(fed, _run(), orders, warm_up)
        done = [await run_floor(backlog, MEASURED, show.named(f"{n} of {runs}")) for n in range(1, runs + 1)]
        figures = floor_figures(done) | conditions(backlog)
        speed, cpu = figures.pop("orders_per_s"), figures.pop("cpu_us_per_order")
        return Result("floor", orders, speed, cpu, ratio_to_floor=1.0, more=figures)

    _told(work, data, results, as_json=as_json)


@app.command()
def pipeline(
    orders: Orders = 100_000,
    pairs: Pairs = 5,
    warm_up: WarmUp = 5_000,
    data: Data = REAL,
    results: Results = RESULTS,
    profile: Profile = False,
    as_json: AsJson = False,
) -> None:
    """A backlog of checkouts to the last shipment and message; the floor in turn with it."""

    async def work(fed: Catalogue, show: Show) -> Result:
        backlog = Backlog(fed, _run(), orders, warm_up)
        if profile:
            out.print(await profiled(backlog, show), markup=False, soft_wrap=True)
        return result_of(await run_pairs(backlog, pairs, show), backlog)

    _told(work, data, results, as_json=as_json)


def _run() -> str:
    return secrets.token_hex(6)


def _told(work: Callable[[Catalogue, Show], Awaitable[Result]], data: Path, results: Path, *, as_json: bool) -> None:
    """Do the work, keep its result, and say it; a run that lost or doubled anything ends before that."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic just made has no leader yet: it tries again
    taken = {"machine": machine(), "versions": versions()}
    with tempfile.TemporaryDirectory() as scratch, shown(Console(stderr=True, highlight=False)) as show:
        result = asyncio.run(_done(work, Path(scratch), data, show))
    said = result.said() | taken
    written(results, said)
    if not as_json:
        out.print(_shown(said), markup=False, soft_wrap=True)
    out.file.write(line_of(said) + "\n")


async def _done(work: Callable[[Catalogue, Show], Awaitable[Result]], scratch: Path, data: Path, show: Show) -> Result:
    return await work(catalogue(scratch, data), show)


def _shown(said: dict[str, Any]) -> str:
    names = ("orders", "orders_per_s", "cpu_us_per_order", "ratio_to_floor", "cpu_ratio_to_floor", "p50_ms", "p99_ms")
    rows = [(name, str(said[name])) for name in names if said.get(name) is not None]
    rows += [(f"us of {name}", number(us)) for name, us in said.get("cpu_us_by_process", {}).items()]
    return table(("figure", said["bench"]), rows)
