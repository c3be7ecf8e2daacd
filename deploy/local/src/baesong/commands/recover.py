"""`baesong recover`: a service whose database was put back is mended from the topics."""

import asyncio
from typing import Annotated

import typer

from baesong.commands.output import HERE, AsJson, StateFolder, err, out, say_json
from baesong.commands.parked import named
from baesong.connection import connection_of
from baesong.recovering import recovered
from baesong.services import SERVICES


def recover(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(name.replace('_', '-') for name in SERVICES)}.")],
    state: StateFolder = HERE,
    as_json: AsJson = False,
) -> None:
    """Take over what the service said itself, from its topics, then read its inputs again.

    For a service that refuses to start because its group has read further than its database knows. While it refuses,
    nothing else is to be stopped; it starts by itself when this is done.
    """
    with err.status(f"recover {service}"):
        counts = asyncio.run(recovered(connection_of(state.resolve()), named(service)))
    if as_json:
        say_json(counts)
    else:
        out.print(", ".join(f"{name}: {number:,}" for name, number in counts.items()))
