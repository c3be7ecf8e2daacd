"""The toy as a process of its own, whose first batch never ends. Run: python -m stuck_toy waits|holds-the-loop."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from running_services import eventually, settings
from service_runtime import Answers, Batch, Service, ServiceSettings, Work, consumes, run
from service_runtime.running import Running
from service_runtime.service import run_service
from toy import Asked
from toy_service import Toy

LIMIT_S = 1.5
HOW = sys.argv[1] if len(sys.argv) > 1 else "waits"


@consumes(Asked)
async def on_asks(batch: Batch[Any], work: Work) -> Answers:
    """Never answer."""
    if HOW == "holds-the-loop":
        time.sleep(3600)
    await asyncio.Event().wait()
    return Answers.done(batch)


def impatient(toy: Toy) -> Toy:
    short = settings(toy.platform, toy.settings.database_url, toy.prefix, BAESONG_STUCK_AFTER_S=LIMIT_S)
    return replace(toy, settings=short)


@asynccontextmanager
async def abandoned(service: Service, stuck: list[object]) -> AsyncIterator[Running]:
    """A service that is not stopped as others are: what hangs in it would hang its stop as well."""
    context = run_service(service, stuck.append, stuck.append)
    it = await context.__aenter__()
    try:
        await eventually(lambda: not it.waits_for())
        yield it
    finally:
        for task in [task for one in it.broker.subscribers for task in one.tasks]:  # type: ignore[attr-defined]
            task.cancel()
        await context.__aexit__(None, None, None)


if __name__ == "__main__":
    run(Service("toy", ServiceSettings(), [on_asks]))
