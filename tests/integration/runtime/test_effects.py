"""The effects ledger on real PostgreSQL: at most one confirmed effect per key, and no silent unknown."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from order_events import Cause
from post import Post
from running_services import eventually, running
from service_runtime import Effect, EffectFailed, EffectRefusedForNow, EffectUnknown, Work, acts, effects
from service_runtime.acts import act
from service_runtime.effects import AT_ONCE, EffectWorker
from service_runtime.service import Running
from toy_service import Toy


async def intend(it: Running, *keys: str) -> None:
    async def decide(work: Work) -> None:
        for key in keys:
            work.intend(Cause(key, work.now), Effect(key, "post", "a", {"to": "b"}))

    await act(it.protocol, ["a"], decide)


def state(toy: Toy, state: str) -> bool:
    return toy.holds(f"SELECT state = '{state}' FROM effect")


async def lease_runs_out(toy: Toy) -> None:
    await toy.db.execute("UPDATE effect SET lease_until = now() - interval '1 s' WHERE state = 'leased'")


async def test_an_effect_intended_twice_is_done_once_and_announced(toy: Toy) -> None:
    post = Post(["ref-1", "ref-2"])
    async with running(toy.service(effects={"post": post})) as it:
        await intend(it, "k")
        await intend(it, "k")
        await eventually(lambda: state(toy, "confirmed"))
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
    assert post.calls == ["k"]
    assert len(await toy.told()) == 1


async def test_what_comes_of_an_effect_is_said_in_the_trace_of_what_wanted_it(toy: Toy) -> None:
    async def decide(work: Work) -> None:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        work.intend(Cause("k", work.now, trace), Effect("k", "post", "a", {}))

    async with running(toy.service(effects={"post": Post([EffectUnknown("time-out"), "unused"], found="ref")})) as it:
        await act(it.protocol, ["a"], decide)
        await eventually(lambda: state(toy, "leased"))
        await lease_runs_out(toy)
        await eventually(lambda: state(toy, "confirmed"))
        await eventually(toy.told)
    (told,) = await toy.told()
    assert dict(told.headers)["traceparent"][3:35] == b"4bf92f3577b34da6a3ce929d0e0e4736"


async def test_one_refused_for_good_has_failed(toy: Toy) -> None:
    post = Post([EffectFailed("no such box")])
    async with running(toy.service(effects={"post": post})) as it:
        await intend(it, "k")
        await eventually(lambda: state(toy, "failed"))
    assert await toy.holds("SELECT reason = 'no such box' FROM effect")


async def test_one_refused_for_now_is_tried_again(toy: Toy) -> None:
    post = Post([EffectRefusedForNow("greylisted"), "ref"])
    async with running(toy.service(effects={"post": post})) as it:
        await intend(it, "k")
        await eventually(lambda: state(toy, "confirmed"))
    assert post.calls == ["k", "k"]


@pytest.mark.parametrize(
    ("post", "ends", "calls"),
    [
        (Post([EffectUnknown("cut off")], found="ref"), "confirmed", 1),
        (Post([EffectUnknown("cut off"), "ref"], found=None), "confirmed", 2),
        (Post([EffectUnknown("cut off")], can_find=False), "unknown", 1),
    ],
    ids=["found", "not found", "cannot be found"],
)
async def test_an_unknown_outcome_is_looked_up_before_it_is_done_again(
    toy: Toy, post: Post, ends: str, calls: int
) -> None:
    async with running(toy.service(effects={"post": post})) as it:
        await intend(it, "k")
        await eventually(lambda: len(post.calls) == 1)
        assert await state(toy, "leased")
        await lease_runs_out(toy)
        await eventually(lambda: state(toy, ends))
    assert len(post.calls) == calls
    assert len(post.outcomes) == 1


async def test_a_lease_that_grew_old_before_the_call_is_looked_up_and_not_called(toy: Toy) -> None:
    """A process that was stopped between lease and call must not call when it goes on: somebody else may have."""
    post = Post([], found="ref")
    async with running(toy.service()) as it:
        worker = EffectWorker(it.protocol, it.store, {"post": post})
        await intend(it, "k")
        [leased] = await act(it.protocol, [], lambda work: worker._lease(work, 1, time.monotonic()))
        late = replace(leased, call_before=time.monotonic() - 1)
        assert await worker._perform(late) is None
        assert post.calls == []
        await lease_runs_out(toy)
        assert await worker.look_up_expired() == 1
        assert await state(toy, "confirmed")


async def test_a_slow_call_holds_nobody_up_and_no_more_are_in_hand_than_a_kill_may_leave(toy: Toy) -> None:
    under_way, most, go_on = 0, 0, asyncio.Event()

    class Slow(Post):
        async def perform(self, effect: Effect) -> str:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await (go_on.wait() if effect.key == "k0" else asyncio.sleep(0.01))
            under_way -= 1
            return "ref"

    count = 4 * AT_ONCE
    async with running(toy.service(effects={"post": Slow([])})) as it:
        await intend(it, *[f"k{n}" for n in range(count)])
        await eventually(lambda: toy.holds(f"SELECT count(*) = {count - 1} FROM effect WHERE state = 'confirmed'"))
        assert await toy.holds("SELECT state = 'leased' FROM effect WHERE key = 'k0'")
        go_on.set()
        await eventually(lambda: toy.holds("SELECT bool_and(state = 'confirmed' AND attempts = 1) FROM effect"))
    assert most <= AT_ONCE


async def test_what_has_ended_is_settled_and_as_much_leased_in_one_transaction(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    transacted, transactions = effects.transacted, []

    async def counted(protocol: Any, names: Any, decide: Any) -> Any:
        transactions.append(names)
        return await transacted(protocol, names, decide)

    monkeypatch.setattr(effects, "transacted", counted)
    async with running(toy.service(effects={"post": Post(["ref"] * 4 * AT_ONCE)})) as it:
        await intend(it, *[f"k{n}" for n in range(4 * AT_ONCE)])
        await eventually(lambda: toy.holds("SELECT bool_and(state = 'confirmed' AND attempts = 1) FROM effect"))
    assert len(transactions) <= 6


async def test_nothing_is_called_before_its_lease_is_acknowledged_nor_settled_before_its_call(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The points a crash may come at, in the one sequence in which the look-up can mend what it leaves."""
    course: list[str] = []
    acknowledged = effects.acknowledged

    async def noted(*given: Any) -> None:
        await acknowledged(*given)
        course.append("acknowledged")

    class Noting(Post):
        async def perform(self, effect: Effect) -> str:
            course.append("call")
            return await super().perform(effect)

    for module in (acts, effects):
        monkeypatch.setattr(module, "failpoint", lambda name: course.append(name) if "effect" in name else None)
    monkeypatch.setattr(effects, "acknowledged", noted)
    async with running(toy.service(effects={"post": Noting(["ref"] * (AT_ONCE + 1))})) as it:
        await intend(it, *[f"k{n}" for n in range(AT_ONCE + 1)])
        await eventually(lambda: toy.holds("SELECT bool_and(state = 'confirmed') FROM effect"))
    settled = ["effect_after_call", "effect_after_commit", "acknowledged"]
    assert course == [
        *("effect_lease_after_commit", "acknowledged", "effect_after_intent"),
        *["call"] * AT_ONCE,
        *settled,
        *("effect_after_intent", "call"),
        *settled,
    ]


async def test_an_outcome_that_cannot_be_stored_yet_is_kept_and_stored(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, write, tries = Post(["ref"], can_find=False), effects._write, []

    async def written(*given: Any) -> Any:
        tries.append(given)
        if len(tries) < 3:
            raise asyncpg.CannotConnectNowError("starting up")
        return await write(*given)

    monkeypatch.setattr(effects, "_write", written)
    async with running(toy.service(effects={"post": post})) as it:
        await intend(it, "k")
        await eventually(lambda: state(toy, "confirmed"))
    assert (post.calls, len(tries)) == (["k"], 3)


async def test_a_port_that_cannot_reach_its_provider_leaves_the_effect_to_the_look_up(toy: Toy) -> None:
    post = Post([ConnectionResetError("gone"), "ref"], found="found")
    async with running(toy.service(effects={"post": post})) as it:
        await intend(it, "k")
        await eventually(lambda: post.calls)
        await intend(it, "other")
        await eventually(lambda: toy.holds("SELECT state = 'confirmed' FROM effect WHERE key = 'other'"))
        await lease_runs_out(toy)
        await eventually(lambda: toy.holds("SELECT provider_ref = 'found' FROM effect WHERE key = 'k'"))
    assert post.calls == ["k", "other"]


async def test_a_graceful_stop_stores_what_was_done_outside(toy: Toy) -> None:
    post = Post(["ref"], slow_s=0.5)
    async with running(toy.service(effects={"post": post})) as it:
        await intend(it, "k")
        await eventually(lambda: post.calls)
    assert await state(toy, "confirmed")
