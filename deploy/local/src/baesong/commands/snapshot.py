"""`baesong snapshot`: a service says each open thing again as it stands."""

import asyncio
from typing import Annotated, Any

import typer

from baesong.commands.output import HERE, AsJson, StateFolder, err, out, say_json
from baesong.commands.parked import ME, Actor, Reason, named
from baesong.connection import connection_of
from baesong.services import SERVICES
from baesong.snapshots import new_id, snapshot_of


def snapshot(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(name.replace('_', '-') for name in SERVICES)}.")],
    reason: Reason,
    state: StateFolder = HERE,
    actor: Actor = ME,
    replay_id: Annotated[str, typer.Option("--id", help="Of one that was cut off, to go on with it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say each open thing again at its current version: the same id, the same bytes. Who holds it already does nothing.

    For a reader that is new, or that lost what it had read. Exit 1 with the things whose event is nowhere any more.
    """
    order = (replay_id or new_id(named(service)), actor, reason)
    connection = connection_of(state.resolve())
    with err.status(f"snapshot {service}") as shown:

        def tell(told: dict[str, Any]) -> None:
            shown.update(f"snapshot {service}: {told['republished']:,} of {told['open']:,} said again")

        done = asyncio.run(snapshot_of(connection, named(service), order, tell))
    if as_json:
        say_json({"replay_id": done.replay_id, **done.counts, "missing": list(done.missing)})
    else:
        out.print(f"{done.replay_id}: " + ", ".join(f"{name} {number:,}" for name, number in done.counts.items()))
        for line in done.missing:
            out.print(line, style="bold red", markup=False, soft_wrap=True)
    raise typer.Exit(1 if done.missing else 0)
