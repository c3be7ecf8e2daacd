"""Requests that come together, on real Kafka and PostgreSQL: one transaction, an answer for each, nothing twice."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import asyncpg
import pytest

from order_events import Cause, Event
from running_services import eventually
from service_runtime import Reply, Work, grouping
from service_runtime.http import Acting
from service_runtime.outgoing import EventTooLargeError
from service_runtime.ports import Outgoing
from service_runtime.running import Running
from service_runtime.service import run_service
from toy import SQL, Told
from toy_service import Toy


@dataclass
class Wish:
    """What a request wants, and what goes wrong with it."""

    order_id: str
    cause: Cause
    error: Exception | None = None


@dataclass
class Door:
    """A running toy, its requests, and a gate that holds the first of them until the others are there."""

    it: Running
    groups: list[list[str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._decide = self.decide  # one function, as a service's module has it

    async def decide(self, work: Work, wishes: Sequence[Wish]) -> list[Reply]:
        self.groups.append([wish.order_id for wish in wishes])
        await self.gate.wait()
        for wish in wishes:
            if wish.error:
                raise wish.error
        rows = await work.conn.fetch(SQL.count, [wish.order_id for wish in wishes], [1] * len(wishes))
        counts = {row["order_id"]: row["count"] for row in rows}
        for wish in wishes:
            count = counts[wish.order_id]
            work.emit(Event(Told(order_id=wish.order_id, count=count), count, wish.cause))
        return [Reply(201, {"order": wish.order_id, "count": counts[wish.order_id]}) for wish in wishes]

    async def ask(self, order: str, key: str | None = None, body: bytes = b"", error: Exception | None = None) -> Reply:
        """As a request does; without a key, its cause is its own."""
        cause = Cause(f"key {key}" if key else f"request {uuid4()}", datetime.now(UTC))
        act = Acting(self.it, cause, sha256(body).digest() if key else None)
        return await act.together([order], Wish(order, cause, error), self._decide)

    async def together(self, *asks: Coroutine[None, None, Reply]) -> list[Reply | BaseException]:
        """One request first; these come while it is in work, and so are together. What they are answered."""
        first = asyncio.create_task(self.ask("first"))
        await eventually(lambda: self.groups)
        tasks = [asyncio.create_task(ask) for ask in asks]
        await asyncio.sleep(0.01)
        assert self.groups == [["first"]]
        self.gate.set()
        await first
        return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def door(toy: Toy) -> AsyncIterator[Door]:
    async with run_service(toy.service()) as it:
        yield Door(it)


def taken(order: str, count: int = 1) -> Reply:
    return Reply(201, {"order": order, "count": count})


async def all_said(toy: Toy) -> None:
    await eventually(lambda: toy.holds("SELECT NOT EXISTS (SELECT FROM outbox_pending)"))


async def test_who_comes_together_is_one_transaction_and_each_has_its_own_answer(toy: Toy, door: Door):
    orders = [f"o{n}" for n in range(20)]
    answers = await door.together(*[door.ask(order, key=order) for order in orders])
    assert answers == [taken(order) for order in orders]
    assert door.groups == [["first"], orders]
    assert await toy.holds("SELECT count(DISTINCT xmin::text) = 2 FROM counted")
    assert len({dict(r.headers)["ce_id"] for r in await toy.told()}) == len(await toy.told()) == 21
    await all_said(toy)


async def test_a_lone_request_waits_for_nobody(door: Door):
    door.gate.set()
    async with asyncio.timeout(2):
        assert await door.ask("a") == taken("a")
        assert await door.ask("a") == taken("a", 2)


async def test_the_same_key_twice_at_once_is_done_once_and_answered_alike(toy: Toy, door: Door):
    answers = await door.together(door.ask("a", key="k"), door.ask("a", key="k"), door.ask("b", key="k", body=b"other"))
    assert answers[:2] == [taken("a"), taken("a")]
    assert isinstance(answers[2], Reply)
    assert (answers[2].status, answers[2].body["problems"][0]["rule"]) == (422, "other_body")
    assert await toy.counts() == {"first": [1], "a": [1]}


async def test_the_same_order_twice_at_once_is_decided_one_after_the_other(toy: Toy, door: Door):
    answers = await door.together(door.ask("a", key="k1"), door.ask("b"), door.ask("a", key="k2"))
    assert answers == [taken("a"), taken("b"), taken("a", 2)]
    assert door.groups == [["first"], ["a", "b"], ["a"]]


@pytest.mark.parametrize("error", [KeyError("a bug"), asyncpg.LockNotAvailableError("it was held too long")])
async def test_what_fails_for_one_fails_for_one(toy: Toy, door: Door, error: Exception):
    asks = [door.ask("a", key="a"), door.ask("bad", key="bad", error=error), door.ask("c")]
    answers = await door.together(*asks)
    assert answers == [taken("a"), error, taken("c")]
    assert await toy.counts() == {"first": [1], "a": [1], "c": [1]}
    assert await door.ask("bad", key="bad") == taken("bad")
    assert sorted(json.loads(record.value)["order_id"] for record in await toy.told()) == ["a", "bad", "c", "first"]


async def test_an_event_too_large_fails_who_says_it_alone(toy: Toy, door: Door, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service_runtime.outgoing.LARGEST_EVENT", 200)
    large = "long" * 100
    answers = await door.together(door.ask("a"), door.ask(large), door.ask("c"))
    assert (answers[0], answers[2]) == (taken("a"), taken("c"))
    assert isinstance(answers[1], EventTooLargeError)
    assert await toy.counts() == {"first": [1], "a": [1], "c": [1]}


async def test_a_database_that_is_away_is_told_to_all_and_nothing_is_tried_twice(toy: Toy, door: Door):
    away = asyncpg.CannotConnectNowError("starting up")
    answers = await door.together(door.ask("a", error=away), door.ask("b"))
    assert answers == [away, away]
    assert door.groups == [["first"], ["a", "b"]]
    assert await door.ask("b") == taken("b")


async def test_killed_after_commit_all_of_the_group_are_relayed_and_remembered(
    toy: Toy, door: Door, monkeypatch: pytest.MonkeyPatch
):
    door.gate.set()
    with monkeypatch.context() as patched:
        patched.setattr(door.it.log, "publish", is_killed)
        asks = [door.ask(order, key=order) for order in "abc"]
        assert [type(one) for one in await asyncio.gather(*asks, return_exceptions=True)] == [KilledError] * 3
    assert door.groups == [["a", "b", "c"]]
    assert [await door.ask(order, key=order) for order in "abc"] == [taken(order) for order in "abc"]
    await all_said(toy)
    assert await toy.counts() == {order: [1] for order in "abc"}
    assert len({dict(r.headers)["ce_id"] for r in await toy.told()}) == 3


class KilledError(Exception):
    """Stands for the end of the process."""


async def is_killed(_: object) -> None:
    raise KilledError


async def test_the_next_group_is_decided_while_one_is_published_and_published_after_it(
    toy: Toy, door: Door, monkeypatch: pytest.MonkeyPatch
):
    door.gate.set()
    publish, acknowledged = door.it.log.publish, asyncio.Event()
    said: list[str] = []

    async def slowly(rows: Sequence[Outgoing]) -> None:
        said.extend(row.key.decode() for row in rows if row.key)
        await acknowledged.wait()
        await publish(rows)

    monkeypatch.setattr(door.it.log, "publish", slowly)
    tasks = []
    for order in "abc":
        tasks.append(asyncio.create_task(door.ask(order)))
        await eventually(lambda: toy.holds(f"SELECT count(*) >= {min(len(tasks), 2)} FROM counted"))
    await asyncio.sleep(0.1)
    assert (sorted(await toy.counts()), said) == (["a", "b"], ["a"])
    acknowledged.set()
    assert await asyncio.gather(*tasks) == [taken(order) for order in "abc"]
    assert said == ["a", "b", "c"]


async def test_who_hangs_up_before_its_turn_is_left_out_and_in_the_midst_of_it_fails_nobody(toy: Toy, door: Door):
    first = asyncio.create_task(door.ask("first"))
    await eventually(lambda: door.groups)
    gone, neighbour = asyncio.create_task(door.ask("gone")), asyncio.create_task(door.ask("neighbour"))
    await asyncio.sleep(0.01)
    gone.cancel()
    first.cancel()
    door.gate.set()
    assert await neighbour == taken("neighbour")
    assert await toy.counts() == {"first": [1], "neighbour": [1]}


async def test_where_too_many_wait_the_next_is_told_when_to_come_again(door: Door, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grouping, "MOST_UNANSWERED", 3)
    answers = await door.together(door.ask("a"), door.ask("b"), door.ask("c", key="c"))
    assert answers[:2] == [taken("a"), taken("b")]
    assert isinstance(answers[2], Reply)
    assert (answers[2].status, answers[2].response().headers["retry-after"]) == (503, "1")
    assert await door.ask("c", key="c") == taken("c")


async def test_a_service_that_stops_answers_nobody_it_has_not_done(toy: Toy):
    async with run_service(toy.service()) as it:
        stopping = Door(it)
        tasks = [asyncio.create_task(stopping.ask("a"))]
        await eventually(lambda: stopping.groups)
        tasks.append(asyncio.create_task(stopping.ask("b")))
        await asyncio.sleep(0.01)
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [asyncio.CancelledError] * 2
    assert await toy.counts() == {}
