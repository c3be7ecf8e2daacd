import json

from baesong.crash.pulse import Pulse
from baesong.demo.tally import Record


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def shipped(order: str) -> Record:
    body = {
        "shipment_id": f"{order}-F1", "order_id": order, "location_id": "L", "status": "open", "lines": [],
        "packages": [], "revision": 1, "request_status": "unsubmitted",
    }  # fmt: skip
    return Record("shipment.created", 0, 0, 0, 1, json.dumps(body).encode())


def test_a_pause_lasts_from_one_shipment_to_the_next_while_an_order_waits() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    for order in ("a", "b", "c"):
        pulse.sent(order)
    for at, order in ((1, "a"), (6, "b"), (7, "c")):
        clock.now = at
        pulse.take(shipped(order))
    assert (pulse.longest_s, pulse.beats) == (5, 3)


def test_nothing_is_a_pause_while_no_order_waits() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    pulse.sent("a")
    clock.now = 1
    pulse.take(shipped("a"))
    clock.now = 100
    pulse.sent("b")
    clock.now = 102
    pulse.take(shipped("b"))
    assert pulse.longest_s == 2
