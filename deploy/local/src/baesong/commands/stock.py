"""`baesong stock load`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from baesong.api import load_stock
from baesong.commands.output import HERE, AsJson, StateFolder, err, say_json
from baesong.connection import connection_of

app = typer.Typer(help="What the locations hold.", no_args_is_help=True)


@app.callback()
def stock() -> None:
    """Have a group of its own, though it has one command yet."""


@app.command("load")
def load(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="With locations.csv, skus.csv, stock.csv, rates.json.")],
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Tell the allocator locations, SKUs, rates and stock; loading again sets the same levels."""
    connection = connection_of(state.resolve())
    with err.status("stock load") as spinner:
        told = load_stock(connection, folder, lambda done, of: spinner.update(f"stock load {done} of {of}"))
        loaded = asyncio.run(told)
    if as_json:
        say_json(loaded)
    else:
        err.print(", ".join(f"{number:,} {what}" for what, number in loaded.items()))
