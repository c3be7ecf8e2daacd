"""What is kept how long, on a real PostgreSQL, as the clock that is handed in goes on."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import asyncpg
import pytest
from tests.integration.runtime.old_and_new import NOW, Tables, days, fresh, id_at, opened

from baesong.platform_only import Platform
from service_runtime.ports import OutboxBatch, Outgoing, Sight
from service_runtime.reading import Partition, Place
from service_runtime.retention import monday_of
from service_runtime.work import Effect


@pytest.fixture
async def tables(platform: Platform) -> AsyncIterator[Tables]:
    async with opened(await fresh(platform)) as it:
        yield it


async def test_the_day_after_tomorrow_has_its_part_and_is_made_once(tables: Tables) -> None:
    assert f"inbox_{NOW + days(2):%Y%m%d}" in await tables.parts("inbox")
    assert (await tables.sweep(NOW + days(1)))["inbox_parts_made"] == 1
    assert f"inbox_{NOW + days(3):%Y%m%d}" in await tables.parts("inbox")
    assert "inbox_parts_made" not in await tables.sweep(NOW + days(1))


async def test_next_week_has_its_part(tables: Tables) -> None:
    later = NOW + days(21)
    await tables.sweep(later)
    assert f"outbox_{monday_of(later.date()) + days(7):%Y%m%d}" in await tables.parts("outbox")


async def test_an_id_is_in_the_inbox_for_forty_five_days_and_its_day_is_dropped_whole(tables: Tables) -> None:
    id_ = await tables.sight(NOW)
    await tables.sweep(NOW + days(45))
    assert id_ in await tables.values("SELECT id FROM inbox")
    done = await tables.sweep(NOW + days(46))
    assert await tables.values("SELECT id FROM inbox") == set()
    assert (done["inbox_parts_dropped"], done["inbox_deleted"]) == (1, 0)


async def test_a_day_that_began_without_a_part_stays_in_the_default_part_and_goes_row_by_row(tables: Tables) -> None:
    day = NOW + days(20)
    id_ = await tables.sight(day)
    assert await tables.values("SELECT id FROM inbox_default") == {id_}
    done = await tables.sweep(day)
    assert done["inbox_parts_made"] == 19 + 2 - 2  # each day up to the day after `day`, but for `day` itself
    assert await tables.values("SELECT id FROM inbox_default") == {id_}
    assert (await tables.sweep(day + days(46)))["inbox_deleted"] == 1


async def test_an_id_is_seen_whichever_part_it_stands_in(tables: Tables) -> None:
    sights = [Sight(id_at(NOW + days(n)), Place("toy.asked", 0, n)) for n in (-60, -44, 0, 1, 30)]
    for seen in ({}, {sight.id: sight for sight in sights}):
        async with tables.store.transaction() as tx:
            assert await tx.first_sights(sights) == seen
    assert len(await tables.values("SELECT DISTINCT tableoid::regclass FROM inbox")) == 4


async def test_a_week_of_the_outbox_is_dropped_but_for_what_is_pending_or_at_the_mark(tables: Tables) -> None:
    await tables.mark("toy.asked", 7)
    await tables.say_because_of(6, NOW)
    await tables.say("a request", NOW)
    kept = {
        await tables.say_because_of(7, NOW),
        await tables.say_because_of(0, NOW, topic="toy.unmarked"),
        await tables.say(await tables.pend("a request nobody heard"), NOW),
    }
    await tables.sweep(NOW + days(30))
    assert len(await tables.causes()) == 5
    assert (await tables.sweep(NOW + days(37)))["outbox_parts_dropped"] >= 1
    assert await tables.causes() == kept


async def test_what_was_kept_for_the_mark_or_a_lease_is_still_found_and_goes_once_it_is_settled(tables: Tables) -> None:
    unsure = await tables.say_because_of(7, NOW)
    await tables.say(await tables.pend("a request"), NOW)
    await tables.sweep(NOW + days(37))
    async with tables.store.transaction() as tx:
        assert [row.cause for row in await tx.stored([Sight(unsure, Place("toy.asked", 0, 7))])] == [unsure]
        await tx.mark({Partition("toy.asked", 0): 8}, {})
    assert [row.cause for row in await tables.store.lease_pending(10)] == ["a request"]
    await tables.store.published([Outgoing("a request", 0, "e", "toy.told", b"k", (), b"{}")])
    swept = await tables.sweep(NOW + days(44))
    assert (swept["outbox_deleted"], swept["outbox_batches_deleted"]) == (1, 1)
    assert await tables.causes() == set()


async def test_an_outside_id_is_known_for_forty_five_days(tables: Tables) -> None:
    await tables.sight_outside("toy.outside/old", NOW - days(1))
    await tables.sight_outside("toy.outside/new", NOW)
    assert (await tables.sweep(NOW + days(44.5)))["inbox_outside_deleted"] == 1
    assert await tables.values("SELECT id FROM inbox_outside") == {"toy.outside/new"}


async def test_many_rows_go_in_many_small_statements(tables: Tables) -> None:
    rows = [(f"toy.outside/{n}", b"h" * 16, "toy.outside", 0, n) for n in range(3500)]
    columns = ["id", "body_hash", "topic", "partition", "offset"]
    await tables.conn.copy_records_to_table("inbox_outside", records=rows, columns=columns)
    assert (await tables.sweep(NOW + days(46)))["inbox_outside_deleted"] == 3500


async def test_a_reply_is_remembered_for_seven_days(tables: Tables) -> None:
    keep = "INSERT INTO idempotency VALUES ($1, 'h', 201, '{}', $2)"
    await tables.conn.execute(keep, "old", NOW - days(7.1))
    await tables.conn.execute(keep, "new", NOW - days(6.9))
    assert (await tables.sweep(NOW))["replies_deleted"] == 1
    assert await tables.values("SELECT key FROM idempotency") == {"new"}


async def test_what_became_of_a_replay_is_kept_for_90_days(tables: Tables) -> None:
    keep = "INSERT INTO replay_result (replay_id, item, outcome, at) VALUES ('job', $1, 'done', $2)"
    await tables.conn.execute(keep, "old", NOW - days(90.1))
    await tables.conn.execute(keep, "new", NOW - days(89.9))
    assert (await tables.sweep(NOW))["replay_results_deleted"] == 1
    assert await tables.values("SELECT item FROM replay_result") == {"new"}


async def test_an_effect_is_never_done_twice_and_what_it_said_of_a_person_goes_once_it_happened(tables: Tables) -> None:
    states = {"confirmed": '{"to": "kim"}', "failed": '{"to": "lee"}', "unknown": '{"to": "han"}'}
    for state, payload in states.items():
        sql = (
            "INSERT INTO effect (key, kind, order_id, payload, state, created_at) VALUES ($1, 'mail', 'o', $2, $1, $3)"
        )
        await tables.conn.execute(sql, state, payload, NOW)
    assert (await tables.sweep(NOW + days(44)))["effects_emptied"] == 0
    assert (await tables.sweep(NOW + days(46)))["effects_emptied"] == 1
    assert (await tables.sweep(NOW + days(46)))["effects_emptied"] == 0
    rows = await tables.conn.fetch("SELECT key, payload FROM effect")
    assert {row["key"]: row["payload"] for row in rows} == states | {"confirmed": "{}"}
    async with tables.store.transaction() as tx:
        assert await tx.intend([Effect("confirmed", "mail", "o", {"to": "kim"})], NOW) == set()
    assert await tables.values("SELECT state FROM effect WHERE key = 'confirmed'") == {"confirmed"}


async def test_what_was_parked_goes_ninety_days_after_it_was_settled_and_never_before(tables: Tables) -> None:
    put = """
        INSERT INTO parked (topic, partition, "offset", recorded_at, headers, error_class, reason, state, settled_at)
        VALUES ('t', 0, $1, 0, '[]', 'bug', 'why', $2, $3) RETURNING parked_id
    """
    rows = [("parked", None), ("retried", NOW - days(91)), ("discarded", NOW - days(91)), ("amended", NOW - days(89))]
    ids = [await tables.conn.fetchval(put, n, *row) for n, row in enumerate(rows)]
    for parked_id in [*ids, None]:
        sql = "INSERT INTO operator_act (act, parked_id, actor) VALUES ('retry', $1, 'kim')"
        await tables.conn.execute(sql, parked_id)
    assert (await tables.sweep(NOW))["parked_deleted"] == 2
    assert await tables.values("SELECT state FROM parked") == {"parked", "amended"}
    acts = await tables.values("SELECT coalesce(parked_id, 0) FROM operator_act")
    assert acts == {"0", str(ids[0]), str(ids[3])}


async def test_only_one_replica_sweeps(tables: Tables) -> None:
    other = await asyncpg.connect(tables.dsn)
    again = await asyncpg.connect(tables.dsn)
    results = await asyncio.gather(*(Tables(tables.dsn, c, tables.store).sweep(NOW + days(46)) for c in (other, again)))
    assert sorted(bool(result) for result in results) == [False, True]
    assert (await tables.sweep(NOW + days(46))).get("inbox_parts_dropped", 0) == 0
    await other.close()
    await again.close()


async def test_a_part_that_somebody_reads_is_left_to_the_next_sweep(tables: Tables) -> None:
    await tables.sight(NOW)
    reader = await asyncpg.connect(tables.dsn)
    async with reader.transaction():
        await reader.fetch("SELECT count(*) FROM inbox")
        done = await tables.sweep(NOW + days(46))
        assert done["gave_up"] == 2  # nothing was made of days to come, nothing dropped: one try of each
        assert {"inbox_parts_made", "inbox_parts_dropped"}.isdisjoint(done)
    assert (await tables.sweep(NOW + days(46)))["inbox_parts_dropped"] > 0
    assert await tables.values("SELECT id FROM inbox") == set()
    await reader.close()


async def test_batches_go_on_while_parts_come_and_go(tables: Tables) -> None:
    stop = asyncio.Event()
    ids: list[str] = []
    offsets = count()

    async def batches() -> float:
        longest, loop = 0.0, asyncio.get_running_loop()
        while not stop.is_set():
            began = loop.time()
            at = next(offsets)
            sights = sorted((Sight(id_at(NOW), Place("toy.asked", 0, at)) for _ in range(50)), key=lambda s: s.id)
            rows = tuple(Outgoing(s.id, 0, "e", "toy.told", b"k", (), b"{}") for s in sights)
            async with tables.store.transaction() as tx:
                assert await tx.first_sights(sights) == {}
                await tx.add_batches([OutboxBatch(Partition("toy.asked", 0), at, at, rows)])
                await tx.mark({}, {Partition("toy.asked", 0): 1})
            ids.extend(s.id for s in sights)
            longest = max(longest, loop.time() - began)
        return longest

    running = [asyncio.create_task(batches()) for _ in range(2)]
    done = [await tables.sweep(NOW + days(n)) for n in range(0, 40, 3)]
    stop.set()
    assert max(await asyncio.gather(*running)) < 5
    assert sum(one.get("inbox_parts_made", 0) for one in done) >= 30
    assert sum(one.get("outbox_parts_dropped", 0) for one in done) >= 4
    assert await tables.values("SELECT id FROM inbox") == set(ids)
