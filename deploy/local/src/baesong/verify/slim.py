"""From the JSON of an event to what an auditor keeps of it."""

from collections.abc import Mapping
from typing import Any

from baesong.verify.said import (
    Answer,
    Decision,
    Notice,
    Order,
    OrderLine,
    Package,
    Shipment,
    ShipmentLine,
    Units,
)

Json = Mapping[str, Any]


def answer_of(body: Json) -> Answer:
    """Keep an answer to a checkout."""
    return Answer(body["record_id"], body["status"], body["repeated"], body["order_id"])


def order_of(body: Json, version: int) -> Order:
    """Keep a version of an order, said by `order.placed` or, within it, by `order.changed`."""
    order = body.get("order", body)
    facts = (order["name"], order["shop"], order["source"], order["source_id"], order.get("test", False))
    lines = {line["line_id"]: OrderLine(line["sku"], line["quantity"], line["cancelled"]) for line in order["lines"]}
    return Order(order["order_id"], version, *facts, lines)


def decision_of(body: Json) -> Decision:
    """Keep a revision of an allocation."""
    units = tuple(_units(each) for each in body["units"])
    asked = {(each["location_id"], each["line_id"]): each["quantity"] for each in body["asked"]}
    return Decision(body["order_id"], body["revision"], body["order_version"], units, asked)


def _units(each: Json) -> Units:
    return Units(each["line_id"], each["sku"], each["quantity"], each["outcome"], each["location_id"])


def shipment_of(body: Json, version: int) -> Shipment:
    """Keep a version of a shipment."""
    return Shipment(
        body["shipment_id"],
        version,
        body["order_id"],
        body["location_id"],
        body["fulfilled_by"],
        body["partner_id"],
        tuple(_shipment_line(each) for each in body["lines"]),
        tuple(Package(each["package_id"], lines_of(each["lines"])) for each in body["packages"]),
    )


def _shipment_line(each: Json) -> ShipmentLine:
    return ShipmentLine(
        each["line_id"], each["sku"], each["ordered"], each["shipped"], each["released"], each["answered"]
    )


def lines_of(lines: list[Json]) -> tuple[tuple[str, int], ...]:
    """Keep the units by line of a package, sorted."""
    return tuple(sorted((each["line_id"], each["quantity"]) for each in lines))


def notice_of(body: Json, version: int) -> Notice:
    """Keep what is said of a message."""
    return Notice(
        body["message_id"],
        version,
        body["order_id"],
        body["fact"],
        tuple(body["about"]),
        body["status"],
        body["reason"],
        body["provider_reference"],
    )
