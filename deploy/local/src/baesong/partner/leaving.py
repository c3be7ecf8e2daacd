"""When the people outside go home: when they are told to, or when nobody owns the instance any more."""

import asyncio
import signal
from pathlib import Path

from baesong.ownership import is_free

LOOK_EVERY_S = 1.0


async def until_time_to_leave(state: Path) -> None:
    """Return at SIGTERM or SIGINT, or when the instance in this folder is gone."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, told.set)
    while not told.is_set() and not is_free(state):
        try:
            await asyncio.wait_for(told.wait(), LOOK_EVERY_S)
        except TimeoutError:
            continue
