"""The `baesong` command. Every error a user can cause is one line on stderr."""

import os
import sys
from typing import Any

import typer

from baesong.commands import (
    archive,
    bench,
    crash,
    demo,
    mail,
    orders,
    parked,
    recover,
    refused,
    replay,
    shop,
    snapshot,
    status,
    stock,
    up,
    verify,
)
from baesong.commands.output import err
from baesong.errors import BaesongError


class App(typer.Typer):
    """A typer app that says what went wrong in one line."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line."""
        try:
            return super().__call__(*args, **kwargs)
        except BaesongError as error:
            complain(str(error))
        except Exception as error:
            if os.environ.get("BAESONG_TRACEBACK"):
                raise
            complain(f"{type(error).__name__}: {error} (BAESONG_TRACEBACK=1 shows where)")
        sys.exit(1)


def complain(said: str) -> None:
    """Say in one line what went wrong."""
    err.print("baesong:", " ".join(said.split()), markup=False, soft_wrap=True)


app = App(
    help="Order fulfilment on one machine.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.command()(up.up)
app.command()(up.down)
app.command()(status.status)
app.command()(status.logs)
app.command()(demo.demo)
app.command()(verify.verify)
app.command()(recover.recover)
app.command()(snapshot.snapshot)
app.command()(crash.crash)
app.add_typer(bench.app, name="bench")
app.add_typer(mail.app, name="mail")
app.add_typer(stock.app, name="stock")
app.add_typer(shop.app, name="shop")
app.add_typer(orders.app, name="orders")
app.add_typer(parked.app, name="parked")
app.add_typer(refused.app, name="refused")
app.add_typer(archive.app, name="archive")
app.add_typer(replay.app, name="replay")
