"""The console on real Kafka and PostgreSQL, with a toy service: a preview touches nothing, a job does each item once."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from baesong.platform_only import Platform
from console.settings import Settings
from replay_console import Operator, console, console_settings, served_at_a_door
from running_services import eventually, read_all, said
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
