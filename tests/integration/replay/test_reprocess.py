"""Reprocess on real Kafka and PostgreSQL: what is done is touched by nothing, what is not done is run as live."""

import asyncio
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.integration.replay.conftest import Served

import toy as toys
from replayed import order, originals, outcomes, results
from running_services import eventually, said
from service_runtime import wiring
from service_runtime.brake import MOST_A_MINUTE
from service_runtime.reading import Record
from service_runtime.replay.ticket import Mode
from service_runtime.subscription import Second
from sizes import size
from toy import Asked
from toy_service import Toy, ask

TOO_LARGE = 10**12
POISON = size(5, 100)
LOT = size(10, 1000)  # a tenth of the records that nobody may have ordered


async def test_what_is_done_is_counted_and_touched_by_nothing(toy: Toy, served: Served) -> None:
    await toy.send(*[ask(name, n) for name in "abcde" for n in (1, 2)])
    async with served() as client:
        await eventually(lambda: toy.counts_are({name: [1, 2] for name in "abcde"}))
        told = len(await toy.told())
        for job in ("first", "second"):
            await order(toy, await originals(toy), job)
            assert await outcomes(client, job, 10) == ["done"] * 10
        assert await toy.counts_are({name: [1, 2] for name in "abcde"})
        assert len(await toy.told()) == told


async def test_what_nobody_has_seen_is_run_once_and_says_what_it_would_have_said(toy: Toy, served: Served) -> None:
    async with served() as client:
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        await toy.db.execute("DELETE FROM inbox")
        await toy.db.execute("DELETE FROM counted")
        await order(toy, await originals(toy), "lost")
        assert await outcomes(client, "lost", 1) == ["handled"]
        assert await toy.counts_are({"a": [1]})
        assert len({dict(one.headers)["ce_id"] for one in await toy.told()}) == 1
        await order(toy, await originals(toy), "lost")
        await order(toy, await originals(toy), "again")
        assert await outcomes(client, "again", 1) == ["done"]
        assert await outcomes(client, "lost", 1) == ["handled"]


async def test_what_was_parked_runs_after_the_fix_with_all_that_waited_in_its_order_s_sequence(
    toy: Toy, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    await toy.send(ask("a", 1), said(Asked(order_id="a", n=TOO_LARGE), 2, "bug a"), ask("a", 3), ask("b", 1))
    async with served() as client:
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM parked"))
        await eventually(lambda: toy.holds("SELECT count(*) = 2 FROM blocked_event"))
        await order(toy, await originals(toy), "too early")
        early = await outcomes(client, "too early", 4)
        assert early == ["done", "done", "parked_again", "waiting"]
        assert await toy.holds("SELECT times = 2 FROM parked")
        await toy.db.execute("ALTER TABLE counted ALTER said TYPE bigint[]")
        monkeypatch.setitem(toys.SQL.blocks, "count", toys.SQL.blocks["count"].replace("$2::int[]", "$2::bigint[]"))
        await order(toy, await originals(toy), "fixed")
        assert await outcomes(client, "fixed", 4) == ["done", "done", "handled", "handled"]
        assert await toy.counts_are({"a": [1, TOO_LARGE, 3], "b": [1]})
        assert await toy.holds("SELECT state = 'retried' FROM parked")
        assert await toy.holds("SELECT count(*) = 0 FROM blocked")


async def test_a_thing_that_has_moved_on_is_told_and_not_applied(toy: Toy, served: Served) -> None:
    async with served() as client:
        await toy.send(ask("a", 1), ask("a", 2))
        await eventually(lambda: toy.counts_are({"a": [1, 2]}))
        first = next(one for one in await originals(toy) if b'"n":1' in (one.value or b""))
        lost = dict(first.headers)["ce_id"].decode()
        await toy.db.execute("DELETE FROM inbox WHERE id = $1::uuid", lost)
        asked = {
            "event_id": lost, "order_id": "a", "subject": "ask/a", "version": 1,
            "topic": "toy.asked", "partition": 0, "offset": 0,
        }  # fmt: skip
        stands = await client.post("/replay/standing", json={"events": [asked]})
        assert [one["standing"] for one in stands.json()["standing"]] == ["superseded"]
        await order(toy, [first])
        assert await results(client, "job", 1) == [(lost, "superseded")]
        assert await toy.counts_are({"a": [1, 2]})


async def lifted(client: httpx.AsyncClient) -> bool:
    """So much poison of our own stops a release: an operator has looked at it, and lets it go on."""
    if (await client.get("/brake")).json()["braked"] is None:
        return False
    resumed = await client.post("/brake/resume", json={"actor": "kim", "reason": "seen: it is parked"})
    return resumed.status_code == 200


async def test_poison_is_parked_again_each_once_and_runs_when_it_can_be_read(toy: Toy, served: Served) -> None:
    topic, key, _, headers = ask("a", 1)
    await toy.send(*[(topic, f"p{n}".encode(), b"{", headers) for n in range(POISON)])
    async with served() as client:
        if POISON >= MOST_A_MINUTE:
            await eventually(lambda: lifted(client))
        await eventually(lambda: toy.holds(f"SELECT count(*) = {POISON} FROM parked"))
        for _ in range(2):  # a second delivery is nothing
            await order(toy, await originals(toy), "poison")
            assert await outcomes(client, "poison", POISON) == ["parked_again"] * POISON
        await order(toy, await originals(toy), "barrier")
        assert await outcomes(client, "barrier", POISON) == ["parked_again"] * POISON
        assert await toy.holds(f"SELECT count(*) = {POISON} AND bool_and(times = 3) FROM parked")
        mended = [one._replace(value=ask("a", 1)[2], key=key) for one in (await originals(toy))[:1]]
        await order(toy, mended, "mended")
        assert await outcomes(client, "mended", 1) == ["handled"]
        assert await toy.holds(f"SELECT count(*) = {POISON - 1} FROM parked WHERE state = 'parked'")


async def test_what_is_not_signed_or_signed_too_long_ago_is_accepted_nowhere(toy: Toy, served: Served) -> None:
    async with served() as client:
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        [record] = await originals(toy)
        await toy.db.execute("DELETE FROM inbox")
        await toy.db.execute("DELETE FROM counted")
        await order(toy, [record] * (4 * LOT), "forged", key=b"another key")
        await order(toy, [record] * (3 * LOT), "stale", at=datetime.now(UTC) - timedelta(days=2))
        unsigned = ("toy.asked.replay", record.key, record.value, list(record.headers))
        await toy.send(*[unsigned] * (3 * LOT - 1))
        await toy.send((*unsigned[:3], [*record.headers, ("x-replay-sig", None)]))
        parked = f"SELECT count(*) = {7 * LOT} FROM parked WHERE topic = 'toy.asked.replay'"
        await eventually(lambda: toy.holds(parked), 120)
        await order(toy, [record], "ours")  # behind the stale ones of its partition
        assert await outcomes(client, "ours", 1) == ["handled"]
        assert await toy.counts_are({"a": [1]})
        assert (await client.get("/replay/stale/results")).json()["results"] == []
        assert await toy.holds("SELECT count(*) = 0 FROM brake")


async def test_a_job_for_other_services_is_nothing_here(toy: Toy, served: Served) -> None:
    async with served() as client:
        await toy.send(ask("a", 1), ask("a", 2))
        await eventually(lambda: toy.counts_are({"a": [1, 2]}))
        await order(toy, await originals(toy), "others", services=("allocator",))
        await order(toy, await originals(toy), "ours", services=("toy",))
        assert await outcomes(client, "ours", 2) == ["done"] * 2
        assert (await client.get("/replay/others/results")).json()["results"] == []


async def test_what_would_run_is_rehearsed_and_nothing_of_it_stays(toy: Toy, served: Served) -> None:
    await toy.send(ask("a", 1), said(Asked(order_id="b", n=TOO_LARGE), 1, "bug b"), ask("c", 1))
    async with served() as client:
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM parked"))
        await eventually(lambda: toy.counts_are({"a": [1], "c": [1]}))
        lost = next(dict(one.headers)["ce_id"] for one in await originals(toy) if one.key == b"c").decode()
        await toy.db.execute("DELETE FROM inbox WHERE id = $1::uuid", lost)
        await toy.db.execute("DELETE FROM counted WHERE order_id = 'c'")
        told, before = len(await toy.told()), await toy.db.fetch("SELECT * FROM inbox ORDER BY id")
        answer = await client.post(
            "/replay/rehearsal", json={"events": [_as_json(one) for one in await originals(toy)]}
        )
        said_ = answer.json()
        assert dict(zip([one.key for one in await originals(toy)], said_["items"], strict=True)) == {
            b"a": "done", b"b": "parked", b"c": "handled",
        }  # fmt: skip
        assert (said_["effects"], said_["says"]) == ({}, {"toy.told": 1})
        assert await toy.counts_are({"a": [1]})
        assert (len(await toy.told()), await toy.db.fetch("SELECT * FROM inbox ORDER BY id")) == (told, before)


def _as_json(record: Record) -> dict[str, object]:
    topic, partition, offset = record.place
    value, key = (None if one is None else b64encode(one).decode() for one in (record.value, record.key))
    headers = [(name, b64encode(text).decode()) for name, text in record.headers]
    return {
        "topic": topic, "partition": partition, "offset": offset, "timestamp": record.timestamp, "key": key,
        "value": value, "headers": headers,
    }  # fmt: skip


async def test_under_force_what_is_done_runs_again_under_ids_of_the_job(toy: Toy, served: Served) -> None:
    """The toy has no guard of its own, so that it shows: it counts once more, and only once per job."""
    async with served() as client:
        await toy.send(ask("a", 1))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        for _ in range(2):
            await order(toy, await originals(toy), "force", mode=Mode.FORCE)
            assert await outcomes(client, "force", 1) == ["handled"]
        await order(toy, await originals(toy), "barrier")
        assert await outcomes(client, "barrier", 1) == ["done"]
        assert await toy.counts_are({"a": [1, 1]})
        assert len({dict(one.headers)["ce_id"] for one in await toy.told()}) == 2


async def test_an_outside_record_nobody_has_seen_is_handled_as_what_it_was(toy: Toy, served: Served) -> None:
    async with served() as client:
        await toy.send(("toy.outside", b"k", b'{"a": 1}', [("ce_id", b"one"), ("ce_type", b"toy.asked")]))
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM heard"))
        await toy.db.execute("DELETE FROM inbox_outside")
        await order(toy, await originals(toy, "toy.outside"))
        assert await results(client, "job", 1) == [("toy.outside/one", "handled")]
        assert await toy.holds("SELECT count(*) = 2 AND bool_and(ce_id = 'one' AND NOT conflict) FROM heard")
        await order(toy, await originals(toy, "toy.outside"), "again")
        assert await results(client, "again", 1) == [("toy.outside/one", "done")]


async def test_what_is_parked_for_longer_than_the_inbox_knows_runs_with_its_queue(toy: Toy, served: Served) -> None:
    topic, key, value, headers = said(Asked(order_id="a", n=7, failures=1), 7, "long ago")
    old = f"{(int(headers_id(headers)[:8] + headers_id(headers)[9:13], 16) - 50 * 86_400_000):012x}"
    dated = f"{old[:8]}-{old[8:]}{headers_id(headers)[13:]}"
    await toy.send((topic, key, value, [(n, dated.encode() if n == "ce_id" else v) for n, v in headers]))
    async with served() as client:
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM blocked_event"))
        await order(toy, await originals(toy))
        assert await results(client, "job", 1) == [(dated, "handled")]
        assert await toy.counts_are({"a": [7]})
        assert await toy.holds("SELECT count(*) = 0 FROM blocked_event")
        await order(toy, await originals(toy), "again")
        assert await results(client, "again", 1) == [(dated, "done")]
        assert await toy.counts_are({"a": [7]})


def headers_id(headers: list[tuple[str, bytes]]) -> str:
    return dict(headers)["ce_id"].decode()


async def test_what_is_written_twice_is_one_try(toy: Toy, served: Served) -> None:
    """A runner that was killed between its write and its note writes a chunk once more."""
    topic, key, _, headers = ask("a", 1)
    await toy.send((topic, key, b"{", headers), ask("b", 1))
    async with served() as client:
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM parked"))
        await eventually(lambda: toy.counts_are({"b": [1]}))
        await order(toy, (await originals(toy)) * 3, mode=Mode.FORCE)
        assert await outcomes(client, "job", 2) == ["handled", "parked_again"]
        assert await toy.holds("SELECT times = 2 FROM parked")
        assert await toy.counts_are({"b": [1, 1]})


async def test_what_an_operator_discarded_stays_so_also_where_it_can_be_read_now(toy: Toy, served: Served) -> None:
    topic, key, value, headers = ask("a", 1)
    await toy.send((topic, key, b"{", headers), (topic, b"b", b"{", ask("b", 1)[3]))
    async with served() as client:
        await eventually(lambda: toy.holds("SELECT count(*) = 2 FROM parked"))
        for row in await toy.db.fetch("SELECT parked_id FROM parked"):
            body = {"actor": "kim", "reason": "nobody wants it"}
            assert (await client.post(f"/parked/{row['parked_id']}/discard", json=body)).status_code == 200
        first, second = await originals(toy)
        await order(toy, [first, second._replace(key=key, value=value)])
        assert await outcomes(client, "job", 2) == ["done", "done"]
        assert await toy.counts_are({})
        assert await toy.holds("SELECT bool_and(state = 'discarded' AND times = 1) FROM parked")


async def test_under_force_what_has_moved_on_is_superseded_and_what_was_discarded_is_refused(
    toy: Toy, served: Served
) -> None:
    await toy.send(ask("a", 1), ask("a", 2), said(Asked(order_id="b", n=TOO_LARGE), 1, "bug b"))
    async with served() as client:
        await eventually(lambda: toy.counts_are({"a": [1, 2]}))
        await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM parked"))
        parked_id = await toy.db.fetchval("SELECT parked_id FROM parked")
        await client.post(f"/parked/{parked_id}/discard", json={"actor": "kim", "reason": "nobody wants it"})
        await order(toy, await originals(toy), mode=Mode.FORCE)
        assert await outcomes(client, "job", 3) == ["handled", "refused", "superseded"]
        assert await toy.counts_are({"a": [1, 2, 2]})


async def test_one_that_lets_live_topics_go_first_for_long_is_alive(
    toy: Toy, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def long(_: Second, __: float) -> None:
        await asyncio.sleep(4)

    monkeypatch.setattr(Second, "let_go_first", long)
    monkeypatch.setattr(wiring, "REPLAYED_AT_ONCE", 1)
    toy.settings = toy.settings.model_copy(update={"stuck_after_s": 1.0})
    await toy.send(ask("a", 1), ask("a", 2))
    async with served() as client:  # which fails when the service is found stuck
        await eventually(lambda: toy.counts_are({"a": [1, 2]}))
        await order(toy, await originals(toy))
        assert await outcomes(client, "job", 2) == ["done", "done"]
