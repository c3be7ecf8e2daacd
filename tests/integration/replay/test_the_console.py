"""The console on real Kafka and PostgreSQL, with a toy service: a preview touches nothing, a job does each item once."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from pydantic import SecretStr

from baesong.platform_only import Platform
from console.settings import Settings
from replay_console import Operator, console, console_settings, served_at_a_door
from running_services import Raw, eventually, read_all, said
from service_runtime.past import Past
from toy import Asked
from toy_service import Toy, ask

TOO_LARGE = 10**12


@pytest.fixture
async def told(toy: Toy, platform: Platform) -> AsyncIterator[Settings]:
    """A console's settings; the toy runs, and the console knows its door."""
    async with served_at_a_door(toy.service()) as url:
        yield console_settings(toy, await platform.database(f"console_{uuid4().hex[:8]}"), {"toy": url})


@pytest.fixture
async def operator(told: Settings) -> AsyncIterator[Operator]:
    async with console(told) as found:
        yield found


async def as_it_is(toy: Toy) -> dict[str, int]:
    """How many rows each table of the toy has, and each topic."""
    tables = [r["relname"] for r in await toy.db.fetch("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
              "AND relnamespace = 'public'::regnamespace AND NOT relispartition")]  # fmt: skip
    rows = {name: await toy.db.fetchval(f'SELECT count(*) FROM "{name}"') for name in sorted(tables)}
    topics = [f"{name}{end}" for name in ("toy.asked", "toy.told", "toy.outside") for end in ("", ".replay", ".dlq")]
    return rows | {topic: len(await read_all(toy.platform, toy.prefix + topic)) for topic in topics}


async def test_a_preview_says_what_would_happen_and_touches_nothing(toy: Toy, operator: Operator) -> None:
    await toy.send(*[ask(name, n) for name in "abc" for n in (1, 2)], said(Asked(order_id="d", n=TOO_LARGE), 1, "bug"))
    await eventually(lambda: toy.counts_are({name: [1, 2] for name in "abc"}))
    await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM parked"))
    before = await as_it_is(toy)
    job = await operator.new(topic="toy.asked")
    assert job["state"] == "ready", job
    preview = job["preview"]
    assert preview["records"] == 7
    assert preview["by_status"] == {"toy": {"done": 6, "parked": 1}}
    assert preview["would_run"] == {"toy": 1}
    assert preview["rehearsed"] == {"toy": {"parked": 1}}
    assert preview["effects"] == {}
    assert len(preview["samples"]) == 7
    assert preview["obstacles"] == []
    assert await as_it_is(toy) == before


def with_headers(order: str, many: int) -> Raw:
    """Asked for with so many headers more, the first of which has no value."""
    topic, key, value, headers = ask(order, 1)
    return topic, key, value, [*headers, *((f"x{n}", b"v" if n else None) for n in range(many))]


async def test_a_record_of_odd_headers_is_rehearsed_and_one_nobody_takes_is_counted(
    toy: Toy, operator: Operator
) -> None:
    await toy.send(with_headers("a", 1), with_headers("b", 200))
    await eventually(lambda: toy.holds("SELECT count(*) = 2 FROM counted"))
    await toy.db.execute("DELETE FROM inbox; DELETE FROM counted")
    preview = (await operator.new(topic="toy.asked"))["preview"]
    assert (preview["rehearsed"], preview["not_rehearsed"]) == ({"toy": {"handled": 2}}, 0)
    await toy.send(with_headers("c", 1001))
    await eventually(lambda: toy.holds("SELECT count(*) = 1 FROM counted"))
    await toy.db.execute("DELETE FROM inbox; DELETE FROM counted")
    job = await operator.new(topic="toy.asked")
    assert (job["state"], job["preview"]["not_rehearsed"]) == ("ready", 3)


async def test_a_job_sends_each_record_and_ends_with_a_result_for_each(toy: Toy, operator: Operator) -> None:
    await toy.send(*[ask(f"o{n}", 1) for n in range(60)])
    await eventually(lambda: toy.counts_are({f"o{n}": [1] for n in range(60)}))
    job = await operator.new(topic="toy.asked", rate=5000)
    await operator.act(job, "apply")
    done = await operator.at_rest(job["replay_id"], ("done",))
    assert done["outcomes"] == {"toy": {"done": 60}}
    assert done["items"] == {"settled": 60}
    report = await operator.report(job["replay_id"])
    assert [one["n"] for one in report["items"]] == list(range(1, 61))
    assert {one["outcomes"]["toy"]["outcome"] for one in report["items"]} == {"done"}
    assert len(await toy.told()) == 60
    again = await operator.http.post(f"/replays/{job['replay_id']}/apply", json={"actor": "kim"})
    assert again.status_code == 409
    assert "it is done" in again.text


async def test_what_is_parked_is_picked_by_its_error_class_and_parked_again_is_told(
    toy: Toy, operator: Operator
) -> None:
    bugs = [said(Asked(order_id=f"bad{n}", n=TOO_LARGE), 1, f"bug {n}") for n in range(5)]
    await toy.send(*bugs, *[ask(f"o{n}", 1) for n in range(20)])
    await eventually(lambda: toy.holds("SELECT count(*) = 5 FROM parked"))
    job = await operator.new(error_class="bug")
    assert job["preview"]["records"] == 5, job
    await operator.act(job, "apply")
    done = await operator.at_rest(job["replay_id"], ("done",))
    assert done["outcomes"] == {"toy": {"parked_again": 5}}
    assert await toy.holds("SELECT bool_and(times = 2) FROM parked")


async def test_what_is_said_is_written_down_before_it_is_done_and_stays(
    toy: Toy, operator: Operator, told: Settings
) -> None:
    await toy.send(ask("a", 1))
    job = await operator.new(topic="toy.asked")
    await operator.act(job, "apply", reason="because")
    done = await operator.at_rest(job["replay_id"], ("done",))
    acts = [(one["act"], one["actor"]) for one in done["acts"]]
    assert acts == [("new", "kim"), ("previewed", "console"), ("apply", "kim"), ("finish", "console")]
    db = await asyncpg.connect(told.database_url)
    for statement in ("UPDATE audit SET actor = 'eve'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.RaiseError):
            await db.execute(statement)
    await db.close()


async def counted(toy: Toy, orders: int) -> None:
    """So many orders, all done."""
    await toy.send(*[ask(f"o{n}", 1) for n in range(orders)])
    await eventually(lambda: toy.holds(f"SELECT count(*) = {orders} FROM counted"))


async def replayed(toy: Toy) -> int:
    return len(await read_all(toy.platform, toy.prefix + "toy.asked.replay"))


async def test_cancelled_it_stops_after_the_chunk_in_hand_and_resumed_it_sends_the_rest_once(
    toy: Toy, operator: Operator
) -> None:
    await counted(toy, 60)
    job = await operator.new(topic="toy.asked", rate=20)
    await operator.act(job, "apply")
    await eventually(lambda: replayed(toy))
    await operator.act(job, "cancel")
    stopped = await operator.at_rest(job["replay_id"], ("cancelled",))
    assert stopped["items"]["chosen"] > 0
    assert (await operator.one(job["replay_id"]))["says"] == "cancelled by kim"
    await operator.act(job, "resume", rate=5000)
    done = await operator.at_rest(job["replay_id"], ("done",))
    assert done["outcomes"] == {"toy": {"done": 60}}
    assert await replayed(toy) == 60


async def test_two_consoles_run_a_job_once(toy: Toy, told: Settings) -> None:
    await counted(toy, 60)
    async with console(told) as operator, console(told) as other:
        job = await operator.new(topic="toy.asked", rate=200)
        await other.act(job, "apply")
        await operator.at_rest(job["replay_id"], ("done",))
    assert await replayed(toy) == 60


async def test_a_console_that_is_gone_is_followed_by_one_that_goes_on(toy: Toy, told: Settings) -> None:
    await counted(toy, 60)
    async with console(told) as operator:
        job = await operator.new(topic="toy.asked", rate=20)
        await operator.act(job, "apply")
        await eventually(lambda: replayed(toy))
    async with console(told) as operator:
        done = await operator.at_rest(job["replay_id"], ("done",))
    assert done["outcomes"] == {"toy": {"done": 60}}
    assert 60 <= await replayed(toy) <= 64  # the chunk in hand may go twice


async def test_a_job_whose_items_fail_again_pauses_itself_and_resumed_goes_on(toy: Toy, operator: Operator) -> None:
    await toy.send(*[said(Asked(order_id=f"bad{n}", n=TOO_LARGE), 1, f"bug {n}") for n in range(49)])
    await eventually(lambda: toy.holds("SELECT count(*) = 49 FROM parked"))
    await toy.send(*[said(Asked(order_id=f"lost{n}", n=1), 1, f"lost {n}") for n in range(60)])
    await eventually(lambda: toy.holds("SELECT count(*) = 60 FROM counted"))
    await toy.db.execute("DELETE FROM inbox WHERE id NOT IN (SELECT event_id::uuid FROM parked)")
    await toy.db.execute("DELETE FROM counted")
    job = await operator.new(topic="toy.asked", rate=20)  # so slow that its results are known on the way
    await operator.act(job, "apply")
    paused = await operator.at_rest(job["replay_id"], ("paused", "done"))
    assert paused["state"] == "paused"
    assert "parked again" in paused["says"]
    await operator.act(job, "resume", rate=5000)
    done = await operator.at_rest(job["replay_id"], ("done",))
    assert done["outcomes"] == {"toy": {"parked_again": 49, "handled": 60}}


APPROVERS = {"mina": SecretStr("mina's"), "kim": SecretStr("kim's")}


async def test_a_forced_job_waits_for_another_person_s_key(toy: Toy, told: Settings) -> None:
    await counted(toy, 3)
    async with console(told.model_copy(update={"approvers": APPROVERS})) as operator:
        job = await operator.new(topic="toy.asked", mode="force", actor="eve", key="kim's")
        assert job["actor"] == "kim"
        asked = await operator.act(job, "apply", actor="eve")
        assert asked["state"] == "awaiting_approval"
        for key in ("kim's", "nobody's", None):
            url = f"/replays/{job['replay_id']}/approve"
            refused = await operator.http.post(url, json={"actor": "mina"} | ({"key": key} if key else {}))
            assert refused.status_code == 403, refused.text
        assert await replayed(toy) == 0
        await operator.act(job, "approve", actor="mina", key="mina's")
        done = await operator.at_rest(job["replay_id"], ("done",))
        assert done["approval"]["by"] == "mina"
        assert done["acts"][-2]["act"] == "approve"


async def test_a_forced_job_is_ordered_with_an_approver_s_key_and_no_other(toy: Toy, told: Settings) -> None:
    wanted = {"actor": "kim", "reason": "x", "topic": "toy.asked", "mode": "force"}
    async with console(told.model_copy(update={"approvers": APPROVERS})) as operator:
        for key in ({}, {"key": ""}, {"key": "nobody's"}):
            refused = await operator.http.post("/replays", json=wanted | key)
            assert refused.status_code == 403, refused.text
        assert (await operator.http.get("/replays")).json()["replays"] == []


async def test_alone_after_ten_minutes_it_goes_slowly_and_is_written_down(toy: Toy, told: Settings) -> None:
    await counted(toy, 3)
    settings = told.model_copy(update={"approvers": APPROVERS})
    async with console(settings) as operator:
        job = await operator.new(topic="toy.asked", mode="force", key="kim's")
        await operator.act(job, "apply")
    async with console(settings.model_copy(update={"clock_offset_s": 601.0})) as operator:
        url = f"/replays/{job['replay_id']}/approve"
        named = await operator.http.post(url, json={"actor": "kim", "alone": True})
        assert named.status_code == 403, named.text
        slow = await operator.act(job, "approve", key="kim's", alone=True)
        assert (slow["rate"], slow["approval"]["alone"]) == (10, True)
        assert "approved by kim alone, at 10 a second" in slow["says"]
        await operator.at_rest(job["replay_id"], ("running", "done", "failed"))
        acts = (await operator.one(job["replay_id"]))["acts"]
        assert [one["actor"] for one in acts if one["act"] == "alone"] == ["kim"]


async def test_what_nobody_reads_or_nobody_is_fails_with_what_to_do(toy: Toy, operator: Operator) -> None:
    await toy.send(ask("a", 1))
    await eventually(lambda: toy.counts_are({"a": [1]}))
    job = await operator.new(topic="toy.told")
    assert job["state"] == "failed"
    assert "nobody who is asked reads toy.told" in job["says"]
    assert "there is no topic toy.asks" in (await operator.new(topic="toy.asks"))["says"]
    refused = await operator.http.post(
        "/replays", json={"actor": "kim", "reason": "x", "parked": True, "services": ["x"]}
    )
    assert refused.status_code == 422
    assert "there are toy" in refused.text


async def test_the_same_request_makes_one_job(toy: Toy, operator: Operator) -> None:
    body, key = {"actor": "kim", "reason": "x", "topic": "toy.asked"}, {"Idempotency-Key": "k"}
    first = await operator.http.post("/replays", json=body, headers=key)
    second = await operator.http.post("/replays", json=body, headers=key)
    assert first.json()["replay_id"] == second.json()["replay_id"]
    assert len((await operator.http.get("/replays")).json()["replays"]) == 1


async def test_what_the_log_has_let_go_since_the_preview_is_told_as_missing(toy: Toy, operator: Operator) -> None:
    await counted(toy, 5)
    job = await operator.new(topic="toy.asked")
    async with Past(toy.platform.bootstrap, toy.prefix) as past:
        ends = await past.ends(await past.parts(["toy.asked"]))
    admin = AIOKafkaAdminClient(bootstrap_servers=toy.platform.bootstrap)
    await admin.start()
    gone = {TopicPartition(toy.prefix + part.topic, part.partition): RecordsToDelete(end) for part, end in ends.items()}
    await admin.delete_records(gone)
    await admin.close()
    await operator.act(job, "apply")
    done = await operator.at_rest(job["replay_id"], ("done",))
    assert done["outcomes"] == {"console": {"missing": 5}}
    assert await replayed(toy) == 0
