"""Each handler and each outside effect says, in a value beside it, what it means to be given again what it had."""

import pytest

from pipeline import SERVICES, built
from service_runtime import ByKey, ByVersion, OncePerKey, Service, consumes
from service_runtime.reading import Handler
from toy import Asked


def service_of(name: str) -> Service:
    return built(name, "127.0.0.1:1", "postgresql://nobody@127.0.0.1:1/none")


def without_meaning(handlers: list[Handler]) -> list[str]:
    return [
        str(sorted([*one.models, *one.topics]))
        for one in handlers
        if not one.timer and not isinstance(one.replay, ByVersion | ByKey)  # a timer stands on no topic
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_handler_says_what_replay_means(service: str) -> None:
    assert without_meaning(list(service_of(service).handlers)) == []


def test_a_handler_that_does_not_is_found() -> None:
    @consumes(Asked)
    async def silent(batch: object, work: object) -> None: ...

    assert without_meaning([silent]) == ["['toy.asked']"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_effect_says_what_replay_means(service: str) -> None:
    assert all(isinstance(port.replay, OncePerKey) for port in service_of(service).effects.values())
