"""The largest event that can be made is published, and the largest order that a door takes makes none larger."""

import os
from datetime import UTC, datetime
from uuid import uuid4

import orjson

from baesong.platform_only import Platform
from baesong.topics import create_topics, described_topics, instantiated
from order_events.checkouts import Checkout
from pipeline import copied, migrated, pipeline
from running_services import read_all
from service_runtime.decoding import DOOR_BYTES
from service_runtime.kafka import KafkaLog, producer_of
from service_runtime.outgoing import LARGEST_EVENT
from service_runtime.ports import Outgoing

LOCATION = {
    "location_id": "L0", "name": "Place", "country_code": "KR", "latitude": 37.0, "longitude": 127.0, "kind": "manual",
}  # fmt: skip


async def test_the_largest_event_is_published_and_read(platform: Platform) -> None:
    prefix = f"t{uuid4().hex[:8]}-"
    named = {"partner_id": ["swift"], "service": ["allocator"]}
    await create_topics(platform.bootstrap, instantiated(described_topics(), named), prefix)
    log = KafkaLog(producer_of(platform.bootstrap, "largest"), prefix)
    payload = os.urandom(LARGEST_EVENT)  # nothing that compresses
    small = [Outgoing("c", n, "", "order.placed", b"k", (), b"small") for n in range(1, 3)]
    await log.publish([Outgoing("c", 0, "", "order.placed", b"k", (("n", b"0"),), payload), *small])
    await log.stop()
    assert [record.value for record in await read_all(platform, prefix + "order.placed")] == [
        payload,
        b"small",
        b"small",
    ]


def largest_checkout() -> bytes:
    """As many lines as a door takes, each as long as fits into 1 MiB."""
    money = {"amount": 2**53, "currency": "KRW"}
    now = datetime.now(UTC).isoformat()
    body = {
        "source": "web", "source_id": "S-1", "updated_at": now, "placed_at": now, "shop": "seoul", "currency": "KRW",
        "payment": {"status": "paid"}, "customer": {"email": "a@example.test"},
        "destination": {"country_code": "KR", "latitude": 37.0, "longitude": 127.0},
        "ship_to": {"name": "n", "address1": "a 1", "city": "서울", "delivery_note": "x" * 5000},
        "lines": [
            {"line_id": f"{n:0128d}", "sku": f"{n:0128d}", "title": "t" * 255, "quantity": 2, "price": money, "weight_g": 1}
            for n in range(1000)
        ],
    }  # fmt: skip
    room = DOOR_BYTES - len(orjson.dumps(body)) - 200
    notes = [{"name": "n", "value": "v" * 4900} for _ in range(min(100, room // 5000))]
    return orjson.dumps(body | {"wishes": {"properties": notes}})


async def test_the_largest_order_a_door_takes_makes_no_event_too_large(platform: Platform) -> None:
    raw = largest_checkout()
    assert 0.9 * DOOR_BYTES < len(raw) <= DOOR_BYTES
    Checkout.model_validate_json(raw, strict=True, extra="forbid")
    dsns = await migrated(platform, f"largest_{uuid4().hex[:6]}")
    async with pipeline(platform, await copied(platform, dsns)) as pipe:
        rates = {"currency": "KRW", "parcel": "3000", "per_kg": "500", "per_100km": "100"}
        skus = [f"{n:0128d}" for n in range(1000)]
        await pipe.put("allocator", "/locations", {"locations": [LOCATION], "rates": rates})
        levels = [{"sku": sku, "location_id": "L0", "on_hand": 1} for sku in skus]
        await pipe.put("allocator", "/stock", {"skus": [{"sku": sku} for sku in skus], "levels": levels})
        pipe.tell("checkout.completed", "S-1", orjson.loads(raw), ce_id="largest")
        await pipe.settle()
        [shipment] = await pipe.rows("fulfiller", "SELECT shipment_id FROM shipment")
        left = await pipe.post("fulfiller", f"/shipments/{shipment['shipment_id']}/packages", {"carrier": "UPS"})
        assert left.status_code == 201, left.text
        await pipe.settle()
        sizes = {
            part.topic: max(len(r.value or b"") for r in records)
            for part, records in pipe.log.records.items()
            if records
        }
    assert {"order.placed", "allocation.decided", "shipment.created", "shipment.updated"} <= set(sizes)
    assert max(sizes.values()) < LARGEST_EVENT, sizes
