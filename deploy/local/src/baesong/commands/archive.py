"""`baesong archive`: each topic's day as a sealed file, for when the topic no longer holds it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from baesong.archiving import Plan, Tell, archive_folder, archived, checked, listed
from baesong.commands.output import HERE, AsJson, StateFolder, err, out, say_json, table
from baesong.connection import connection_of

app = typer.Typer(help="Each topic's day as one sealed file.", no_args_is_help=True)
Folder = Annotated[
    Path | None,
    typer.Option("--archive", envvar="BAESONG_ARCHIVE", help="Where it lies; else in the instance's folder."),
]
Topic = Annotated[str, typer.Option("--topic", help="One topic; all of them without.")]


@app.command("run")
def run(state: StateFolder = HERE, folder: Folder = None, as_json: AsJson = False) -> None:
    """Seal every day that is over. What is sealed already is left alone, so run it daily, or hourly."""
    connection = connection_of(state.resolve())
    with _progress(silent=as_json) as (plan, tell):
        done = asyncio.run(archived(connection, _of(folder, state), plan, tell))
    if as_json:
        say_json({"sealed": done.sealed, "refused": done.refused})
    else:
        records, size = (sum(one[name] for one in done.sealed) for name in ("records", "bytes"))
        out.print(f"{len(done.sealed)} days sealed: {records:,} records in {size:,} bytes")
        for one in done.sealed:
            if one["lost"]:
                said = f"{one['topic']} {one['day']}: {one['lost']:,} records before it had left the log, and are lost"
                out.print(said, style="bold red", markup=False)
        for line in done.refused:
            err.print(f"baesong: {line}", style="bold red", markup=False, soft_wrap=True)
    raise typer.Exit(1 if done.refused else 0)


@app.command("list")
def list_(state: StateFolder = HERE, folder: Folder = None, topic: Topic = "", as_json: AsJson = False) -> None:
    """List what is sealed: per topic and day the records, the bytes, and what was lost before it."""
    found = listed(_of(folder, state), topic)
    if as_json:
        say_json(found)
        return
    shown = table("topic", "day", "records", "bytes", "lost", "sha256")
    for one in found:
        if "damaged" in one:
            shown.add_row(one["topic"], one["day"], one["damaged"], style="bold red")
        else:
            numbers = (f"{one[name]:,}" for name in ("records", "bytes", "lost"))
            shown.add_row(one["topic"], one["day"], *numbers, one["sha256"][:12])
    out.print(shown if shown.row_count else "nothing is archived")


@app.command("verify")
def verify(state: StateFolder = HERE, folder: Folder = None, topic: Topic = "", as_json: AsJson = False) -> None:
    """Read every file to its end: exit 1 with what is changed, cut, missing or does not join."""
    where = _of(folder, state)
    with _progress(silent=as_json) as (plan, tell):
        wrong = checked(where, topic, plan, tell)
    if as_json:
        say_json([{"topic": one.topic, "day": one.day.isoformat(), "problem": one.what} for one in wrong])
    else:
        for one in wrong:
            out.print(f"{one.topic} {one.day}: {one.what}", style="bold red", markup=False)
        out.print(f"{len(wrong)} problems" if wrong else "every file is what was sealed, and all days join")
    raise typer.Exit(1 if wrong else 0)


def _of(folder: Path | None, state: Path) -> Path:
    return (folder or archive_folder(state)).resolve()


@contextmanager
def _progress(*, silent: bool) -> Iterator[tuple[Plan, Tell]]:
    """A bar of days, on stderr, so that results stay alone."""
    columns = (
        SpinnerColumn(),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, disable=silent, transient=True) as shown:
        task = shown.add_task("looking", total=None)

        def tell(what: str, done: int) -> None:
            shown.update(task, description=what, completed=done)

        plan: Callable[[int], None] = lambda days: shown.update(task, total=days)  # noqa: E731
        yield plan, tell
