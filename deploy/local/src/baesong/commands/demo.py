"""`baesong demo`: the whole system, from checkout to mail, on one machine."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from baesong.background import start_in_background
from baesong.commands.output import AsJson, err, out, say_json, steps
from baesong.connection import Connection
from baesong.demo.result import Result
from baesong.demo.run import DEFAULT_RATE, Start, Wish, perform
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.partner.parts import Outsider
from baesong.running import running

Data = Annotated[Path | None, typer.Option("--data", help="A folder of past orders; without, 500 made-up ones.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="How many of its orders.")]
Rate = Annotated[str, typer.Option("--rate", help="Records per second, or max.")]
Keep = Annotated[bool, typer.Option("--keep", help="Leave it running.")]
KEPT = Path(".baesong/demo")


def demo(
    data: Data = None,
    limit: Limit = None,
    rate: Rate = f"{DEFAULT_RATE:.0f}",
    keep: Keep = False,
    as_json: AsJson = False,
) -> None:
    """Feed orders as an upstream checkout would, show them through, audit the books, and stop everything."""
    wish = Wish(data.resolve() if data else None, limit, rate_in(rate))
    result = _kept(wish, silent=as_json) if keep else asyncio.run(_thrown_away(wish, silent=as_json))
    if as_json:
        say_json(result.said())
    else:
        out.print(result.last_line, markup=False, soft_wrap=True)
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


async def _thrown_away(wish: Wish, *, silent: bool) -> Result:
    with ExitStack() as stack:
        say = stack.enter_context(steps("baesong demo", silent=silent))
        async with running(InstanceSpec(), say) as instance:
            stack.close()

            async def start(parts: Sequence[Outsider]) -> None:
                for part in parts:
                    instance.supervisor.add(part)
                await instance.supervisor.start([part.name for part in parts])

            return await _shown(instance.connection, start, wish, silent=silent)


def _kept(wish: Wish, *, silent: bool) -> Result:
    with steps("baesong demo", silent=silent) as say:
        connection = start_in_background(InstanceSpec(state=KEPT.resolve()), say)

    async def start(parts: Sequence[Outsider]) -> None:
        for part in parts:
            await part.launch()

    try:
        return asyncio.run(_shown(connection, start, wish, silent=silent))
    finally:
        err.print(f"It goes on. Look: baesong status --state {KEPT}, baesong mail list --state {KEPT}", soft_wrap=True)
        err.print(f"Stop: baesong down --state {KEPT}", soft_wrap=True)


async def _shown(connection: Connection, start: Start, wish: Wish, *, silent: bool) -> Result:
    console = Console(stderr=True, highlight=False, quiet=silent)
    result = await perform(connection, start, wish, console)
    if not silent:
        for each in result.shown():
            out.print(each)
    return result
