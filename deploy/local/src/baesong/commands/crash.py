"""`baesong crash`: what breaks, and what comes of the orders."""

import asyncio
import json
import signal
from collections.abc import Coroutine, Sequence
from typing import Annotated, Any

import typer

from baesong.commands.demo import rate_in
from baesong.commands.output import AsJson, err, out
from baesong.crash.result import Result, all_figures
from baesong.crash.run import crash as broken_on_purpose
from baesong.crash.targets import TARGETS
from baesong.crash.targets.target import Target
from baesong.crash.wish import DEFAULT_KILLS, DEFAULT_ORDERS, DEFAULT_RATE, Wish
from baesong.errors import BaesongError
from baesong.part import Say

Orders = Annotated[int, typer.Option("--orders", min=1, help="How many orders flow meanwhile.")]
Kills = Annotated[int, typer.Option("--kills", min=1, help="How often something is broken.")]
Seed = Annotated[int, typer.Option("--seed", help="Of the kills and of the orders.")]
Rate = Annotated[str, typer.Option("--rate", help="Records per second, or max.")]
Names = Annotated[list[str] | None, typer.Option("--target", help=f"{', '.join(TARGETS)} or all; several in turn.")]


def crash(
    target: Names = None,
    orders: Orders = DEFAULT_ORDERS,
    kills: Kills = DEFAULT_KILLS,
    seed: Seed = 1,
    rate: Rate = f"{DEFAULT_RATE:.0f}",
    as_json: AsJson = False,
) -> None:
    """Break a throwaway instance while orders flow: exit 1 with the ids of what is lost, doubled or stuck."""
    wish = Wish(orders, kills, seed, rate_in(rate))
    results = [_told(kind, wish, as_json=as_json) for kind in targets_in(target or ["services"])]
    figures = all_figures(results)
    out.file.write(json.dumps(figures, ensure_ascii=False) + "\n")
    raise typer.Exit(1 if figures["broken"] else 0)


def targets_in(words: Sequence[str]) -> list[type[Target]]:
    """Read the names of targets.

    Raises:
        BaesongError: there is no such target.
    """
    names = list(TARGETS) if "all" in words else words
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        raise BaesongError(f"--target {unknown[0]}: say one of {', '.join(TARGETS)} or all")
    return [kind for name in names for kind in TARGETS[name]]


def _told(kind: type[Target], wish: Wish, *, as_json: bool) -> Result:
    result = asyncio.run(_until_told(broken_on_purpose(kind, wish, _teller(kind.name, silent=as_json))))
    for each in () if as_json else result.shown():
        out.print(each)
    return result


async def _until_told(work: Coroutine[Any, Any, Result]) -> Result:
    """Stop what was started also when told to end."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _teller(name: str, *, silent: bool) -> Say:
    def say(line: str) -> None:
        if not silent:
            err.print(f"{name}: {line}", markup=False, soft_wrap=True)

    return say
