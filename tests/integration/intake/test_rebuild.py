"""A projection is filled again from Kafka beside the live one, which it replaces while it is read and written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition
from tests.integration.intake.conftest import Intake
from tests.integration.intake.test_cancels import shipment

from order_events import Event
from order_intake import handlers
from order_intake.reads import ShipmentRead
from running_services import eventually, said, send
from service_runtime import Batch, Projection, Work
from service_runtime.archive.reading import Archive
from service_runtime.archive.sealing import due, seal
from service_runtime.operating import By
from service_runtime.past import Past
from service_runtime.replay import rebuilding
from service_runtime.replay.rebuilding import Place, Rebuild, UnderWayError, begin
from sizes import size

SHIPMENTS = size(1000, 20_000)
ROWS = "SELECT order_id, shipment_id, version, status, lines FROM shipment ORDER BY 1, 2"
STEPS = ("rebuild_made", "rebuild_filled", "rebuild_before_commit", "rebuild_exchanged")
BY = By("kim", "a bug wrote it wrongly")


def job() -> str:
    return f"job-{uuid4().hex}"


async def tell(intake: Intake, run: str, many: int, version: int) -> None:
    """A version of the one shipment of each of many orders."""
    bodies = [shipment(f"{run}-{n}", 1, version, 5, version % 5, 0, 0) for n in range(many)]
    rows = [said(body, version, f"{body.shipment_id}/{version}") for body in bodies]
    await send(intake.platform, intake.prefix, rows)


async def until_read(intake: Intake, run: str, many: int, version: int) -> None:
    sql = "SELECT count(*) FROM shipment WHERE order_id LIKE $1 AND version >= $2"

    async def read() -> bool:
        return bool(await intake.db.fetchval(sql, f"{run}-%", version) == many)

    await eventually(read, timeout_s=120)


async def rows(intake: Intake) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await intake.db.fetch(ROWS)]


async def rebuilt(intake: Intake, replay_id: str) -> dict[str, Any]:
    """Asked for over HTTP, and waited for."""
    asked = {"replay_id": replay_id, "actor": "kim", "reason": "a bug wrote it wrongly"}
    answer = await intake.http.post("/projections/shipment/rebuild", json=asked)
    assert answer.status_code in {200, 202}, answer.text

    async def ended() -> dict[str, Any] | None:
        state = (await intake.http.get("/projections/shipment")).json()
        return state if state["state"] != "running" else None

    return dict(await eventually(ended, timeout_s=120))


async def place(intake: Intake) -> Place:
    dsn = await intake.db.fetchval("SELECT current_database()")
    return Place("order-intake", intake.platform.admin_dsn.rpartition("/")[0] + f"/{dsn}", intake.platform.bootstrap,
                 intake.prefix)  # fmt: skip


async def schemas(intake: Intake) -> set[str]:
    found = await intake.db.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rebuild%'")
    return {row["nspname"] for row in found}


async def begun(intake: Intake, replay_id: str, projection: Projection = handlers.PROJECTIONS[0]) -> Rebuild:
    it = await begin(await place(intake), projection, replay_id, BY)
    assert it is not None
    return it


async def definition(intake: Intake) -> list[Any]:
    """All that a release may rely on: storage, columns, keys and indexes by their names."""
    sql = """SELECT c.reloptions::text, array_agg((a.attname, a.atttypid, a.attnotnull, a.attcompression) ORDER BY attnum)::text,
                    (SELECT array_agg((conname, pg_get_constraintdef(oid)) ORDER BY conname)::text FROM pg_constraint WHERE conrelid = c.oid),
                    (SELECT array_agg(pg_get_indexdef(indexrelid) ORDER BY 1)::text FROM pg_index WHERE indrelid = c.oid)
               FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND attnum > 0
              WHERE c.oid = 'public.shipment'::regclass GROUP BY c.oid, c.reloptions"""
    return [tuple(row) for row in await intake.db.fetch(sql)]


async def test_what_is_rebuilt_is_what_was_held_row_by_row_and_by_its_hash(intake: Intake) -> None:
    for version in (2, 3):
        await tell(intake, "same", SHIPMENTS, version)
    await until_read(intake, "same", SHIPMENTS, 3)
    before, made = await rows(intake), await definition(intake)
    state = await rebuilt(intake, replay_id := job())
    assert (state["state"], state["error"]) == ("done", None)
    assert state["hash_before"] == state["hash_after"]
    assert f"shipment {len(before)}" in state["hash_after"]
    assert state["records"] == state["of"] >= 2 * SHIPMENTS
    assert await rows(intake) == before
    assert await definition(intake) == made
    assert await schemas(intake) == set()
    acts = await intake.db.fetch("SELECT actor FROM operator_act WHERE act = 'rebuild'")
    results = await intake.db.fetch("SELECT item, outcome FROM replay_result WHERE replay_id = $1", replay_id)
    assert ([row["actor"] for row in acts][-1], [tuple(row) for row in results]) == ("kim", [("shipment", "handled")])


async def test_what_was_damaged_is_mended(intake: Intake) -> None:
    await tell(intake, "hurt", 50, 2)
    await until_read(intake, "hurt", 50, 2)
    before = await rows(intake)
    await intake.db.execute("UPDATE shipment SET lines = '[]', version = 9 WHERE order_id IN ('hurt-1', 'hurt-2')")
    await intake.db.execute("DELETE FROM shipment WHERE order_id = 'hurt-3'")
    await intake.db.execute("INSERT INTO shipment VALUES ('hurt-x', 'hurt-x-F1', 1, 'open', '[]')")
    state = await rebuilt(intake, job())
    assert state["hash_before"] != state["hash_after"]
    assert await rows(intake) == before


async def test_while_it_is_rebuilt_it_is_written_and_read_and_no_answer_is_wrong(intake: Intake) -> None:
    many = 40
    await tell(intake, "live", many, 2)
    await until_read(intake, "live", many, 2)
    heard = [2] * many
    wrong: list[str] = []

    async def read() -> None:
        """Versions never go back, and nothing that was there is missing."""
        while True:
            found = await intake.db.fetch("SELECT order_id, version FROM shipment WHERE order_id LIKE 'live-%'")
            versions = {row["order_id"]: row["version"] for row in found}
            for n in range(many):
                now = versions.get(f"live-{n}", 0)
                if now < heard[n]:
                    wrong.append(f"live-{n} went from {heard[n]} to {now}")
                heard[n] = max(heard[n], now)
            await asyncio.sleep(0.002)

    last = 2

    async def write() -> None:
        nonlocal last
        while True:
            await tell(intake, "live", many, last + 1)
            last += 1
            await asyncio.sleep(0.05)  # else the log grows faster than anybody reads it

    async with beside(read), beside(write):
        for _ in range(3):
            state = await rebuilt(intake, job())
            assert (state["state"], state["error"]) == ("done", None)
            assert state["hash_before"] == state["hash_after"]
    await until_read(intake, "live", many, last)
    assert last > 6
    assert wrong == []


@asynccontextmanager
async def beside(what: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(what())
    try:
        yield
    finally:
        assert not task.done(), task.exception()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class KilledError(BaseException):
    """Nothing that runs catches it, and nothing runs after it."""


@pytest.mark.parametrize("step", STEPS)
async def test_killed_anywhere_nothing_is_broken_and_asked_again_it_is_done(
    intake: Intake, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(intake, f"kill-{step}", 20, 2)
    await until_read(intake, f"kill-{step}", 20, 2)
    before, replay_id = await rows(intake), job()

    def killed(name: str) -> None:
        if name == step:
            raise KilledError

    monkeypatch.setattr(rebuilding, "failpoint", killed)
    first = await begun(intake, replay_id)
    with pytest.raises(KilledError):
        await first.run()
    first.conn.terminate()
    monkeypatch.undo()
    assert await rows(intake) == before
    await eventually(lambda: _is_free(intake))
    shown = (await intake.http.get("/projections/shipment")).json()
    done = step == "rebuild_exchanged"
    assert shown["state"] == ("done" if done else "failed")
    state = await rebuilt(intake, replay_id)
    assert state["state"] == "done"
    assert await rows(intake) == before
    await tell(intake, f"kill-{step}", 20, 3)
    await until_read(intake, f"kill-{step}", 20, 3)
    assert (await rebuilt(intake, job()))["state"] == "done"
    assert await schemas(intake) == set()


async def test_what_fails_behind_the_exchange_leaves_it_done(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> None:
        if name == "rebuild_exchanged":
            raise RuntimeError("its hash cannot be taken")

    monkeypatch.setattr(rebuilding, "failpoint", fails)
    first = await begun(intake, replay_id := job())
    await first.run()
    assert first.conn.is_closed()
    shown = (await intake.http.get("/projections/shipment")).json()
    assert (shown["state"], shown["replay_id"], shown["error"]) == ("done", replay_id, None)
    monkeypatch.undo()
    assert (await rebuilt(intake, job()))["state"] == "done"
    assert await schemas(intake) == set()


async def _is_free(intake: Intake) -> bool:
    return bool((await intake.http.get("/projections/shipment")).json()["state"] != "running")


async def test_a_job_rebuilds_once_and_two_at_a_time_are_one(intake: Intake) -> None:
    first = await begun(intake, replay_id := job())
    with pytest.raises(UnderWayError):
        await begin(await place(intake), handlers.PROJECTIONS[0], job(), BY)
    asked = {"replay_id": job(), "actor": "kim", "reason": "why"}
    assert (await intake.http.post("/projections/shipment/rebuild", json=asked)).status_code == 409
    own = await intake.http.post("/projections/shipment/rebuild", json={**asked, "replay_id": replay_id})
    assert (own.status_code, own.json()["state"]) == (202, "running")
    assert (await intake.http.get("/projections/shipment")).json()["state"] == "running"
    await first.run()
    assert await begin(await place(intake), handlers.PROJECTIONS[0], replay_id, BY) is None
    again = await intake.http.post("/projections/shipment/rebuild", json={**asked, "replay_id": replay_id})
    assert (again.status_code, again.json()["state"]) == (200, "done")


async def test_a_rebuild_says_nothing_and_does_nothing_outside(intake: Intake) -> None:
    await tell(intake, "loud", 3, 2)
    await until_read(intake, "loud", 3, 2)
    before = await rows(intake)

    async def loud(batch: Batch[ShipmentRead], work: Work) -> None:
        work.emit(*[Event(one.body, 1, one.cause) for one in batch])  # type: ignore[arg-type]

    projection = Projection("shipment", ("shipment",), handlers.on_shipments, loud)
    await (await begun(intake, job(), projection)).run()
    state = (await intake.http.get("/projections/shipment")).json()
    assert state["state"] == "failed"
    assert "EffectInRebuildError" in state["error"]
    assert await rows(intake) == before


async def test_what_waits_behind_a_blocked_order_is_still_news_to_live_handling(intake: Intake) -> None:
    await tell(intake, "wait", 1, 2)
    await until_read(intake, "wait", 1, 2)
    await intake.db.execute("INSERT INTO blocked (order_id, attempts, due_at, reason) VALUES ('wait-0', 1, NULL, 'r')")
    await tell(intake, "wait", 1, 3)
    queued = "SELECT count(*) FROM blocked_event WHERE order_id = 'wait-0'"

    async def is_queued() -> bool:
        return bool(await intake.db.fetchval(queued))

    await eventually(is_queued)
    assert (await rebuilt(intake, job()))["state"] == "done"
    assert await intake.db.fetchval("SELECT version FROM shipment WHERE order_id = 'wait-0'") == 2
    await intake.db.execute("UPDATE blocked SET due_at = now() WHERE order_id = 'wait-0'")
    await until_read(intake, "wait", 1, 3)


async def test_what_was_handled_only_after_the_rebuild_read_it_is_in_it(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(intake, "late", 1, 2)
    await until_read(intake, "late", 1, 2)
    await intake.db.execute("INSERT INTO blocked (order_id, attempts, due_at, reason) VALUES ('late-0', 1, NULL, 'r')")
    await tell(intake, "late", 1, 3)

    async def is_queued() -> bool:
        return bool(await intake.db.fetchval("SELECT count(*) FROM blocked_event WHERE order_id = 'late-0'"))

    await eventually(is_queued)
    took_over = Rebuild._take_over

    async def after_it_ran(self: Rebuild, past: Past) -> None:
        await intake.db.execute("UPDATE blocked SET due_at = now() WHERE order_id = 'late-0'")
        await until_read(intake, "late", 1, 3)
        await took_over(self, past)

    monkeypatch.setattr(Rebuild, "_take_over", after_it_ran)
    assert (await rebuilt(intake, job()))["state"] == "done"
    assert await intake.db.fetchval("SELECT version FROM shipment WHERE order_id = 'late-0'") == 3


async def test_tables_that_are_never_free_are_left_as_they_are(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "MOST_ATTEMPTS", 2)
    before = await rows(intake)
    async with intake.db.acquire() as reader, reader.transaction():
        await reader.fetch("SELECT FROM shipment LIMIT 1")
        state = await rebuilt(intake, job())
    assert (state["state"], "never free" in state["error"]) == ("failed", True)
    assert await rows(intake) == before


async def test_what_the_log_holds_no_more_is_not_thrown_away_and_read_where_it_is(
    intake: Intake, tmp_path: Path
) -> None:
    """The last of this module: it cuts the log."""
    await tell(intake, "gone", 1, 2)
    await until_read(intake, "gone", 1, 2)
    before = await rows(intake)
    admin = AIOKafkaAdminClient(bootstrap_servers=intake.platform.bootstrap)
    await admin.start()
    archive = Archive(tmp_path)
    async with Past(intake.platform.bootstrap, intake.prefix) as past:
        for one in await due(past, archive, datetime.now(UTC) + timedelta(days=2)):
            assert [day async for day in seal(past, archive, one, lambda *_: None)]
        parts = await past.parts(["shipment.updated"])
        ends = await past.ends(parts)
        part = max(ends, key=lambda one: ends[one])
    cut = {TopicPartition(intake.prefix + part.topic, part.partition): RecordsToDelete(before_offset=1)}
    await admin.delete_records(cut)
    await admin.close()
    state = await rebuilt(intake, job())
    assert (state["state"], "neither in the log nor in the archive" in state["error"]) == ("failed", True)
    assert await rows(intake) == before
    it = await begin(replace(await place(intake), archive=archive), handlers.PROJECTIONS[0], job(), BY)
    assert it is not None
    await it.run()
    state = (await intake.http.get("/projections/shipment")).json()
    assert (state["state"], state["error"]) == ("done", None)
    assert state["hash_before"] == state["hash_after"]
    assert await rows(intake) == before
