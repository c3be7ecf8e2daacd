"""Runs a service with a bug in it: `python -m buggy PACKAGE`, where BUGGY_ORDERS names a file of orders that fail.

Time passes for the brake as fast as BUGGY_BRAKE says, so that a test need not spread its failures over minutes. An
empty BUGGY_ORDERS is the service mended.
"""

import os
import runpy
import sys
import time
from pathlib import Path
from typing import Any

from service_runtime.brake import Brake
from service_runtime.reading import Answers, Batch, Handler
from service_runtime.work import Work


def break_it(orders: frozenset[str]) -> None:
    """The handler raises when one of these orders is placed."""
    decided = Handler.__call__

    async def weigh(self: Handler, batch: Batch[Any], work: Work) -> Answers:
        for event in batch:
            if event.type == "order.placed" and event.order_id in orders:
                raise KeyError("weight_of_the_box")
        return await decided(self, batch, work)

    Handler.__call__ = weigh  # type: ignore[method-assign]


def hurry_the_brake(times: float) -> None:
    made = Brake.__init__

    def begun(self: Brake, *given: Any) -> None:
        made(self, *given, clock=lambda: time.monotonic() * times)

    Brake.__init__ = begun  # type: ignore[method-assign]


if __name__ == "__main__":
    hurry_the_brake(float(os.environ.get("BUGGY_BRAKE", "1")))
    if named := os.environ.get("BUGGY_ORDERS"):
        break_it(frozenset(Path(named).read_text().split()))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__")
