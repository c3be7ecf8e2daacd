"""What all commands have in common: their options, and how they speak."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from baesong.part import Say

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]
StateFolder = Annotated[Path, typer.Option("--state", envvar="BAESONG_STATE", help="The instance's folder.")]
HERE = Path(".baesong")


def say_json(what: Any) -> None:
    """Print it as JSON, unwrapped and uncoloured, for other programs."""
    out.file.write(json.dumps(what, indent=2, ensure_ascii=False, default=str) + "\n")


def table(*columns: str) -> Table:
    """Give an empty table in the house style."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


@contextmanager
def steps(what: str, *, silent: bool) -> Iterator[Say]:
    """Show that something goes on, and each step of it as it is done; on stderr, so that results stay alone."""
    if silent:
        yield lambda _: None
        return
    with err.status(what) as spinner:

        def say(line: str) -> None:
            spinner.update(f"{what} {line}")
            if ": ready" in line or "again" in line or "once" in line:
                err.print(f"  {line}")

        yield say
