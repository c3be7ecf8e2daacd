"""The runtime on real Kafka and real PostgreSQL, with a toy service of one rule."""

from running_services import Raw, eventually, read_all, running
from toy_service import Toy, ask


async def test_an_event_read_twice_counts_once_and_is_told_once(toy: Toy) -> None:
    async with running(toy.service()):
        again = ask("a", 1)
        await toy.send(again, again, ask("a", 2), ask("b", 1), again)
        await eventually(lambda: toy.counts_are({"a": [1, 2], "b": [1]}))
        await toy.send(again)
        await toy.send(ask("c", 1))
        await eventually(lambda: toy.counts_are({"a": [1, 2], "b": [1], "c": [1]}))
    ids = [dict(r.headers)["ce_id"] for r in await toy.told()]
    assert len(ids) == len(set(ids)) == 4


async def test_poison_is_parked_and_its_neighbours_go_on(toy: Toy) -> None:
    topic, key, value, headers = ask("a", 2)
    wrong: list[Raw] = [
        (topic, b"a", b"\xff\xfe", headers),
        (topic, b"a", b"{}", headers),
        (topic, b"a", value, [(n, v) for n, v in headers if n != "ce_id"]),
        (topic, b"a", value, [*headers, ("x-odd", b"\xff")]),
    ]
    await toy.send(ask("a", 1), *wrong, (topic, key, value, headers))
    async with running(toy.service()):
        await eventually(lambda: toy.counts_are({"a": [1, 2]}))
        await eventually(lambda: toy.holds("SELECT count(*) = 4 FROM parked"))
    letters = await read_all(toy.platform, toy.prefix + "toy.asked.dlq")
    assert len(letters) == 4
    assert {dict(r.headers)["x-dlq-error-class"] for r in letters} == {b"poison"}
    assert b"\xff\xfe" in {r.value for r in letters}


async def test_a_blocked_order_is_tried_again_and_its_later_events_wait(toy: Toy) -> None:
    async with running(toy.service()):
        await toy.send(ask("a", 1, failures=1), ask("a", 2), ask("b", 1))
        await eventually(lambda: toy.counts_are({"b": [1]}))
        await toy.send(ask("a", 3))
        await eventually(lambda: toy.counts_are({"a": [1, 2, 3], "b": [1]}))
        await eventually(
            lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM blocked) AND NOT EXISTS (SELECT FROM outbox_pending)")
        )
    assert len(await toy.told()) == 4


async def test_an_outside_id_with_another_body_is_told_apart_as_a_conflict(toy: Toy) -> None:
    def record(body: bytes) -> Raw:
        return "toy.outside", b"k", body, [("ce_id", b"m-1"), ("ce_type", b"toy.outside")]

    await toy.send(record(b"1"), record(b"1"), record(b"2"), record(b"2"))
    async with running(toy.service()):
        await eventually(lambda: toy.holds("SELECT count(*) = 2 FROM heard"))
        await toy.send(record(b"2"), record(b"1"), record(b"3"))
        await eventually(lambda: toy.holds("SELECT count(*) = 3 FROM heard"))
    rows = await toy.db.fetch("SELECT body, conflict FROM heard ORDER BY body")
    assert [(r["body"], r["conflict"]) for r in rows] == [("1", False), ("2", True), ("3", True)]
