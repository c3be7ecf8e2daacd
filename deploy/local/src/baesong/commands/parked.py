"""`baesong parked`: what a service put aside, and what an operator does about it, through that service's own API."""

import asyncio
import getpass
import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from baesong.api import Api
from baesong.commands.output import HERE, AsJson, StateFolder, out, say_json, table
from baesong.connection import connection_of
from baesong.errors import BaesongError
from baesong.parked import act, changes_in, headers_in, one_parked, parked_of
from baesong.services import SERVICES, service_named

app = typer.Typer(help="What services put aside, and the brake.", no_args_is_help=True)

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(name.replace('_', '-') for name in SERVICES)}.")]
Number = Annotated[int, typer.Argument(metavar="ID", help="Its number, from `baesong parked list`.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is written down.")]
Actor = Annotated[str, typer.Option("--actor", help="Who acts; it is written down.", show_default="you")]
ME = getpass.getuser()


@app.command("list")
def listed(
    service: Annotated[str, typer.Argument(help="A service; all of them without.")] = "",
    state: StateFolder = HERE,
    every: Annotated[bool, typer.Option("--all", help="Also what was retried, amended or discarded.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is parked, and what is braked or paused."""
    names = [named(service)] if service else list(SERVICES)
    found = asyncio.run(parked_of(connection_of(state.resolve()), names, every))
    if as_json:
        say_json(found)
        return
    shown = table("service", "id", "state", "class", "times", "order", "record", "why")
    for name, told in found.items():
        for one in told["parked"]:
            place = f"{one['topic']}/{one['partition']}/{one['offset']}"
            cells = (name, one["parked_id"], one["state"], one["error_class"], one["times"], one["order_id"] or "")
            shown.add_row(*map(str, cells), place, one["why"])
        for line in _stopped(name, told["brake"]):
            out.print(line, style="bold red", markup=False)
    out.print(shown if shown.row_count else "nothing is parked")


def _stopped(service: str, brake: Mapping[str, Any]) -> list[str]:
    braked = brake["braked"]
    lines = [f"{service} is braked at release {braked['release']}: {braked['reason']}"] if braked else []
    return lines + [f"{service} has paused {topic} for {left} s more" for topic, left in brake["paused_topics"].items()]


@app.command("show")
def show(service: Service, number: Number, state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Show one whole: its record, why it is parked, what waits behind it, what was done about it."""
    told = asyncio.run(one_parked(connection_of(state.resolve()), named(service), number))
    if as_json:
        say_json(told)
        return
    for name, value in told.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        out.print(f"{name:>15}  {text}", markup=False, soft_wrap=True)


@app.command("retry")
def retry(
    service: Service,
    number: Number,
    state: StateFolder = HERE,
    reason: Reason = "",
    actor: Actor = ME,
    as_json: AsJson = False,
) -> None:
    """Run it again, before all that waits behind it."""
    body = {"actor": actor} | ({"reason": reason} if reason else {})
    _act(service, f"/parked/{number}/retry", body, state, as_json)


@app.command("amend")
def amend(
    service: Service,
    number: Number,
    reason: Reason,
    changes: Annotated[
        list[str], typer.Option("--set", metavar="PATH=VALUE", help="Such as lines.0.quantity=2; JSON, or a text.")
    ] = [],  # noqa: B006 - typer's way to say none
    value: Annotated[str | None, typer.Option("--value", help="A whole new value instead.")] = None,
    headers: Annotated[list[str], typer.Option("--header", metavar="NAME=TEXT", help="Set a header.")] = [],  # noqa: B006
    state: StateFolder = HERE,
    actor: Actor = ME,
    as_json: AsJson = False,
) -> None:
    """Run a mended copy in its place; the original stays."""
    body: dict[str, Any] = {"actor": actor, "reason": reason, "headers": headers_in(headers)}
    body |= {"value": value} if value is not None else {"set": changes_in(changes)}
    _act(service, f"/parked/{number}/amend", body, state, as_json)


@app.command("discard")
def discard(
    service: Service,
    number: Number,
    reason: Reason,
    state: StateFolder = HERE,
    actor: Actor = ME,
    as_json: AsJson = False,
) -> None:
    """Never run it; what waits behind it goes on."""
    _act(service, f"/parked/{number}/discard", {"actor": actor, "reason": reason}, state, as_json)


@app.command("resume")
def resume(
    service: Service, reason: Reason, state: StateFolder = HERE, actor: Actor = ME, as_json: AsJson = False
) -> None:
    """Lift the brake of a service: its release reads on."""
    _act(service, "/brake/resume", {"actor": actor, "reason": reason}, state, as_json)


def _act(service: str, path: str, body: dict[str, Any], state: Any, as_json: bool) -> None:
    async def asked() -> dict[str, Any]:
        async with Api(connection_of(state.resolve()), named(service)) as api:
            return await act(api, path, body)

    told = asyncio.run(asked())
    if as_json:
        say_json(told)
    else:
        out.print(", ".join(f"{name} {value}" for name, value in told.items()), markup=False)


def named(service: str) -> str:
    """The service a user means."""
    try:
        return service_named(service)
    except KeyError as error:
        raise BaesongError(f"there is no service {service}: one of {', '.join(SERVICES)}") from error
