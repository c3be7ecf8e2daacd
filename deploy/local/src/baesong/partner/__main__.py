"""Runs the simulated partner: `python -m baesong.partner --bootstrap HOST:PORT --state DIR …`."""

import argparse
import asyncio
import logging
from pathlib import Path

from baesong.partner.behaviour import BEHAVIOURS
from baesong.partner.client import Partner, Place
from baesong.partner.desk import Desk
from baesong.partner.leaving import until_time_to_leave
from baesong.partner.memory import Memory


def main() -> None:
    """Run until told to stop, or until the instance is gone."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(_run(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A simulated 3PL partner.")
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--partner", default="swift")
    parser.add_argument("--behaviour", choices=sorted(BEHAVIOURS), default="busy")
    parser.add_argument("--state", type=Path, required=True, help="the instance's folder: it leaves when that is gone")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--evidence", type=Path, required=True)
    return parser.parse_args()


async def _run(said: argparse.Namespace) -> None:
    memory = Memory(said.folder / "said.sqlite", said.evidence)
    desk = Desk(BEHAVIOURS[said.behaviour], memory.said())
    stop = asyncio.Event()
    partner = Partner(Place(said.bootstrap, said.prefix, said.partner), desk, memory)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_leave(said.state, stop))
            tasks.create_task(partner.run(stop))
    finally:
        memory.close()


async def _leave(state: Path, stop: asyncio.Event) -> None:
    await until_time_to_leave(state)
    stop.set()


if __name__ == "__main__":
    main()
