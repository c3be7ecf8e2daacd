"""The process behind `baesong up`: it runs an instance until it is told to stop.

Started as `python -m baesong.daemon SPEC FD`; until all is ready each step is reported to FD, one JSON object a line.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from datetime import UTC, datetime
from typing import Any

from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.running import running


class Report:
    """Tells whoever started us how the start goes, and the log everything."""

    def __init__(self, fd: int) -> None:
        self._pipe = os.fdopen(fd, "w")

    def step(self, line: str) -> None:
        """Tell of a step."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        sys.stdout.write(f"{now} {line}\n")
        sys.stdout.flush()
        self.tell(step=line)

    def tell(self, **said: Any) -> None:
        """Tell whoever started us, if he still listens."""
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._pipe.write(json.dumps(said) + "\n")
            self._pipe.flush()

    def close(self) -> None:
        """Let him go on: from now on only the log is told."""
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()


async def serve(spec: InstanceSpec, report: Report) -> None:
    """Run the instance until this task is cancelled."""
    try:
        async with running(spec, report.step):
            report.tell(ready=True)
            report.close()
            await asyncio.Event().wait()
    except BaesongError as error:
        report.step(f"failed: {error}")
        report.tell(error=str(error))
        sys.exit(1)


async def until_told(spec: InstanceSpec, report: Report) -> None:
    """Serve until SIGTERM or SIGINT."""
    task = asyncio.create_task(serve(spec, report))
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main(spec: str, fd: str) -> None:
    """Read the arguments and serve."""
    asyncio.run(until_told(InstanceSpec.heard(json.loads(spec)), Report(int(fd))))


if __name__ == "__main__":
    main(*sys.argv[1:])
