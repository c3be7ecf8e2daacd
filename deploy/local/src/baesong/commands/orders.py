"""`baesong orders show`: one order's whole story."""

import asyncio
from typing import Annotated, Any

import typer

from baesong.api import order_story
from baesong.commands.output import HERE, AsJson, StateFolder, out, say_json
from baesong.connection import connection_of
from baesong.errors import BaesongError
from baesong.story import story_of

app = typer.Typer(help="What became of an order.", no_args_is_help=True)


@app.callback()
def orders() -> None:
    """Have a group of its own, though it has one command yet."""


@app.command("show")
def show(
    order: Annotated[str, typer.Argument(metavar="ID", help="Its id; or its name, such as 1001, with --shop.")],
    shop: Annotated[str, typer.Option("--shop", help="The shop whose name it is.")] = "",
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Ask every service what it knows of an order, and tell it as one story."""
    answers: dict[str, Any] = asyncio.run(order_story(connection_of(state.resolve()), order, shop))
    if not any(answers.values()):
        raise BaesongError(f"no service knows of order {order}")
    if as_json:
        say_json(answers)
        return
    for line in story_of(answers):
        out.print(line, markup=False, soft_wrap=True)
