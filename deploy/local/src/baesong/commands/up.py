"""`baesong up` and `baesong down`."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from baesong.background import start_in_background, stop_in_background
from baesong.commands.output import HERE, AsJson, StateFolder, err, out, say_json, steps, table
from baesong.connection import Connection
from baesong.databases import MARKS
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.services import SERVICES, WITH_CONSOLE, service_named

FIRST_HTTP_PORT = 8101

Replicas = Annotated[list[str] | None, typer.Option("--replicas", help="Several of one service: allocator=3.")]
Port = Annotated[int, typer.Option("--port", help="HTTP port of the first service; the others follow.")]
Partners = Annotated[list[str] | None, typer.Option("--partner", help="Id of a 3PL partner (default: swift).")]
MarkOption = Annotated[str, typer.Option("--mark", help=f"Whose data it holds: {', '.join(MARKS)}.")]


def up(
    state: StateFolder = HERE,
    replicas: Replicas = None,
    port: Port = FIRST_HTTP_PORT,
    partner: Partners = None,
    mark: MarkOption = "live",
    as_json: AsJson = False,
) -> None:
    """Start everything on this machine, and return when it is ready."""
    spec = InstanceSpec(
        state=state.resolve(),
        mark=mark,
        services=WITH_CONSOLE,
        replicas=replicas_in(replicas or []),
        partners=tuple(partner or ["swift"]),
        first_http_port=port,
    )
    with steps("baesong up", silent=as_json) as say:
        connection = start_in_background(spec, say)
    if as_json:
        say_json(addresses_of(connection))
    else:
        show_addresses(connection)


def down(state: StateFolder = HERE, as_json: AsJson = False) -> None:
    """Stop everything that `baesong up` started."""
    with steps("baesong down", silent=as_json):
        stopped = stop_in_background(state.resolve())
    if as_json:
        say_json({"stopped": stopped})
    else:
        err.print("stopped" if stopped else f"nothing runs in {state}")


def replicas_in(words: list[str]) -> dict[str, int]:
    """Read `allocator=3` and its like.

    Raises:
        BaesongError: no such service, or no such number.
    """
    found = {}
    for word in words:
        service, _, number = word.partition("=")
        try:
            found[service_named(service)] = _at_least_one(number)
        except (KeyError, ValueError) as error:
            said = f"--replicas {word}: say SERVICE=NUMBER with one of {', '.join(SERVICES)}"
            raise BaesongError(said) from error
    return found


def _at_least_one(number: str) -> int:
    if int(number) < 1:
        raise ValueError(number)
    return int(number)


def addresses_of(connection: Connection) -> dict[str, object]:
    """Give where everything is, without passwords and keys."""
    return {
        "services": connection.urls,
        "kafka": connection.bootstrap,
        "postgres": urlsplit(connection.admin_dsn).netloc.rpartition("@")[2],
        "smtp": connection.smtp_url,
        "maildir": str(connection.maildir),
        "keys": str(connection.state / "secrets.json"),
    }


def show_addresses(connection: Connection) -> None:
    """Print where everything is."""
    shown = table("part", "address")
    for service, urls in connection.urls.items():
        shown.add_row(service, " ".join(urls))
    for name, address in addresses_of(connection).items():
        if name != "services":
            shown.add_row(name, str(address))
    out.print(shown)
