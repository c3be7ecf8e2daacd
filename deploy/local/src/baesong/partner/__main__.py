"""Runs the simulated partner: `python -m baesong.partner --bootstrap HOST:PORT --folder DIR --evidence FILE`."""

import argparse
import asyncio
import logging
import signal
from pathlib import Path

from baesong.partner.behaviour import BEHAVIOURS
from baesong.partner.client import Partner, Place
from baesong.partner.desk import Desk
from baesong.partner.memory import Memory


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(_run(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A simulated 3PL partner.")
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--partner", default="swift")
    parser.add_argument("--behaviour", choices=sorted(BEHAVIOURS), default="busy")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--evidence", type=Path, required=True)
    return parser.parse_args()


async def _run(said: argparse.Namespace) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    memory = Memory(said.folder / "said.sqlite", said.evidence)
    desk = Desk(BEHAVIOURS[said.behaviour], memory.said())
    try:
        await Partner(Place(said.bootstrap, said.prefix, said.partner), desk, memory).run(stop)
    finally:
        memory.close()


if __name__ == "__main__":
    main()
