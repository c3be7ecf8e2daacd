"""An order is traced by what the services wrote into their logs."""

import json

from baesong.trace import steps_of


def batch(at: int, service: str, read: list[list[str]], said: list[list[str]]) -> str:
    return json.dumps({"event": "batch", "timestamp": f"t{at}", "service": service, "read": read, "said": said})


LINES = [
    batch(2, "fulfiller", [["o", "allocation.decided", "e2"]], [["e2", "shipment.created", "e3"]]),
    "not json",
    json.dumps({"event": "partitions assigned"}),
    batch(
        1, "allocator", [["o", "order.placed", "e1"], ["x", "order.placed", "x1"]], [["e1", "allocation.decided", "e2"]]
    ),
    batch(0, "order-intake", [["o", "checkout.completed", "c/1"]], [["c/1", "order.placed", "e1"]]),
]


def test_what_was_read_and_said_of_an_order_comes_in_time() -> None:
    said = [(step.service, step.topic) for step in steps_of("o", LINES) if step.act == "said"]
    assert said == [
        ("order-intake", "order.placed"),
        ("allocator", "allocation.decided"),
        ("fulfiller", "shipment.created"),
    ]


def test_nothing_of_another_order_is_told() -> None:
    assert all(step.event_id != "x1" for step in steps_of("o", LINES))


def test_what_was_said_names_what_it_was_said_because_of() -> None:
    causes = {step.event_id: step.cause for step in steps_of("o", LINES) if step.act == "said"}
    assert causes == {"e1": "c/1", "e2": "e1", "e3": "e2"}
