"""`baesong demo`: the whole system, from checkout to mail, on one machine."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from baesong.commands.output import AsJson, err, out, say_json, steps
from baesong.demo.counts import last_line
from baesong.demo.run import DEFAULT_RATE, Result, Wish, perform
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.part import Say
from baesong.running import Instance, running

Data = Annotated[Path | None, typer.Option("--data", help="A folder of past orders; without, 500 made-up ones.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="How many of its orders.")]
Rate = Annotated[str, typer.Option("--rate", help="Records per second, or max.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave it running until Ctrl-C.")]
KEPT = Path(".baesong-demo")


def demo(
    data: Data = None,
    limit: Limit = None,
    rate: Rate = f"{DEFAULT_RATE:.0f}",
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Feed orders as an upstream checkout would, show them through, audit the books, and stop everything."""
    wish = Wish(data.resolve() if data else None, limit, rate_in(rate))
    spec = InstanceSpec(state=KEPT.resolve() if keep else None)
    result = asyncio.run(_demonstrated(wish, spec, keep=keep, silent=as_json))
    raise typer.Exit(1 if result.broken else 0)


def rate_in(word: str) -> float | None:
    """Read a pace: records per second, or `max`.

    Raises:
        BaesongError: it is neither.
    """
    if word == "max":
        return None
    try:
        rate = float(word)
    except ValueError:
        rate = 0
    if not rate > 0:
        raise BaesongError(f"--rate {word}: say a number of records per second, or max")
    return rate


async def _demonstrated(wish: Wish, spec: InstanceSpec, *, keep: bool, silent: bool) -> Result:
    begun = time.monotonic()
    with steps("baesong demo", silent=silent) as say:
        async with running(spec, say) as instance:
            result = await _performed(instance, wish, say, silent=silent)
            if keep:
                await _kept(instance, silent=silent)
    if silent:
        say_json(said(result, time.monotonic() - begun))
    else:
        out.print(last_line(result.totals, result.broken), markup=False, soft_wrap=True)
    return result
