"""Looks at orders: lists that are stable under writes, what is looked for, and what an order has been."""

from typing import Any

from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_doors import order_id
from tests.unit.intake.checkouts import checkout, line


async def listed(intake: Intake, **asked: Any) -> list[str]:
    """The source ids of all pages."""
    found, after = [], None
    while True:
        page = (await intake.http.get("/orders", params={**asked, **({"after": after} if after else {})})).json()
        found += [one["source_id"] for one in page["orders"]]
        after = page["next"]
        if after is None:
            return found


async def test_a_list_goes_on_where_it_was_whatever_is_written_meanwhile(intake: Intake):
    for n in range(7):
        await intake.post(checkout(source_id=f"l{n}", shop="paged"))
    first = (await intake.http.get("/orders", params={"shop": "paged", "limit": 3})).json()
    await intake.post(checkout(source_id="l-new", shop="paged"))
    await intake.post(checkout(source_id="l1", shop="paged", updated_at="2026-11-24T00:00:00Z", tags=["new"]))
    ids = [one["source_id"] for one in first["orders"]]
    rest = await listed(intake, shop="paged", limit=3, after=first["next"])
    assert ids + rest == ["l6", "l5", "l4", "l3", "l2", "l1", "l0"]
    assert await listed(intake, shop="Paged", limit=200) == ["l-new", *ids, *rest]


async def test_orders_are_found_by_what_is_known_of_them(intake: Intake):
    upstream = {"name": "#KC-77"}
    await intake.post(checkout(source_id="f1", shop="found", tags=["vip"], upstream=upstream))
    await intake.post(checkout(source_id="f2", shop="found", payment={"status": "pending"}, lines=[line(sku="Tea-9")]))
    await intake.post(checkout(source_id="f3", shop="found", customer={"email": "jun@example.test"}))
    name = (await intake.http.get(f"/orders/{_id('f3')}")).json()["order"]["name"]
    for asked, found in (
        ({"tag": "vip"}, ["f1"]),
        ({"text": "#kc-77"}, ["f1"]),
        ({"payment": "pending"}, ["f2"]),
        ({"hold": "awaiting_payment"}, ["f2"]),
        ({"text": "tea-9"}, ["f2"]),
        ({"text": "JUN@example.test"}, ["f3"]),
        ({"text": name}, ["f3"]),
        ({"since": "2100-01-01T00:00:00Z"}, []),
        ({"until": "2100-01-01T00:00:00Z", "limit": 1}, ["f3", "f2", "f1"]),
        ({"source": "web", "source_id": "f2"}, ["f2"]),
        ({"source": "web", "source_id": "f9"}, []),
    ):
        assert await listed(intake, shop="found", **asked) == found, asked


def _id(source_id: str) -> str:
    return order_id(source_id, shop="found")


async def test_a_cursor_that_is_none_of_ours_is_refused_by_field(intake: Intake):
    answer = await intake.http.get("/orders", params={"after": "x"})
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "after")


async def test_every_version_of_an_order_stands_whole_with_who_and_why(intake: Intake):
    await intake.post(checkout(source_id="v1"))
    path = f"/orders/{order_id('v1')}"
    await intake.post(checkout(source_id="v1", updated_at="2026-11-24T00:00:00Z", tags=["vip"]))
    wish = {"reason": "by phone", "actor": "mina", "lines": [{"line_id": "1", "quantity": 1}]}
    await intake.http.post(f"{path}/edits", json=wish)
    shown = (await intake.http.get(f"{path}/versions")).json()
    told = [(one["version"], one["changes"], one["actor"], one["reason"]) for one in shown["versions"]]
    assert told == [
        (1, ["placed"], "seoul-craft", None),
        (2, ["other"], "seoul-craft", None),
        (3, ["edited"], "mina", "by phone"),
    ]
    stood = [(one["order"]["tags"], one["order"]["lines"][0]["cancelled"]) for one in shown["versions"]]
    assert stood == [([], 0), (["vip"], 0), (["vip"], 1)]
    assert [(one["act"], one["actor"]) for one in shown["acts"]] == [("edit", "mina")]
    assert (await intake.http.get("/orders/nobody/versions")).status_code == 404


async def test_an_order_is_found_by_its_id_its_name_and_its_id_at_its_source(intake: Intake):
    taken = (await intake.post(checkout(source_id="up-1", shop="known"))).json()
    ways = [
        (taken["order_id"], {}),
        (taken["name"], {"shop": "Known"}),
        ("up-1", {"shop": "known", "source": "web"}),
    ]
    for path, asked in ways:
        shown = await intake.http.get(f"/orders/{path.replace('#', '%23')}", params=asked)
        assert shown.json()["order"]["order_id"] == taken["order_id"]
    assert (await intake.http.get("/orders/up-1", params={"shop": "known", "source": "pos"})).status_code == 404
