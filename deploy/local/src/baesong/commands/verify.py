"""`baesong verify`: the books, proved from topics and databases."""

import asyncio
from typing import Annotated

import typer

from baesong.commands.output import HERE, AsJson, StateFolder, err, out, say_json, steps
from baesong.connection import connection_of
from baesong.errors import BaesongError
from baesong.verify import Report, View, view_of
from baesong.verify import verify as proved
from baesong.verify.audit import TIMEOUT_S
from baesong.verify.report import UNSETTLED

Timeout = Annotated[float, typer.Option("--timeout", help="Seconds to wait until nothing moves.")]


def verify(state: StateFolder = HERE, timeout: Timeout = TIMEOUT_S, as_json: AsJson = False) -> None:
    """Prove the books from topics and databases: exit 0 balanced, 1 with what breaks, 2 if it could not settle."""
    try:
        report = _proved(view_of(connection_of(state.resolve())), timeout, silent=as_json)
    except BaesongError as error:
        err.print(f"baesong: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(UNSETTLED) from error
    if as_json:
        say_json(report.said())
    else:
        out.print(report.shown())
    raise typer.Exit(report.exit_status)


def _proved(view: View, timeout_s: float, *, silent: bool) -> Report:
    with steps("baesong verify", silent=silent) as say:
        return asyncio.run(proved(view, timeout_s, say))
