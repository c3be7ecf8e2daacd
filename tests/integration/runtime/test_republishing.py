"""What was said is said again: found by topic, time and order; the same ids and bytes, once per job, and nothing else."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from tests.integration.runtime.test_acts import router

from baesong.ports import free_ports
from running_services import eventually, running
from service_runtime.postgres import SESSION
from service_runtime.replay import said as said_
from service_runtime.replay.said import SQL, Cursor, Period
from toy_process import process
from toy_service import Toy, ask

KEY = {"Authorization": "Bearer key"}
WHO = {"actor": "ada", "reason": "the partner lost an hour"}


@asynccontextmanager
async def served(toy: Toy) -> AsyncIterator[httpx.AsyncClient]:
    app = toy.service(routers=[router]).app()
    async with running(toy.service()) as app.state.running:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://toy", headers=KEY) as http:
            yield http


async def all_said(http: httpx.AsyncClient, topic: str = "toy.told", **more: Any) -> list[dict[str, Any]]:
    """Every row, page by page."""
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = (
            (await http.post("/replay/said", json={"topic": topic, "after": after, **more})).raise_for_status().json()
        )
        rows += page["rows"]
        after = page["next"]
        if after is None:
            return rows


async def again(http: httpx.AsyncClient, ids: Sequence[str], job: str = "job-1", **more: Any) -> dict[str, Any]:
    body = {"topic": "toy.told", "event_ids": list(ids), **WHO, **more}
    return dict((await http.post(f"/replay/{job}/republish", json=body)).raise_for_status().json())


async def told(toy: Toy, n: int) -> list[Any]:
    async def there() -> list[Any] | None:
        records = await toy.told()
        return records if len(records) >= n else None

    return await eventually(there)


def whole(record: Any) -> tuple[Any, ...]:
    return record.partition, record.key, record.value, tuple(record.headers)


async def some_told(toy: Toy, http: httpx.AsyncClient) -> list[Any]:
    """Told because of records (packed in batches), and because of requests (row by row)."""
    await toy.send(*[ask(order, n) for n in (1, 2, 3) for order in ("a", "b", "c")])
    await told(toy, 9)
    for order in ("a", "d"):
        await http.post(f"/asks/{order}?n=9")
    return await told(toy, 11)


async def test_the_same_ids_and_bytes_are_said_once_more_and_nothing_else(toy: Toy) -> None:
    async with served(toy) as http:
        before = await some_told(toy, http)
        rows = await all_said(http)
        assert sorted(row["event_id"] for row in rows) == sorted(dict(one.headers)["ce_id"].decode() for one in before)
        assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
        ids = [row["event_id"] for row in rows]
        done = await again(http, ids, since=rows[0]["at"], until=rows[-1]["at"])
        assert done == {"republished": 11, "before": 0, "missing": []}
        after = await toy.told()
        assert sorted(map(whole, after)) == sorted([*map(whole, before)] * 2)
        assert await again(http, ids) == {"republished": 0, "before": 11, "missing": []}
        assert sorted(row["event_id"] for row in await all_said(http)) == sorted(ids)
        assert len(await toy.told()) == 22
    assert await toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)")
    assert await toy.holds("SELECT count(*) = 11 FROM replay_result WHERE outcome = 'republished'")


async def test_another_job_says_them_again_and_an_id_nobody_said_is_missing(toy: Toy) -> None:
    async with served(toy) as http:
        await some_told(toy, http)
        one = (await all_said(http, order_ids=["d"]))[0]
        assert one["key"] == "d"
        unknown = "0192a000-0000-8000-8000-000000000000"
        assert (await again(http, [one["event_id"], unknown]))["missing"] == [unknown]
        assert await again(http, [one["event_id"]], "job-2") == {"republished": 1, "before": 0, "missing": []}
        assert len([record for record in await toy.told() if record.key == b"d"]) == 3
        assert await toy.holds(
            "SELECT count(*) = 2 FROM operator_act WHERE act = 'republish' AND actor = 'ada' AND reason <> ''"
        )


async def test_what_was_said_is_found_by_time_and_order_page_by_page_while_more_is_said(toy: Toy) -> None:
    async with served(toy) as http:
        await some_told(toy, http)
        rows = await all_said(http)
        middle = rows[5]["at"]
        early, late = await all_said(http, until=middle), await all_said(http, since=middle)
        assert early + late == rows
        assert {row["key"] for row in await all_said(http, order_ids=["b", "c"])} == {"b", "c"}
        paged, after = [], None
        for n in range(20):
            body = {"topic": "toy.told", "after": after, "limit": 1, "until": rows[-1]["at"]}
            page = (await http.post("/replay/said", json=body)).json()
            paged += page["rows"]
            after = page["next"]
            await http.post(f"/asks/e?n={n}")
            if after is None:
                break
        assert paged == [row for row in rows if row["at"] < rows[-1]["at"]]


async def test_however_little_a_page_looks_at_it_passes_nothing_over(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(toy) as http:
        await some_told(toy, http)
        rows = await all_said(http)
        for looked_at, batches, size in ((1, 1, 1), (2, 9, 1), (3, 2, 10**6), (5, 3, 800)):
            monkeypatch.setattr(said_, "LOOKED_AT", looked_at)
            monkeypatch.setattr(said_, "BATCHES", batches)
            monkeypatch.setattr(said_, "BYTES", size)
            for limit in (1, 2, 1000):
                assert await all_said(http, limit=limit) == rows
            assert await all_said(http, order_ids=["d"]) == [row for row in rows if row["key"] == "d"]
            assert await all_said(http, order_ids=["nobody"]) == []


async def test_dead_letters_effects_and_replays_are_never_said_again(toy: Toy) -> None:
    async with served(toy) as http:
        await toy.send(("toy.asked", b"k", b"no json", []))
        await eventually(lambda: toy.holds("SELECT EXISTS (SELECT FROM outbox WHERE topic = 'toy.asked.dlq')"))
        for topic in ("toy.asked.dlq", "toy.effects", "toy.asked.replay"):
            assert (await http.post("/replay/said", json={"topic": topic})).status_code == 422
            body = {"topic": topic, "event_ids": ["x"], **WHO}
            assert (await http.post("/replay/job-1/republish", json=body)).status_code == 422
        assert (await http.post("/replay/said", json={"topic": "toy.told", "after": "e30="})).status_code == 422
    assert await toy.holds("SELECT NOT EXISTS (SELECT FROM replay_result)")


async def test_two_who_ask_at_once_say_it_once(toy: Toy) -> None:
    async with served(toy) as http:
        await some_told(toy, http)
        ids = [row["event_id"] for row in await all_said(http)]
        first, second = await asyncio.gather(again(http, ids), again(http, list(reversed(ids))))
        assert sorted([first["republished"], second["republished"]]) == [0, 11]
        assert len(await toy.told()) == 22


async def test_killed_behind_its_commit_it_is_still_said_by_the_next_process(toy: Toy, tmp_path: Path) -> None:
    async with served(toy) as http:
        before = await some_told(toy, http)
        ids = [row["event_id"] for row in await all_said(http)]
    failpoint = tmp_path / "failpoint"
    failpoint.write_text("republish_after_commit 1")
    [port] = free_ports(1)
    async with process(toy, failpoint, port) as killed:
        with pytest.raises(httpx.TransportError):
            await _asked_of(port, ids)
        assert await asyncio.wait_for(killed.wait(), 60) == -signal.SIGKILL
    assert len(await toy.told()) == 11
    assert await toy.holds("SELECT count(*) = 11 FROM outbox_pending")
    async with process(toy, failpoint, port):
        await told(toy, 22)
        assert await _asked_of(port, ids) == {"republished": 0, "before": 11, "missing": []}
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
    assert {whole(one) for one in await toy.told()} == {whole(one) for one in before}


async def _asked_of(port: int, ids: Sequence[str]) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=KEY, timeout=30) as http:
        await eventually(lambda: _answers(http), 60)
        return await again(http, ids)


async def _answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/live")).status_code == 200
    except httpx.TransportError:
        return False


async def test_looking_for_an_hour_reads_no_other_hour(toy: Toy) -> None:
    """The plan: an index on when it was said, and only the parts of those days."""
    async with running(toy.service()):
        pass
    conn = await asyncpg.connect(toy.settings.database_url, server_settings=SESSION)
    now = datetime.now(UTC)
    period = Period(now - timedelta(hours=1), now)
    start = Cursor.before(period)
    rows = await conn.fetch("EXPLAIN " + SQL.said_rows, *period.days, start.row[0], period.until, *start.row[1:], 2000)
    batches = await conn.fetch(
        "EXPLAIN " + SQL.said_batches, *period.days, start.batch[0], period.until, *start.batch[1:4], 0, 256, 300_000
    )
    await conn.close()
    for plan in ("\n".join(row[0] for row in found) for found in (rows, batches)):
        assert "Seq Scan" not in plan
        assert "created_at" in plan.split("Index Cond")[1]
        assert plan.count("Scan using") <= 3
