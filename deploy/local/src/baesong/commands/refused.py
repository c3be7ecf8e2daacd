"""`baesong refused`: what the doors turned away, as it came, and once more after a fix."""

import asyncio
import uuid
from typing import Annotated, Any

import typer

from baesong.api import Api
from baesong.commands.output import HERE, AsJson, StateFolder, out, say_json, table
from baesong.connection import connection_of
from baesong.errors import BaesongError

app = typer.Typer(help="What the doors for orders turned away; it is kept raw for 30 days.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(metavar="ID", help="Its id, from `baesong refused list` or from the answer.")]


@app.command("list")
def listed(
    state: StateFolder = HERE,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was turned away last, and why."""
    found = asyncio.run(_get(state, f"/refused?limit={limit}", "nothing")) or {"refused": []}
    if as_json:
        say_json(found)
        return
    shown = table("id", "at", "door", "checkout", "why", "taken since")
    for one in found["refused"]:
        cells = (one["refused_id"], one["at"][:19], one["door"], one["checkout_id"], _why(one), one["taken"] or "")
        shown.add_row(*map(str, cells))
    out.print(shown if shown.row_count else "nothing was turned away")


@app.command("show")
def show(number: Number, state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Show one whole: its body as it came, its headers, what is wrong with it."""
    found = asyncio.run(_get(state, f"/refused/{number}", number))
    if as_json:
        say_json(found)
        return
    for name, value in found.items():
        out.print(f"{name:>12}  {_why(found) if name == 'problems' else value}", markup=False, soft_wrap=True)


@app.command("retry")
def retry(number: Number, state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Read it once more by today's rules, as if it came now."""

    async def again() -> dict[str, Any]:
        async with Api(connection_of(state.resolve()), "order_intake") as api:
            answer = await api.write("POST", f"/refused/{number}/retry", {}, str(uuid.uuid4()))
        if answer.is_error:
            raise _unknown(number)
        return dict(answer.json())

    told = asyncio.run(again())
    if as_json:
        say_json(told)
    else:
        out.print(f"order {told['order_id']} {told['name']} ({told['status']})", markup=False)


async def _get(state: Any, path: str, number: str) -> dict[str, Any]:
    async with Api(connection_of(state.resolve()), "order_intake") as api:
        found = await api.get(path)
    if found is None:
        raise _unknown(number)
    return found


def _unknown(number: str) -> BaesongError:
    return BaesongError(f"nothing was turned away under {number}: `baesong refused list` shows what")


def _why(one: dict[str, Any]) -> str:
    """The first problems in words."""
    return "; ".join(f"{each['field']}: {each['message']}".lstrip(": ") for each in one["problems"][:3])
