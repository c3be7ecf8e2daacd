"""The story is told from the examples of the events, in whatever frame a service puts them."""

import json
from pathlib import Path
from typing import Any

import order_events
from baesong.story import story_of

EXAMPLES = Path(order_events.__file__).parents[2] / "examples"


def example(topic: str) -> Any:
    return json.loads(next((EXAMPLES / topic / "1").glob("*full*")).read_text())


def test_a_story_names_order_decision_shipment_package_and_mail() -> None:
    order, decision = example("order.placed"), example("allocation.decided")
    shipment, message = example("shipment.updated"), example("customer.notified")
    told = "\n".join(
        story_of({
            "order_intake": {"order": order, "version": 1, "status": {"fulfilment": "in_progress"}},
            "allocator": {"decision": decision},
            "fulfiller": {"shipments": [shipment]},
            "notifier": {"messages": [message]},
        })
    )  # fmt: skip
    assert order["name"] in told.splitlines()[0]
    assert "in_progress" in told.splitlines()[0]
    for unit in decision["units"]:
        assert f"{unit['quantity']} × {unit['sku']} {unit['outcome']}" in told
    assert f"shipment {shipment['name']} at {shipment['location_id']}" in told
    for package in shipment["packages"]:
        assert f"package {package['package_id']}" in told
    assert f"{message['fact']} {message['status']}" in told


def test_what_no_service_knows_yet_is_said() -> None:
    told = story_of({"order_intake": None, "allocator": None, "fulfiller": None, "notifier": {"messages": []}})
    assert told == ["order-intake knows nothing of it", "not decided yet", "no shipment", "no mail"]
