"""A batch that was handled is freed at once: the garbage collector, 0.4 s at a time, is not needed for it."""

import gc

from aiokafka import ConsumerRecord

from running_services import eventually, running
from toy_service import Toy, ask

AT_ONCE, TIMES = 100, 4


async def test_records_that_were_handled_are_held_by_nobody(toy: Toy) -> None:
    gc.collect()
    gc.disable()
    try:
        async with running(toy.service()):
            for first in range(0, AT_ONCE * TIMES, AT_ONCE):
                await toy.send(*(ask(f"o{n}", 1) for n in range(first, first + AT_ONCE)))
                await eventually(lambda first=first: said(toy, first + AT_ONCE))
            held = sum(isinstance(one, ConsumerRecord) for one in gc.get_objects())
        assert held < 2 * AT_ONCE  # the last batch is still in the hands of who polled it
    finally:
        gc.enable()


async def said(toy: Toy, orders: int) -> bool:
    return len(await toy.counts()) == orders
