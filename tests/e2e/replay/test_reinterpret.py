"""A release translated orders wrongly and nobody noticed: they are read anew, and what has not left is put right.

`make prove` does it with the 3,000 orders of the issue's table; real past orders where there are any.
"""

import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from baesong.api import load_stock
from baesong.connection import Connection
from baesong.feed.archive import drafts_of, open_archive
from baesong.feed.checkouts import body_of
from baesong.feed.generated import made_orders
from baesong.feed.world import write_stock
from baesong.instance import InstanceSpec
from baesong.partner.parts import outside_folder
from baesong.platform_only import Platform
from baesong.running import Instance, running
from baesong.verify import verify, view_of
from running_services import eventually, read_all
from sizes import size
from wrong_release import FACTOR

ORDERS = size(30, 3000)
SENT_FIRST = 5  # one in so many leaves before the mistake is noticed
AT_ONCE = 200
SUPPORT = Path(__file__).resolve().parents[2] / "support"
OLIST = Path(__file__).resolve().parents[4] / "shared" / "data" / "olist"
WRONG = InstanceSpec(
    modules={"order_intake": ["wrong_release"]},
    own={"order_intake": {"PYTHONPATH": str(SUPPORT)}, "notifier": {"NOTIFIER_MAIL": "off"}},
)
Json = dict[str, Any]

pytestmark = pytest.mark.timeout(size(300, 3600))


@pytest.fixture
async def instance(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Instance]:
    """On the Kafka and PostgreSQL of this run, which spares it its own."""
    monkeypatch.setenv("BAESONG_TEST_KAFKA_BOOTSTRAP_SERVERS", platform.bootstrap)
    monkeypatch.setenv("BAESONG_TEST_DATABASE_URL", platform.admin_dsn)
    async with running(WRONG) as instance:
        yield instance


def generated() -> list[Json]:
    """Orders with gift messages among them; one of another series for each 500."""
    bodies: list[Json] = []
    for series in range(-(-ORDERS // 500)):
        bodies += [body_of(made.sale) for made in made_orders(datetime.now(UTC), f"seed{series}", f"W{series}")]
    return bodies[:ORDERS]


def olist() -> list[Json]:
    """Real orders; nobody wrote a gift message then, so every third gets one."""
    drafts = drafts_of(open_archive(OLIST), datetime.now(UTC))
    bodies = {d.body["source_id"]: d.body for d in islice(drafts, 2 * ORDERS) if d.body.get("lines")}
    return [
        {**body, "wishes": {"gift_message": f"com carinho {n}" if n % 3 == 0 else None}}
        for n, body in enumerate(list(bodies.values())[:ORDERS])
    ]


async def put(connection: Connection, topic: str, records: Sequence[tuple[str, Json]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=connection.bootstrap, acks="all") as producer:
        for id_, body in records:
            headers = [("ce_id", id_.encode()), ("ce_type", topic.encode())]
            key, value = id_.encode(), json.dumps(body).encode()
            await producer.send(connection.topic(topic), value, key=key, headers=headers)
        await producer.flush()


async def rows(connection: Connection, service: str, sql: str, *values: Any) -> list[asyncpg.Record]:
    conn = await asyncpg.connect(connection.dsns[service])
    try:
        return list(await conn.fetch(sql, *values))
    finally:
        await conn.close()


async def until(connection: Connection, service: str, sql: str, wanted: int) -> None:
    async def is_so() -> bool:
        return bool((await rows(connection, service, sql))[0][0] >= wanted)

    await eventually(is_so, timeout_s=180)


@asynccontextmanager
async def intake(connection: Connection) -> AsyncIterator[httpx.AsyncClient]:
    url, key = connection.url("order_intake"), connection.key_header("order_intake")
    async with httpx.AsyncClient(base_url=url, headers=key, timeout=60, trust_env=False) as client:
        yield client


async def asked(client: httpx.AsyncClient, path: str, ids: Sequence[str], **more: str) -> Iterator[Json]:
    """What is answered of each order, some of them at a time."""
    answers: list[Json] = []
    for n in range(0, len(ids), AT_ONCE):
        reply = await client.post(path, json={"order_ids": ids[n : n + AT_ONCE], **more})
        assert reply.status_code == 200, reply.text
        answers += next(iter(reply.json().values()))
    return iter(answers)


async def said(platform: Platform, connection: Connection, topic: str) -> dict[str, list[Json]]:
    """All that was said on a topic, by order, in its sequence."""
    by_order: dict[str, list[Json]] = defaultdict(list)
    for record in await read_all(platform, connection.topic(topic)):
        by_order[record.key.decode()].append(json.loads(record.value))
    return by_order


async def dispatch(connection: Connection, requests: Sequence[Json]) -> None:
    """The partner takes these shipments on and sends them whole."""
    messages = []
    for request in requests:
        id_ = request["shipment_id"]
        about = {"shipment_id": id_, "happened_at": datetime.now(UTC).isoformat()}
        messages.append((f"{id_}-a", {**about, "message_id": f"{id_}-a", "kind": "accepted"}))
        package = {"package_id": f"{id_}-P1", "lines": request["work"]["lines"]}
        messages.append((f"{id_}-d", {**about, "message_id": f"{id_}-d", "kind": "dispatched", **package}))
    await put(connection, "partner.swift.inbound", messages)


@pytest.mark.parametrize("orders", [generated, olist])
async def test_orders_translated_wrongly_are_put_right_where_they_have_not_left(
    platform: Platform, instance: Instance, orders: Any
) -> None:
    if orders is olist and not OLIST.exists():
        pytest.skip("no real orders on this machine")
    connection, bodies = instance.connection, orders()
    stock = OLIST if orders is olist else write_stock(outside_folder(connection.state) / "world")
    await load_stock(connection, stock, lambda _, __: None)
    await put(connection, "checkout.completed", [(f"c-{body['source_id']}", body) for body in bodies])
    answered = "SELECT count(*) FROM orders o JOIN decision d USING (order_id) WHERE o.version = d.order_version"
    await until(connection, "fulfiller", answered, ORDERS)
    placed = {said[0]["order_id"]: said[0] for said in (await said(platform, connection, "order.placed")).values()}
    gifts = {body["source_id"]: body["wishes"].get("gift_message") for body in bodies}
    gift_of = {id_: gifts[order["source_id"]] for id_, order in placed.items()}

    requests = await said(platform, connection, "partner.swift.shipments")
    left = dict(islice(((id_, of[0]) for id_, of in requests.items()), 0, None, SENT_FIRST))
    await dispatch(connection, list(left.values()))
    shipped = "SELECT count(*) FROM shipment WHERE status IN ('closed', 'in_progress')"
    await until(connection, "order_intake", shipped, len(left))

    instance.supervisor.part("order_intake")._module = ["order_intake"]  # the next release
    await instance.restart("order_intake")
    ids, job = sorted(placed), f"drill-{uuid4().hex}"
    heavy = {id_ for id_, order in placed.items() if any(line["weight_g"] for line in order["lines"])}
    wrong = heavy | {id_ for id_, gift in gift_of.items() if gift}
    messages = (await rows(connection, "notifier", "SELECT count(*) FROM message"))[0][0]
    async with intake(connection) as client:
        await shown(client, ids, wrong, placed, gift_of, left)
        began = time.monotonic()
        word = {"actor": "kim", "reason": "weights were in milligrams"}
        results = {one["order_id"]: one for one in await asked(client, f"/replay/{job}/reinterpret", ids, **word)}
        took = time.monotonic() - began
        assert {id_ for id_, one in results.items() if one["outcome"] == "handled"} == wrong
        assert {
            id_ for id_, one in results.items() if one["reason"] and "dispatched" in one["reason"]
        } >= left.keys() & wrong
        again = {one["order_id"]: one for one in await asked(client, f"/replay/{job}/reinterpret", ids, **word)}
        assert again == results
    await until(connection, "fulfiller", f"{answered} AND o.version = 2", len(wrong))
    figures = f"{len(wrong)} read otherwise, {len(left)} left before; applied in {took:.1f} s"
    print(f"{orders.__name__}: {ORDERS} orders, {figures}")  # noqa: T201 - the drill's figures

    changed = await said(platform, connection, "order.changed")
    assert {id_: len(of) for id_, of in changed.items()} == dict.fromkeys(wrong, 1)
    await decisions_are_right(platform, connection, heavy)
    await work_is_right(platform, connection, gift_of, set(left))
    assert (await rows(connection, "notifier", "SELECT count(*) FROM message"))[0][0] >= messages
    told = await rows(connection, "notifier", "SELECT fact, count(*) FROM message GROUP BY 1")
    assert {row["fact"]: row["count"] for row in told}.get("confirmed") == ORDERS
    report = await verify(view_of(connection))
    assert {one.rule.name: one.breaks[:3] for one in report.outcomes if one.breaks} == {}


async def shown(
    client: httpx.AsyncClient, ids: Sequence[str], wrong: set[str], placed: Json, gift_of: Json, left: Json
) -> None:
    """The preview says of each order what is held and what is read today, and what has left."""
    seen = {one["order_id"]: one for one in await asked(client, "/reinterpretations/preview", ids)}
    assert {id_ for id_, one in seen.items() if one["standing"] == "differs"} == wrong
    assert {one["standing"] for id_, one in seen.items() if id_ not in wrong} <= {"same"}
    for id_ in wrong:
        diff = {one["path"]: (one["held"], one["today"]) for one in seen[id_]["diff"]}
        lines = enumerate(placed[id_]["lines"])
        wanted = {f"lines[{n}].weight_g": (one["weight_g"], one["weight_g"] // FACTOR) for n, one in lines}
        if gift_of[id_]:
            wanted["wishes.gift_message"] = (None, gift_of[id_])
        assert diff == wanted
    assert {id_ for id_, one in seen.items() if one["dispatched"]} == left.keys()


async def decisions_are_right(platform: Platform, connection: Connection, heavy: set[str]) -> None:
    """Each new version is answered: the same units at the same places, which cost what they weigh."""
    decisions = await said(platform, connection, "allocation.decided")
    for id_ in heavy:
        of = sorted(decisions[id_], key=lambda one: int(one["revision"]))
        first, last = of[0], of[-1]
        assert last["order_version"] == 2
        assert last["asked"] == first["asked"] == []
        assert [u for u in last["units"] if u["location_id"]] == [u for u in first["units"] if u["location_id"]]
        if any(unit["location_id"] for unit in last["units"]):
            assert last["cost"]["amount"] < first["cost"]["amount"]


async def work_is_right(platform: Platform, connection: Connection, gift_of: Json, left: set[str]) -> None:
    """What has not left is to be packed with its message, and its partner was told; what has left stays."""
    requests = await said(platform, connection, "partner.swift.shipments")
    for row in await rows(connection, "fulfiller", "SELECT * FROM shipment"):
        id_, gift = row["order_id"], gift_of[row["order_id"]]
        kinds = [one["kind"] for one in requests.get(id_, ()) if one["shipment_id"] == row["shipment_id"]]
        if row["status"] in {"closed", "cancelled", "incomplete"}:
            assert json.loads(row["wishes"]).get("gift_message") is None
            assert "changed" not in kinds
            assert id_ in left
            continue
        assert json.loads(row["wishes"]).get("gift_message") == gift
        if row["partner_id"] and row["request_status"] != "unsubmitted":
            assert kinds == ["requested", *(["changed"] if gift else [])]
            last = [one for one in requests[id_] if one["shipment_id"] == row["shipment_id"]][-1]
            assert last["work"]["wishes"].get("gift_message") == gift
