"""The hops of the floor: in the place of each service a relay, with a database of its own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from baesong.bench.sending import TOPIC
from baesong.bench.shape import SPEAKERS, Said, Shape
from baesong.connection import Connection
from baesong.partner.parts import Outsider
from baesong.running import Instance
from baesong.services import SERVICES

# What `baesong bench pipeline --orders 10000` said per order on 2026-11-23, of real Olist orders (checkouts of 1,042
# bytes). A pipeline's own floor takes the shape of its own run; this one is for `baesong bench floor` alone.
MEASURED: Shape = {
    "order.placed": Said(1.0, 24, 1490, 320),
    "checkout.answered": Said(1.0, 47, 250, 343),
    "allocation.decided": Said(1.0, 24, 936, 315),
    "inventory.changed": Said(0.776, 17, 233, 311),
    "shipment.created": Said(1.001, 24, 780, 312),
    "partner.swift.shipments": Said(0.387, 24, 624, 310),
    "customer.notified": Said(1.0, 24, 302, 317),
}


def sources() -> dict[str, str]:
    """Give what each hop reads: the first hop the checkouts, each other one what the hop before it says first."""
    said_before = [SPEAKERS[service][0] for service in SERVICES[:-1]]
    return dict(zip(SERVICES, [TOPIC, *said_before], strict=True))


def outputs(service: str, shape: Shape) -> dict[str, float]:
    """Give the records a hop says for each one it reads, by topic, so that the sums over all orders are the shape's."""
    reads = shape[sources()[service]].per_order if service != SERVICES[0] else 1.0
    return {topic: shape[topic].per_order / reads for topic in SPEAKERS[service] if topic in shape}


def reads(connection: Connection) -> Mapping[str, Sequence[str]]:
    """Give per group of the floor what it reads, by whole name."""
    return {group_of(connection, service): [connection.topic(topic)] for service, topic in sources().items()}


def group_of(connection: Connection, service: str) -> str:
    """Give the group of a hop."""
    return f"{connection.topic_prefix}floor-{service}"


async def started(instance: Instance, shape: Shape) -> list[Outsider]:
    """Start the four relays."""
    parts = [await _part(instance, service, hop, shape) for hop, service in enumerate(SERVICES, 1)]
    for part in parts:
        instance.supervisor.add(part)
    await instance.supervisor.start([part.name for part in parts])
    return parts


async def _part(instance: Instance, service: str, hop: int, shape: Shape) -> Outsider:
    connection = instance.connection
    spec: dict[str, Any] = {
        "hop": hop,
        "bootstrap": connection.bootstrap,
        "dsn": await instance.database(database_of(service)),
        "source": connection.topic(sources()[service]),
        "group": group_of(connection, service),
        "outputs": [
            {"topic": connection.topic(topic), "per_input": rate, "size": shape[topic].value}
            for topic, rate in outputs(service, shape).items()
        ],
    }
    return Outsider(f"floor-{service}", "baesong.bench.floor.relay", [json.dumps(spec)], connection)


def database_of(service: str) -> str:
    """Name the database of a hop."""
    return f"floor_{service}"
