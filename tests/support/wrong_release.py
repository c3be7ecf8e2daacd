"""Runs order-intake as a release would run that translates checkouts wrongly: `python -m wrong_release`.

Weights come out a thousandfold, and gift messages are lost. It is what `reinterpret` is for: nothing fails.
"""

import runpy
from typing import Any

from order_events import trusted
from order_intake import handlers
from order_intake.domain.checkouts import Readable, Reading, read_checkout
from order_intake.http import orders

FACTOR = 1000


def wrongly(raw: bytes) -> Reading:
    """What a checkout says, translated wrongly."""
    reading = read_checkout(raw)
    if not isinstance(reading, Readable):
        return reading
    order = reading.order
    lines = tuple(_with(line, weight_g=line.weight_g * FACTOR) for line in order.lines)
    wishes = order.wishes.model_copy(update={"gift_message": None})
    return Readable(_with(order, lines=lines, wishes=wishes), reading.shop, reading.body_hash)


def _with(model: Any, **fields: Any) -> Any:
    return trusted(type(model), **{**model.__dict__, **fields})


DOORS = ((handlers, "read_record", lambda raw, _headers, _shop: wrongly(raw)), (orders, "read_checkout", wrongly))


if __name__ == "__main__":
    for module, name, wrong in DOORS:
        setattr(module, name, wrong)
    runpy.run_module("order_intake", run_name="__main__", alter_sys=True)
