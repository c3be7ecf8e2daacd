"""The drill: a partner lost what it was told in an hour, and is told it again; the same ids, once more, nothing else."""

import asyncio
from typing import Any

from tests.integration.fulfiller.conftest import Fulfiller, a_package, decided, place, placed

from running_services import read_all

TOLD = "partner.swift.shipments"
OTHERS = ("partner.rival.shipments", "shipment.created", "shipment.updated", "partner.swift.inbound")


async def records(fulfiller: Fulfiller, topic: str) -> list[tuple[Any, ...]]:
    found = await read_all(fulfiller.platform, fulfiller.prefix + topic)
    return sorted((one.partition, one.key, one.value, tuple(one.headers)) for one in found)


async def said(fulfiller: Fulfiller, **wanted: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    body = {"topic": TOLD, "limit": 3, **wanted}
    while True:
        page = (await fulfiller.http.post("/replay/said", json=body)).raise_for_status().json()
        rows += page["rows"]
        if page["next"] is None:
            return rows
        body["after"] = page["next"]


async def told(fulfiller: Fulfiller, *orders: str) -> None:
    for order in orders:
        partner = "rival" if order.startswith("r") else "swift"
        await fulfiller.hears((placed(order), 1), (decided(order, place("hub", 2, partner)), 1))
    for order in orders:
        await fulfiller.until(order, request_status="submitted")
        await fulfiller.until_said(f"partner.{'rival' if order.startswith('r') else 'swift'}.shipments", order, 1)


async def test_its_hour_is_said_again_and_nothing_else(fulfiller: Fulfiller) -> None:
    await told(fulfiller, "before1", "r1")
    hour = (await said(fulfiller))[-1]["at"]
    await told(fulfiller, "lost1", "lost2", "r2", "lost3")
    await fulfiller.partner_says(a_package("lost1-F1", 2))
    await fulfiller.until("lost1", status="closed")
    end = (await said(fulfiller))[-1]["at"]
    await told(fulfiller, "after1")
    others = {topic: await records(fulfiller, topic) for topic in OTHERS}
    before = await records(fulfiller, TOLD)

    rows = [row for row in await said(fulfiller, since=hour) if hour < row["at"] <= end]
    assert {row["key"] for row in rows} == {"lost1", "lost2", "lost3"}
    body = {"topic": TOLD, "event_ids": [row["event_id"] for row in rows], "since": rows[0]["at"], "until": end}
    body |= {"actor": "ada", "reason": "swift lost an hour"}
    answers = await asyncio.gather(*(fulfiller.http.post("/replay/drill-1/republish", json=body) for _ in range(2)))
    assert sorted(answer.json()["republished"] for answer in answers) == [0, len(rows)]

    after = await records(fulfiller, TOLD)
    ids = {row["event_id"].encode() for row in rows}
    again = [one for one in before if dict(one[3])["ce_id"] in ids]
    assert sorted([*before, *again]) == after
    assert {topic: await records(fulfiller, topic) for topic in OTHERS} == others
    results = (await fulfiller.http.get("/replay/drill-1/results")).json()["results"]
    assert {(one["item"], one["outcome"]) for one in results} == {(row["event_id"], "republished") for row in rows}
