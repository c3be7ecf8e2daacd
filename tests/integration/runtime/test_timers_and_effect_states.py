"""Timers fire once, at their time, with their order's lock; every state of an effect is said on its topic."""

from datetime import timedelta

import orjson
import pytest

from order_events import Cause, Event
from post import Post
from running_services import eventually, read_all, running
from service_runtime import Answers, Batch, Effect, Retry, Timer, Work, fires
from service_runtime.acts import act
from service_runtime.service import Running, Service
from toy import HANDLERS, Told
from toy_service import Toy, ask

fired: list[str] = []


@fires("remind")
async def on_reminders(batch: Batch[Timer], work: Work) -> Answers:
    """Say it; `again` asks for another try, `bug` raises."""
    if any(event.body.key == "bug" for event in batch):
        raise KeyError("bug")
    later = {event.id: Retry("not yet") for event in batch if event.body.key == "again" and "again" not in fired}
    fired.extend(event.body.key for event in batch)
    for n, event in enumerate(event for event in batch if event.id not in later):
        work.emit(Event(Told(order_id=event.order_id, count=n), 100 + len(fired) + n, event.cause))
    return Answers.but(batch, later)


def service(toy: Toy) -> Service:
    return Service("toy", toy.settings, [*HANDLERS, on_reminders])


async def set_timer(it: Running, key: str, in_s: float, order_id: str = "a") -> None:
    async def decide(work: Work) -> None:
        work.set_timer(Timer(key, "remind", order_id, work.now + timedelta(seconds=in_s)))

    await act(it.protocol, [order_id], decide)


@pytest.fixture(autouse=True)
def nothing_fired() -> None:
    fired.clear()


async def test_a_timer_fires_once_and_what_it_says_is_said(toy: Toy) -> None:
    async with running(service(toy)) as it:
        await set_timer(it, "far", 3600)
        await set_timer(it, "near", 0.3)
        await set_timer(it, "moved", 20)
        await set_timer(it, "moved", 3600)
        await eventually(lambda: fired == ["near"])
        await eventually(
            lambda: toy.holds("SELECT array_agg(key ORDER BY key) = '{far,moved}' FROM timer WHERE kind = 'remind'")
        )
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
    assert len(await toy.told()) == 1


async def test_a_timer_of_a_blocked_order_waits_for_it(toy: Toy) -> None:
    async with running(service(toy)) as it:
        await toy.send(ask("a", 1, failures=2))
        await eventually(lambda: toy.holds("SELECT EXISTS (SELECT FROM blocked)"))
        await set_timer(it, "behind", 0)
        await set_timer(it, "free", 0, "b")
        await eventually(lambda: fired == ["free"])
        await eventually(lambda: fired == ["free", "behind"])
        assert await toy.counts_are({"a": [1]})


async def test_a_timer_that_asks_for_another_try_is_set_again_and_one_with_a_bug_is_put_off(toy: Toy) -> None:
    async with running(service(toy)) as it:
        for key in ("again", "bug", "good"):
            await set_timer(it, key, 0, f"order of {key}")
        await eventually(lambda: "good" in fired)
        await eventually(lambda: toy.holds("SELECT count(*) = 2 FROM timer WHERE kind = 'remind'"))
        await eventually(lambda: toy.holds("SELECT due_at > now() + interval '50 m' FROM timer WHERE key = 'bug'"))
        assert await toy.holds("SELECT due_at > now() + interval '20 s' FROM timer WHERE key = 'again'")


async def test_every_state_of_an_effect_is_said_and_its_lease_before_the_call(toy: Toy) -> None:
    post = Post(["ref"])
    seen_before_the_call: list[str] = []
    perform = post.perform

    async def performed(effect: Effect) -> str:
        seen_before_the_call.extend(state for _, state in await states(toy))
        return await perform(effect)

    post.perform = performed  # type: ignore[method-assign]
    async with running(toy.service(effects={"post": post})) as it:

        async def decide(work: Work) -> None:
            work.intend(Cause("k", work.now), Effect("k", "post", "a", {}))

        await act(it.protocol, ["a"], decide)
        await eventually(lambda: toy.holds("SELECT state = 'confirmed' FROM effect"))
        await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))
    assert await states(toy) == [(1, "intent"), (2, "leased"), (3, "confirmed")]
    assert seen_before_the_call[-1] == "leased"


async def states(toy: Toy) -> list[tuple[int, str]]:
    records = await read_all(toy.platform, toy.prefix + "toy.effects")
    read = [(int(dict(r.headers)["x-aggregate-version"]), orjson.loads(r.value)["state"]) for r in records]
    return sorted(set(read))
