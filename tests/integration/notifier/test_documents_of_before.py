"""A database from before documents held their parts as events do: everything in it is held as it was."""

from importlib.resources import files
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
from tests.integration.notifier.saying import cancelled, decided, updated
from tests.integration.notifier.test_store import NOW, received

from baesong.platform_only import Platform
from notifier import store
from notifier.news import thing_of

UNIT = {"line_id": "1", "location_id": None, "reason": None, "expected": None}
LATE = {
    **UNIT,
    "quantity": 1,
    "outcome": "backordered",
    "reason": "out_of_stock",
    "expected": "2026-12-01T00:00:00+00:00",
}
HUB = {**UNIT, "quantity": 1, "outcome": "allocated", "location_id": "hub"}
ORDER = {
    "name": "#1001", "shop": "seoul-craft", "locale": "ko-KR", "country": "KR",
    "shipping": {"amount": 3000, "currency": "KRW"},
    "lines": [{"line_id": "1", "title": "파란 머그컵", "quantity": 2, "amount": 18000, "currency": "KRW"}],
}  # fmt: skip
DECISION = {
    "units": [HUB, LATE], "asked": [{"location_id": "hub", "line_id": "1", "quantity": 1}],
    "short": [{"line_id": "1", "outcome": "backordered", "expected": LATE["expected"]}],
}  # fmt: skip
SHIPMENT = {
    "location_id": "hub", "lines": [{"line_id": "1", "ordered": 2, "released": 0, "answered": 0}],
    "packages": [{"package_id": "P1", "carrier": "CJ Logistics", "number": "601",
                  "url": "https://track.example.test/601", "contents": [["1", 2]]}],
}  # fmt: skip
PEOPLE = (
    {"name": "김민아", "email": "mina@example.test"},
    {"name": "김민아", "city": "서울"},
    {"gift_message": "생일 <축하>해!"},
)


def up(number: str) -> str:
    """What a migration does on its way up; the runtime's begin with 0."""
    folder = files("service_runtime" if number.startswith("0") else "notifier") / "sql" / "migrations"
    (file,) = [each for each in folder.iterdir() if each.name.startswith(number)]
    return file.read_text().partition("-- migrate:down")[0]


async def with_rows_of_before(conn: Any) -> None:
    await conn.execute(up("1001") + up("1002"))
    text = [orjson.dumps(one).decode() for one in (ORDER, *PEOPLE, DECISION, SHIPMENT)]
    await conn.execute("INSERT INTO customer_order VALUES ('o1', 2, 2, $1, false, $2, $3, $4, $5)", NOW, *text[:4])
    await conn.execute("INSERT INTO decision VALUES ('o1', 1, 1, $1, $2)", NOW, text[4])
    await conn.execute("INSERT INTO shipment VALUES ('o1', 'o1-F1', 3, 1, $1, $2)", NOW, text[5])
    quiet = '{"units": [], "asked": [], "short": []}'
    await conn.execute("INSERT INTO decision VALUES ('o2', 1, 1, $1, $2)", NOW, quiet)
    await conn.execute(
        "INSERT INTO shipment VALUES ('o2', 'o2-F1', 1, 1, $1, $2)",
        NOW,
        orjson.dumps({**SHIPMENT, "packages": []}).decode(),
    )


async def test_what_was_held_is_held_as_it_was_and_what_is_eventful_is_known(platform: Platform) -> None:
    conn = await asyncpg.connect(await platform.database(f"before_{uuid4().hex[:8]}"))
    await with_rows_of_before(conn)
    await conn.execute(up("0007") + up("1003") + up("1004"))
    held = await store.held(conn, ["o1", "o2"])
    said = [(cancelled("o1"), 2), (decided("o1", 1, asked=1), 1), (updated("o1", 2), 3), (updated("o2"), 1)]
    order, decision, shipment, quiet = [thing_of(received(body, version)) for body, version in said]
    assert (held["o1"].order, held["o1"].decision, held["o1"].shipments["o1-F1"]) == (order, decision, shipment)
    assert held["o2"].shipments["o2-F1"] == quiet
    assert await store.eventful_among(conn, ["o1", "o2"]) == {"o1"}
    await conn.close()
