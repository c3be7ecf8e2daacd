"""What the commands of `baesong bench` have in common: their options, and how a result is kept and said."""

import logging
import secrets
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from baesong.bench.machine import machine, versions
from baesong.bench.orders import REAL, Catalogue, catalogue
from baesong.bench.result import BESIDES, RESULTS, Result, line_of, number, table, written
from baesong.bench.showing import Show, shown
from baesong.commands.output import out

Orders = Annotated[int, typer.Option("--orders", min=1, help="How many orders are measured.")]
Pairs = Annotated[int, typer.Option("--pairs", min=1, help="How many runs, each with one of the floor.")]
Runs = Annotated[int, typer.Option("--runs", min=1, help="How many runs.")]
WarmUp = Annotated[int, typer.Option("--warm-up", min=1, help="Orders of the first portion, which is not measured.")]
Data = Annotated[Path, typer.Option("--data", help="A folder of past orders; made-up ones where it is missing.")]
Results = Annotated[Path, typer.Option("--results", help="Where the result is kept.")]
Profile = Annotated[bool, typer.Option("--profile", help="Before that, a run that is only sampled, by py-spy.")]
FIRST_PORTION = 5_000
FIGURES = ("orders", "orders_per_s", "cpu_us_per_order", "ratio_to_floor", "p50_ms", "p99_ms")

Work = Callable[[Catalogue, Show], Awaitable[Result]]
DEFAULT_DATA, DEFAULT_RESULTS = REAL, RESULTS


def new_run() -> str:
    """Give what the ids of a run's records hold."""
    return secrets.token_hex(6)


def told(work: Work, data: Path, results: Path, *, as_json: bool) -> None:
    """Do the work, keep its result and say it; a run that lost or doubled anything ends before that, with 1."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic just made has no leader yet: it tries again
    taken = {"machine": machine(), "versions": versions()}
    with tempfile.TemporaryDirectory() as scratch, shown(Console(stderr=True, highlight=False)) as show:
        result = uvloop.run(_done(work, Path(scratch), data, show))
    said = result.said() | taken
    written(results, said)
    if not as_json:
        out.print(_shown(said), markup=False, soft_wrap=True)
    out.file.write(line_of(said) + "\n")


async def _done(work: Work, scratch: Path, data: Path, show: Show) -> Result:
    return await work(catalogue(scratch, data), show)


def _shown(said: dict[str, Any]) -> str:
    rows = [(name, str(said[name])) for name in (*FIGURES, *BESIDES) if said.get(name) is not None]
    rows += [(f"us of {name}", number(us)) for name, us in said.get("cpu_us_by_process", {}).items()]
    rows += [
        (f"{each['per_s']:.0f}/s", f"p50 {each['p50_ms']}, p99 {each['p99_ms']} ms") for each in said.get("rates", ())
    ]
    rows += [(f"{name} grew", f"{each['growth_percent']} %") for name, each in said.get("memory", {}).items()]
    return table(("figure", said["bench"]), rows)
