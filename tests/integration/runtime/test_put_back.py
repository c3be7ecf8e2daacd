"""A database put back to a copy made earlier: the service refuses to start, is recovered, and does nothing twice."""

from collections.abc import Sequence
from dataclasses import replace

import asyncpg
import pytest
from structlog.testing import capture_logs

from order_events import Event
from post import Post
from put_back import copied, put_back
from running_services import Raw, eventually, running, settings
from service_runtime import (
    Answers,
    Batch,
    Connection,
    Effect,
    EffectUnknown,
    Received,
    Service,
    Work,
    consumes,
    newest,
    takes_over,
)
from service_runtime.recovering import RecoveryError
from service_runtime.retained import OffsetNotInLogError
from service_runtime.service import recover, run_service
from toy import Asked, Told
from toy_service import Toy, ask


@consumes(Asked)
async def on_asks(batch: Batch[Asked], work: Work) -> Answers:
    """Tell the newest ask of each order, and post a letter for each: its key decides whether that is done already."""
    rows = await work.conn.fetch("SELECT order_id, count FROM counted WHERE order_id = ANY($1)", batch.order_ids)
    held = {row["order_id"]: row["count"] for row in rows}
    for event in batch:
        if event.version > held.get(event.order_id, 0):
            await keep(work.conn, event.order_id, event.version)
            work.emit(Event(Told(order_id=event.order_id, count=event.version), event.version, event.cause))
        work.intend(event.cause, Effect(f"{event.order_id}/{event.version}", "post", event.order_id, {"to": "b"}))
    return Answers.done(batch)


@takes_over(Told)
async def counts(conn: Connection, said: Sequence[Received[Told]]) -> int:
    for event in newest(said):
        await keep(conn, event.order_id, event.version)
    return len(newest(said))


async def keep(conn: Connection, order_id: str, count: int) -> None:
    await conn.execute(
        "INSERT INTO counted VALUES ($1, $2, '{}') ON CONFLICT (order_id) DO UPDATE SET count ="
        " greatest(counted.count, excluded.count)", order_id, count,
    )  # fmt: skip


class SilentPost(Post):
    """A post that announces nothing: what is told is told by the asks alone."""

    async def announce(self, work: Work, told: Sequence[object]) -> None:
        self.outcomes.extend(one.outcome for one in told)  # type: ignore[attr-defined]


def service(toy: Toy, post: Post | None) -> Service:
    return Service("toy", toy.settings, [on_asks], effects={"post": post} if post else {}, own=[counts])


async def states(toy: Toy) -> dict[str, str]:
    return {row["key"]: row["state"] for row in await toy.db.fetch("SELECT key, state FROM effect")}


async def handles(toy: Toy, post: Post | None, asks: Sequence[tuple[str, int]], ends: dict[str, str]) -> None:
    """The service runs, handles these asks and stops when its effects stand so."""
    async with running(service(toy, post)) as it:
        await toy.send(*(ask(order, n) for order, n in asks))

        async def as_wanted() -> bool:
            return await states(toy) == ends and not any(one.offsets.open for one in it.subscribers)

        await eventually(as_wanted)


async def copy_of(toy: Toy) -> str:
    await toy.db.close()
    copy = await copied(toy.platform.admin_dsn, toy.settings.database_url)
    toy.db = await asyncpg.connect(toy.settings.database_url)
    return copy


async def put_it_back(toy: Toy, copy: str) -> None:
    await toy.db.close()
    await put_back(toy.platform.admin_dsn, toy.settings.database_url, copy)
    toy.db = await asyncpg.connect(toy.settings.database_url)


async def refuses(toy: Toy, post: Post) -> None:
    with capture_logs() as lines, pytest.raises(OffsetNotInLogError):
        async with run_service(service(toy, post)):
            pass
    (line,) = [line for line in lines if line["log_level"] == "error"]
    assert "it was put back" in line["missing"][0]
    assert "baesong recover toy" in line["do"]


async def told_once_each(toy: Toy, wanted: set[tuple[str, int]]) -> None:
    records = await toy.told()
    ids = [dict(record.headers)["ce_id"] for record in records]
    said = [(record.key.decode(), int(dict(record.headers)["x-aggregate-version"])) for record in records]
    assert (len(set(ids)), len(said), set(said)) == (len(ids), len(ids), wanted)


async def test_what_was_told_and_done_after_the_copy_is_neither_lost_nor_done_again(toy: Toy) -> None:
    before = SilentPost(["ref-a1", "ref-b1"])
    await handles(toy, before, [("a", 1), ("b", 1)], {"a/1": "confirmed", "b/1": "confirmed"})
    copy = await copy_of(toy)
    lost = SilentPost(["ref-a2"])
    done = {"a/1": "confirmed", "b/1": "confirmed", "a/2": "confirmed"}
    await handles(toy, lost, [("a", 2)], done)
    cut_off = SilentPost([EffectUnknown("cut off")])
    await handles(toy, cut_off, [("c", 1)], {**done, "c/1": "leased"})
    await handles(toy, None, [("d", 1)], {**done, "c/1": "leased", "d/1": "intent"})
    await put_it_back(toy, copy)

    after = SilentPost(["ref-d1", "ref-e1"], found="ref-c1")
    await refuses(toy, after)
    assert await states(toy) == {"a/1": "confirmed", "b/1": "confirmed"}
    recovered = await recover(service(toy, after))
    assert recovered == {"toy.told": 4, "toy.effects": 2, "rewound": 3}
    assert await states(toy) == {**done, "c/1": "leased"}
    await handles(toy, after, [("e", 1)], dict.fromkeys([*done, "c/1", "d/1", "e/1"], "confirmed"))
    assert sorted(after.calls) == ["d/1", "e/1"]
    await told_once_each(toy, {("a", 1), ("a", 2), ("b", 1), ("c", 1), ("d", 1), ("e", 1)})


async def test_what_the_copy_means_to_do_is_not_done_again(toy: Toy) -> None:
    """It was only meant when the copy was made, and is done since: a service that begins with it does it twice."""
    await handles(toy, None, [(f"a{n}", 1) for n in range(30)], {f"a{n}/1": "intent" for n in range(30)})
    copy = await copy_of(toy)
    done = SilentPost([f"ref-{n}" for n in range(31)])
    await handles(toy, done, [("b", 1)], dict.fromkeys([*(f"a{n}/1" for n in range(30)), "b/1"], "confirmed"))
    await put_it_back(toy, copy)

    again = SilentPost([])
    await refuses(toy, again)
    await recover(service(toy, again))
    await handles(toy, again, [], dict.fromkeys([*(f"a{n}/1" for n in range(30)), "b/1"], "confirmed"))
    assert again.calls == []


async def test_what_was_meant_and_never_tried_is_not_waited_for_where_it_is_meant_otherwise_now(toy: Toy) -> None:
    """Two events read together may want one message where each wanted its own: the old key then never comes again."""
    copy = await copy_of_an_empty_one(toy)
    await handles(toy, None, [("a", 1)], {"a/1": "intent"})
    await put_it_back(toy, copy)
    await recover(service(toy, SilentPost([])))
    assert await states(toy) == {}
    post = SilentPost(["ref-a"])
    await handles(toy, post, [], {"a/1": "confirmed"})
    assert post.calls == ["a/1"]


async def test_recovering_twice_is_recovering_once(toy: Toy) -> None:
    copy = await copy_of_an_empty_one(toy)
    await handles(toy, SilentPost(["ref"]), [("a", 1)], {"a/1": "confirmed"})
    await put_it_back(toy, copy)
    post = SilentPost(["ref-b"])
    assert (await recover(service(toy, post)))["rewound"] == 1
    assert (await recover(service(toy, post)))["rewound"] == 0
    await handles(toy, post, [("b", 1)], {"a/1": "confirmed", "b/1": "confirmed"})
    assert post.calls == ["b/1"]


async def copy_of_an_empty_one(toy: Toy) -> str:
    """As it was before the service ever started: not even migrated."""
    return await copy_of(toy)


async def test_a_database_that_holds_nothing_at_all_is_noticed_and_mended(toy: Toy) -> None:
    copy = await copy_of_an_empty_one(toy)
    await handles(toy, SilentPost(["ref"]), [("a", 1)], {"a/1": "confirmed"})
    await put_it_back(toy, copy)
    post = SilentPost(["ref-a2"])
    await refuses(toy, post)
    await recover(service(toy, post))
    await handles(toy, post, [("a", 2)], {"a/1": "confirmed", "a/2": "confirmed"})
    assert post.calls == ["a/2"]
    await told_once_each(toy, {("a", 1), ("a", 2)})


async def test_a_service_that_runs_is_not_recovered_under_its_feet(toy: Toy) -> None:
    async with running(service(toy, SilentPost(["ref"]))):
        with pytest.raises(RecoveryError, match="group toy still has members: stop every toy first"):
            await recover(service(toy, SilentPost([])), patience_s=0.0)


async def test_what_nobody_here_reads_counts_as_read_and_stops_no_restart(toy: Toy) -> None:
    """Records of a type that has no handler move the offset, and the database knows of it."""
    async with running(toy.service(own=[counts])) as it:
        await toy.send(ask("a", 1))
        await toy.send(of_another_type(ask("x", 1)))
        await eventually(lambda: toy.counts_are({"a": [1]}))
        await eventually(lambda: not any(one.offsets.open for one in it.subscribers))
    async with running(toy.service()):
        await toy.send(ask("a", 2))
        await eventually(lambda: toy.counts_are({"a": [1, 2]}))


def of_another_type(record: Raw) -> Raw:
    topic, key, value, headers = record
    return topic, key, value, [(name, b"toy.other" if name == "ce_type" else said) for name, said in headers]


async def test_who_accepts_the_skip_goes_on_without_what_was_lost(toy: Toy) -> None:
    copy = await copy_of_an_empty_one(toy)
    await handles(toy, SilentPost(["ref"]), [("a", 1)], {"a/1": "confirmed"})
    await put_it_back(toy, copy)
    told = settings(toy.platform, toy.settings.database_url, toy.prefix, BAESONG_ACCEPT_SKIP=True)
    post = SilentPost(["ref-b"])
    await handles(replace(toy, settings=told), post, [("b", 1)], {"b/1": "confirmed"})
    async with running(service(toy, post)) as it:
        assert not it.waits_for()
    assert post.calls == ["b/1"]
