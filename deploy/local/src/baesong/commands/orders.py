"""`baesong orders show | trace`: one order's whole story, from the services and from their logs."""

import asyncio
from typing import Annotated, Any

import typer

from baesong.api import order_story
from baesong.commands.output import HERE, AsJson, StateFolder, out, say_json, table
from baesong.connection import connection_of
from baesong.errors import BaesongError
from baesong.story import story_of
from baesong.trace import steps_of

app = typer.Typer(help="What became of an order.", no_args_is_help=True)


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


@app.command("trace")
def trace(
    order: Annotated[str, typer.Argument(metavar="ID", help="Its id.")],
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Trace an order through the services' logs: what each read of it, and what it said because of that."""
    logs = sorted((state.resolve() / "logs").glob("*.log"))
    steps = steps_of(order, (line for log in logs for line in log.read_text(errors="replace").splitlines()))
    if not steps:
        raise BaesongError(f"no log in {state / 'logs'} names order {order}")
    if as_json:
        say_json([step._asdict() for step in steps])
        return
    shown = table("at", "service", "", "topic", "event", "because of")
    for step in steps:
        shown.add_row(*step[:5], step.cause or "")
    out.print(shown)
