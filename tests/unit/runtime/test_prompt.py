"""Nobody waits for a broker that is away, and what is committed is said in any case."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from service_runtime.infrastructure import Infrastructure
from service_runtime.prompt import PUBLISHER, Prompt


class Broker:
    """A log that acknowledges once it may, and a store that keeps what is still pending."""

    def __init__(self) -> None:
        self.here = asyncio.Event()
        self.said: list[Any] = []
        self.pending: list[Any] = []

    async def publish(self, rows: list[Any]) -> None:
        await self.here.wait()
        self.said += rows

    async def published(self, rows: list[Any]) -> None:
        for row in rows:
            self.pending.remove(row)


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def prompt(broker: Broker) -> Prompt:
    return Prompt(SimpleNamespace(log=broker, store=broker), Infrastructure(), patience_s=0.02)


async def test_what_is_acknowledged_in_time_is_pending_no_more(prompt: Prompt, broker: Broker):
    broker.here.set()
    broker.pending = ["row"]
    await prompt.publish(["row"], "point")
    assert (broker.said, broker.pending) == (["row"], [])


async def test_who_waits_too_long_goes_and_the_publishing_goes_on(prompt: Prompt, broker: Broker):
    broker.pending = ["row"]
    await prompt.publish(["row"], "point")
    assert (broker.said, broker.pending, prompt.infrastructure.away) == ([], ["row"], [PUBLISHER])
    broker.here.set()
    await asyncio.gather(*prompt.going_on)
    assert (broker.said, broker.pending, prompt.going_on) == (["row"], [], set())


async def test_once_the_broker_is_seen_to_be_away_nobody_waits_and_nothing_piles_up(prompt: Prompt, broker: Broker):
    await prompt.publish(["first"], "point")
    for n in range(100):
        await prompt.publish([n], "point")
    assert len(prompt.going_on) == 1
    prompt.infrastructure.well(PUBLISHER)
    broker.here.set()
    broker.pending = ["first", "later"]
    await prompt.publish(["later"], "point")
    assert broker.said == ["first", "later"]


async def test_a_mistake_of_ours_is_raised_where_somebody_waits(prompt: Prompt, broker: Broker):
    async def wrong(_: list[Any]) -> None:
        raise ValueError("a bug")

    broker.publish = wrong
    with pytest.raises(ValueError, match="a bug"):
        await prompt.publish(["row"], "point")
