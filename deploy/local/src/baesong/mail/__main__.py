"""Runs the mail sink: `python -m baesong.mail --port 1025 --find-port 1026 --maildir DIR`."""

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

import uvloop

from baesong.mail.maildir import Maildir
from baesong.mail.sink import serve


async def run(port: int, find_port: int, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT."""
    task = asyncio.ensure_future(serve(Maildir(folder), port, find_port))
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--find-port", type=int, required=True)
    parser.add_argument("--maildir", type=Path, required=True)
    given = parser.parse_args()
    uvloop.run(run(given.port, given.find_port, given.maildir))


if __name__ == "__main__":
    main()
