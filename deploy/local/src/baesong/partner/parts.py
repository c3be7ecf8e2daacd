"""The people outside as parts of an instance, which its supervisor starts, watches and stops like any other."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from baesong.addresses import handed_down
from baesong.connection import Connection
from baesong.feed.evidence import PARTNER, evidence_folder
from baesong.part import Part
from baesong.processes import Child

NO_PORT = 0


class Outsider(Part):
    """A process without a port of its own; it works as soon as it runs."""

    def __init__(self, name: str, module: str, arguments: Sequence[str], connection: Connection) -> None:
        super().__init__(name, NO_PORT, connection.state / "logs" / f"{name}.log")
        self._argv = [sys.executable, "-m", module, *arguments]
        self._environment = handed_down(os.environ, connection.mark)

    async def launch(self) -> None:
        """Start its process."""
        self.spawned(Child(self._argv, self.log, env=self._environment))

    async def ready(self) -> bool:
        """Say whether its process runs."""
        return self.alive()


def partner_part(connection: Connection, partner_id: str, behaviour: str) -> Outsider:
    """Make the simulated partner of an instance; what it said lies in `outside/`, its own list with the evidence."""
    told = {
        "--bootstrap": connection.bootstrap,
        "--prefix": connection.topic_prefix,
        "--partner": partner_id,
        "--behaviour": behaviour,
        "--state": str(connection.state),
        "--folder": str(outside_folder(connection.state) / partner_id),
        "--evidence": str(evidence_folder(connection.state) / PARTNER),
    }
    return Outsider(f"partner-{partner_id}", "baesong.partner", _arguments(told), connection)


def bench_part(connection: Connection, locations: Sequence[str], behaviour: str) -> Outsider:
    """Make the simulated packer of an instance's own locations."""
    told = _arguments({"--state": str(connection.state), "--behaviour": behaviour})
    places = [word for location in locations for word in ("--location", location)]
    return Outsider("bench", "baesong.partner.bench", [*told, *places], connection)


def outside_folder(state: Path) -> Path:
    """Where the outsiders keep what they must remember."""
    return state / "outside"


def _arguments(told: dict[str, str]) -> list[str]:
    return [word for pair in told.items() for word in pair]
