"""What one record of an order's story says, in a few words. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]


def sentence(topic: str, body: Json) -> str:
    """Give what a record says; the topic is named without prefix."""
    if topic.endswith(".inbound"):
        return _answered(topic.split(".")[1], body)
    if topic.endswith(".shipments"):
        return f"{topic.split('.')[1]} is told: {body['kind'].replace('_', ' ')}"
    return TOLD[topic](body)


def _placed(body: Json) -> str:
    lines = ", ".join(f"{line['quantity']} × {line['title']}" for line in body["lines"])
    return f"placed at {body['shop']} for {body['destination']['country_code']}: {lines}"


def _changed(body: Json) -> str:
    return f"changed: {', '.join(body['changes'])}"


def _decided(body: Json) -> str:
    units = "; ".join(f"{each['quantity']} × {each['sku']} {_fate(each)}" for each in body["units"])
    return (
        f"revision {body['revision']}: {units}; cost {body['cost']['amount']} {body['cost']['currency']} (minor units)"
    )


def _fate(units: Json) -> str:
    if units["outcome"] == "allocated":
        return f"at {units['location_id']}"
    return f"{units['outcome']} ({units['reason']})"


def _shipment(body: Json) -> str:
    who = body["partner_id"] or "bench"
    state = f"{body['status']}, {body['request_status']}".replace("_", " ")
    packages = "; ".join(f"{each['carrier']} {each['number']}" for each in body["packages"])
    return f"{body['name']} at {body['location_id']} ({who}): {state}{'; left with ' + packages if packages else ''}"


def _answered(partner_id: str, body: Json) -> str:
    more = body.get("milestone") or body.get("number") or body.get("reason") or ""
    return f"{partner_id} says: {body['kind'].replace('_', ' ')} {more}".rstrip()


def _told(body: Json) -> str:
    return f"mail “{body['fact']}” {body['status']} in {body['locale']}"


TOLD: Mapping[str, Callable[[Json], str]] = {
    "order.placed": _placed,
    "order.changed": _changed,
    "allocation.decided": _decided,
    "shipment.created": _shipment,
    "shipment.updated": _shipment,
    "customer.notified": _told,
}
