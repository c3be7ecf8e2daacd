"""Puts one order's whole life where an auditor looks for it: topics, databases, sink, lists, offsets of groups."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

import order_events
from baesong.feed.evidence import FEEDER, PARTNER, evidence_folder
from baesong.mail.maildir import Maildir
from baesong.platform_only import Platform
from baesong.services import SERVICES
from baesong.topics import Topic, create_topics
from baesong.verify import View
from baesong.verify.log import opened
from baesong.verify.readers import readers
from order_events import (
    AllocationDecided,
    Body,
    CheckoutAnswered,
    CustomerNotified,
    OrderPlaced,
    PartnerShipment,
    ShipmentCreated,
    ShipmentUpdated,
)
from running_services import Raw, said, send
from service_runtime.migrations import migrate

EXAMPLES = Path(order_events.__file__).parents[2] / "examples"
ORDER, SHIPMENT, PACKAGE, RECORD = "o-1", "o-1-F1", "p-1", "r-1"
LINE = {"line_id": "1", "sku": "Tea-S"}
OWNERS = {
    "order.placed": "order_intake",
    "checkout.answered": "order_intake",
    "allocation.decided": "allocator",
    "shipment.created": "fulfiller",
    "shipment.updated": "fulfiller",
    "partner.swift.shipments": "fulfiller",
    "customer.notified": "notifier",
}
TOPICS = [*OWNERS, "order.changed", "inventory.changed", "checkout.completed", "partner.swift.inbound"]
RUNTIME = ("outbox", "outbox_pending", "blocked", "parked", "effect", "idempotency")
FILLED = {
    "order_intake": (),
    "allocator": ("ledger", "stock", "sku", "location"),
    "fulfiller": (),
    "notifier": ("message",),
}
MESSAGES = (("m-confirmed", "confirmed", ()), ("m-shipped", "shipped", (f"{SHIPMENT}/{PACKAGE}",)))


@dataclass
class Scene:
    """Where the books lie, and a hand in each of them."""

    platform: Platform
    view: View
    databases: Mapping[str, "asyncpg.Connection[asyncpg.Record]"]
    sink: Path

    async def say(self, *records: Raw) -> None:
        """Put records into topics, and let every group have read them."""
        await send(self.platform, self.view.topic_prefix, records)
        await self.read_to_the_end()

    async def read_to_the_end(self) -> None:
        """Commit, for every group that must read, the end of each of its topics."""
        async with opened(self.view.bootstrap, self.view.topic_prefix) as log:
            ends = await log.ends()
            topics = {log.plain(part.topic) for part in ends}
        offsets: dict[str, dict[TopicPartition, int]] = {}
        for group, topic in readers(topics, SERVICES, {"partner-swift"}):
            its = {part: end for part, end in ends.items() if log.plain(part.topic) == topic}
            offsets.setdefault(self.view.topic_prefix + group, {}).update(its)
        await asyncio.gather(*(self._commit(group, parts) for group, parts in offsets.items()))

    async def _commit(self, group: str, offsets: Mapping[TopicPartition, int]) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.platform.bootstrap, group_id=group, enable_auto_commit=False)
        consumer.assign(list(offsets))
        await consumer.start()
        await consumer.commit(dict(offsets))
        await consumer.stop()

    async def close(self) -> None:
        for conn in self.databases.values():
            await conn.close()


def example(model: type[Body], **fields: Any) -> Body:
    """The smallest example of the contract, with other fields."""
    text = (EXAMPLES / model.event_type / "1" / "smallest.json").read_text()
    return model.model_validate(json.loads(text) | fields)


def events() -> list[Raw]:
    """What the services said of the order."""
    line = json.loads((EXAMPLES / "order.placed/1/smallest.json").read_text())["lines"][0]
    mine = {"order_id": ORDER}
    shipment = mine | {"shipment_id": SHIPMENT, "location_id": "ICN", "fulfilled_by": "partner", "partner_id": "swift"}
    sums = LINE | {"ordered": 2, "shipped": 0, "released": 0, "answered": 0, "difference": 0, "reason": None}
    package = {
        "package_id": PACKAGE, "parcel_id": PACKAGE, "lines": [LINE | {"quantity": 2}], "carrier": "UPS",
        "number": "1Z", "url": None, "milestones": [],
    }  # fmt: skip
    units = LINE | {"quantity": 2, "outcome": "allocated", "location_id": "ICN", "reason": None, "expected_at": None}
    to_partner = said(example(PartnerShipment, **mine, shipment_id=SHIPMENT), 1, "c")
    return [
        said(example(OrderPlaced, **mine, lines=[line | LINE | {"quantity": 2}]), 1, "c"),
        said(example(CheckoutAnswered, record_id=RECORD, status="accepted", order_id=ORDER), 1, "c"),
        said(example(AllocationDecided, **mine, outcome="allocated", units=[units]), 1, "c"),
        said(example(ShipmentCreated, **shipment, lines=[sums]), 1, "c"),
        said(example(ShipmentUpdated, **shipment, lines=[sums | {"shipped": 2}], packages=[package]), 2, "c"),
        ("partner.swift.shipments", *to_partner[1:]),
        *(
            said(example(CustomerNotified, **mine, message_id=id_, fact=fact, about=about, status="sent"), 1, "c")
            for id_, fact, about in MESSAGES
        ),
    ]


async def migrated(platform: Platform) -> dict[str, str]:
    """Make a database of each service with its tables, to be filled anew by each test; give their addresses."""
    dsns = {service: await platform.database(f"verify_{service}") for service in SERVICES}
    await asyncio.gather(*(migrate(dsn, service) for service, dsn in dsns.items()))
    return dsns


async def put_there(platform: Platform, dsns: Mapping[str, str], name: str, folder: Path) -> Scene:
    """Make topics, and put the order's life into them and into databases that hold nothing else."""
    prefix = f"{name}-"
    await create_topics(platform.bootstrap, [Topic(topic, 2, {}) for topic in TOPICS], prefix)
    databases = {service: await asyncpg.connect(dsn) for service, dsn in dsns.items()}
    for service, tables in FILLED.items():
        # The ledger refuses a DELETE by a trigger, which a replica does not run.
        deletes = [f"DELETE FROM {table}" for table in (*RUNTIME, *tables)]
        await databases[service].execute("; ".join(["SET session_replication_role = replica", *deletes]))
    view = View(platform.bootstrap, prefix, dsns, folder / "mail", evidence_folder(folder))
    scene = Scene(platform, view, databases, folder / "mail")
    records = events()
    await hold(databases, records)
    write_outside(folder)
    checkout = ("checkout.completed", b"G-1", b'{"any": "JSON"}', [("ce_id", RECORD.encode())])
    await scene.say(checkout, *records)
    return scene


async def hold(databases: Mapping[str, Any], records: Sequence[Raw]) -> None:
    """Write what the services would hold of it."""
    for n, record in enumerate(records):
        await keep(databases[OWNERS[record[0]]], n, record)
    for id_, fact, _ in MESSAGES:
        await databases["notifier"].execute(
            "INSERT INTO message VALUES ($2, $3, 'order', $1, '[]', '', '', null, 'sent', null, null, 1, now(), '{}', '{}')",
            id_, ORDER, fact,
        )  # fmt: skip
        await databases["notifier"].execute(
            "INSERT INTO effect (key, kind, order_id, payload, state) VALUES ($1, 'mail', $2, '{}', 'confirmed')",
            f"{ORDER}|{fact}|order", ORDER,
        )  # fmt: skip
    await stock(databases["allocator"])


async def keep(conn: Any, n: int, record: Raw) -> None:
    """Write an event's row into the outbox of who said it."""
    topic, key, value, headers = record
    event_id = dict(headers)["ce_id"].decode()
    await conn.execute(
        "INSERT INTO outbox (cause, n, event_id, topic, key, headers, payload) VALUES ('c', $1, $2, $3, $4, '[]', $5)",
        n, event_id, topic, key, value,
    )  # fmt: skip


async def stock(conn: Any) -> None:
    """Ten units were loaded and two have left."""
    await conn.execute("""
        INSERT INTO location (location_id, name, country_code, kind, partner_id) VALUES ('ICN', '', 'KR', 'partner', 'swift');
        INSERT INTO sku VALUES ('tea-s', 'Tea-S', 1, '');
        INSERT INTO stock (sku_key, location_id, sku, available) VALUES ('tea-s', 'ICN', 'Tea-S', 8);
        INSERT INTO ledger (key, sku, location_id, from_bucket, to_bucket, quantity, missing, reason, reference, event_id, at)
        VALUES ('1', 'tea-s', 'ICN', null, 'available', 10, 0, 'cycle_count_available', 'load', '', now()),
               ('2', 'tea-s', 'ICN', 'available', 'committed', 2, 0, 'reservation_created', 'o-1', '', now()),
               ('3', 'tea-s', 'ICN', 'committed', null, 2, 0, 'order_fulfilled', 'o-1-F1', '', now());
    """)


def write_outside(folder: Path) -> None:
    """Write the outsiders' lists and the mails."""
    evidence = evidence_folder(folder)
    evidence.mkdir(parents=True)
    sent = {"ce_id": RECORD, "door": "kafka", "shop": "seoul-craft", "source": "web", "source_id": "G-20412"}
    package = {"shipment_id": SHIPMENT, "package_id": PACKAGE, "lines": [LINE | {"quantity": 2}]}
    (evidence / FEEDER).write_text(json.dumps(sent | {"order_id": ORDER, "expect": "placed"}) + "\n")
    (evidence / PARTNER).write_text(json.dumps(package) + "\n")
    sink = Maildir(folder / "mail")
    for id_, *_ in MESSAGES:
        sink.add(f"Message-ID: <{id_}@example.test>\r\n\r\n{datetime.now(UTC)}\r\n".encode())
