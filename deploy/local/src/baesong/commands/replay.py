"""`baesong replay`: what is run again, shown before it is done, through the console's own API."""

import asyncio
import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from baesong import replays
from baesong.commands.output import HERE, AsJson, StateFolder, err, out, say_json
from baesong.commands.replay_showing import following, show_job, show_list, show_preview, show_report
from baesong.connection import Connection, connection_of
from baesong.errors import BaesongError
from baesong.times import shown, time_said

app = typer.Typer(help="Run again what went wrong: a preview first, then once, with a result per item.",
                  no_args_is_help=True)  # fmt: skip
KEY = "BAESONG_APPROVER_KEY"
Id = Annotated[str, typer.Argument(metavar="ID", help="The job, as `new` and `list` name it; `last` is the newest.")]
Who = Annotated[str, typer.Option("--as", help="Who acts; it is written down.", show_default="you", envvar="USER")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is written down.")]
Rate = Annotated[int | None, typer.Option("--rate", min=1, help="Items a second.", show_default="500")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help=f"Your approver's key; or set {KEY}.")]
Words = list[str]
ME = getpass.getuser()


def many(name: str, help_: str, metavar: str = "") -> Any:
    """An option that may stand several times."""
    return typer.Option(name, help=f"{help_} May stand several times.", metavar=metavar or None)


@app.command("new")
def new(
    reason: Annotated[str, typer.Option("--reason", help="Why; it is written down, and stands on each record.")],
    topic: Annotated[str, typer.Option("--topic", help="Such as order.placed.")] = "",
    since: Annotated[str, typer.Option("--since", help="From then on: 09:00 is today, here; or any ISO form.")] = "",
    until: Annotated[str, typer.Option("--until", help="Up to then, and not then.")] = "",
    orders: Annotated[str, typer.Option("--orders", metavar="FILE", help="A file of order ids, one a line.")] = "",
    order: Annotated[Words, many("--order", "An order's id, or another topic's key.", "ID")] = [],  # noqa: B006
    error_class: Annotated[str, typer.Option("--error-class", metavar="NAME", help="Parked for that: bug, …")] = "",
    parked: Annotated[bool, typer.Option("--parked", help="Whatever is parked.")] = False,
    partner: Annotated[str, typer.Option("--partner", metavar="ID", help="The partner's topic.")] = "",
    offsets: Annotated[Words, many("--offsets", "Such as 2:100-200.", "PART:FIRST-LAST")] = [],  # noqa: B006
    mode: Annotated[
        str, typer.Option("--mode", help="reprocess, republish, rebuild, reinterpret, force.")
    ] = "reprocess",
    service: Annotated[Words, many("--service", "Only for this one; all that read it without.")] = [],  # noqa: B006
    effect: Annotated[Words, many("--effect", "Under force: do this effect again.", "KEY")] = [],  # noqa: B006
    rate: Rate = None,
    key_file: KeyFile = None,
    actor: Who = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Make a preview, and nothing else: how many records, how they stand, what would follow, what stands in the way."""
    now = datetime.now().astimezone()
    times = {name: shown(time_said(word, now)) for name, word in (("since", since), ("until", until)) if word}
    wanted: dict[str, Any] = {
        "mode": mode, "topic": topic, "error_class": error_class, "partner": partner, "parked": parked,
        "orders": [*order, *_lines(orders)], "offsets": offsets, "effects": effect, "rate": rate,
        "services": [name.replace("_", "-") for name in service], **times,
        "key": _key(key_file) if mode == "force" else "",
    }  # fmt: skip
    body = {name: value for name, value in wanted.items() if value} | {"actor": actor, "reason": reason}
    with following("preview", silent=as_json) as tell:
        job = asyncio.run(replays.made(_connection(state), body, tell))
    if as_json:
        say_json(job)
    else:
        show_preview(job)
    if job["state"] == "failed":
        raise typer.Exit(1)


@app.command("apply")
def apply(
    job: Id,
    rate: Rate = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when it is at its end.")] = False,
    reason: Why = "",
    actor: Who = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Do what was previewed. A forced job asks for a second person first."""
    _moved(job, "apply", {"actor": actor, "reason": reason, "rate": rate}, state, as_json, wait=wait)


@app.command("resume")
def resume(
    job: Id,
    rate: Rate = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when it is at its end.")] = False,
    reason: Why = "",
    actor: Who = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Go on where it stopped."""
    _moved(job, "resume", {"actor": actor, "reason": reason, "rate": rate}, state, as_json, wait=wait)


@app.command("cancel")
def cancel(job: Id, reason: Why = "", actor: Who = ME, state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Stop after the records in hand; the rest stays, for `resume`."""
    _moved(job, "cancel", {"actor": actor, "reason": reason}, state, as_json)


@app.command("approve")
def approve(
    job: Id,
    key_file: KeyFile = None,
    alone: Annotated[bool, typer.Option("--alone", help="You ordered it, ten minutes ago: slowly.")] = False,
    reason: Why = "",
    actor: Who = ME,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Let a forced job go, as the second person: another one than who ordered it, by key."""
    body = {"actor": actor, "reason": reason, "key": _key(key_file), "alone": alone}
    _moved(job, "approve", body, state, as_json)


@app.command("status")
def status(
    job: Id,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it to its end.")] = False,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Show how far it is, what it came to, and who did what about it."""
    if watch:
        with following("replay", silent=as_json) as tell:
            asyncio.run(replays.followed(_connection(state), job, tell))
    told = asyncio.run(replays.shown(_connection(state), job))
    if as_json:
        say_json(told)
    elif told["state"] in ("preview", "ready", "awaiting_approval"):
        show_preview(told)
    else:
        show_job(told)


@app.command("report")
def report(
    job: Id,
    as_csv: Annotated[bool, typer.Option("--csv", help="Say it as CSV, a row per item and service.")] = False,
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Show each item with its results."""
    document = asyncio.run(replays.reported(_connection(state), job, "csv" if as_csv else "json"))
    if as_csv or as_json:
        out.file.write(document)
    else:
        show_report(document)


@app.command("list")
def listed(state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Show the jobs, the newest first."""
    jobs = asyncio.run(replays.listed(_connection(state)))
    if as_json:
        say_json(jobs)
    else:
        show_list(jobs)


def _moved(word: str, act: str, body: dict[str, Any], state: Path, as_json: bool, *, wait: bool = False) -> None:
    given = {name: value for name, value in body.items() if value}
    connection = _connection(state)
    told = asyncio.run(replays.moved(connection, word, act, given))
    if wait and told["state"] == "running":
        with following("replay", silent=as_json) as tell:
            asyncio.run(replays.followed(connection, told["replay_id"], tell))
        told = asyncio.run(replays.shown(connection, told["replay_id"]))
    if as_json:
        say_json(told)
    elif wait:
        show_job(told)
    else:
        err.print(f"{told['replay_id']} is {told['state']}: {told['says']}", markup=False, soft_wrap=True)
    if wait and told["state"] in ("failed", "paused", "cancelled"):
        raise typer.Exit(1)


def _connection(state: Path) -> Connection:
    return connection_of(state.resolve())


def _lines(file: str) -> list[str]:
    """The ids in a file, one a line; what begins with # is a remark."""
    if not file:
        return []
    try:
        lines = [line.strip() for line in Path(file).read_text().splitlines()]
    except OSError as error:
        raise BaesongError(f"--orders {file}: {error.strerror}") from error
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise BaesongError(f"--orders {file}: there is no order in it")
    return found


def _key(file: Path | None) -> str:
    """An approver's key, never from the command line: others can read that."""
    if file is None:
        if key := os.environ.get(KEY):
            return key
        raise BaesongError(f"no key: by force an approver's is asked for; give --key-file FILE or set {KEY}")
    try:
        return file.read_text().strip()
    except OSError as error:
        raise BaesongError(f"--key-file {file}: {error.strerror}") from error
