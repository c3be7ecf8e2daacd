"""The toy as a process of its own, whose first batch never ends. Run: python -m stuck_toy waits|holds-the-loop."""

import asyncio
import sys
import time
from typing import Any

from service_runtime import Answers, Batch, Service, ServiceSettings, Work, consumes, run
from toy import Asked

HOW = sys.argv[1] if len(sys.argv) > 1 else "waits"


@consumes(Asked)
async def on_asks(batch: Batch[Any], work: Work) -> Answers:
    """Never answer."""
    if HOW == "holds-the-loop":
        time.sleep(3600)
    await asyncio.Event().wait()
    return Answers.done(batch)


if __name__ == "__main__":
    run(Service("toy", ServiceSettings(), [on_asks]))
