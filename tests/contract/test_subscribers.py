"""Every service's real `app.build()`: what it listens to, and that nothing is acknowledged before it is done."""

import pytest
from faststream import AckPolicy

from pipeline import SERVICES, built
from service_runtime import Service
from service_runtime.wiring import wired


def subscribers_of(service: Service) -> list[object]:
    return wired(service, None, _ignored, _ignored).broker.subscribers  # type: ignore[arg-type]


def _ignored(_: object) -> None:
    """Nothing runs here that could fail."""


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    return built(request.param, "127.0.0.1:1", "postgresql://nobody@127.0.0.1:1/none")


async def test_every_subscriber_acknowledges_by_hand_and_reads_from_the_beginning(service: Service) -> None:
    subscribers = subscribers_of(service)
    assert subscribers
    for subscriber in subscribers:
        assert subscriber.ack_policy is AckPolicy.MANUAL  # type: ignore[attr-defined]
        settings = subscriber._connection_args  # type: ignore[attr-defined]
        assert settings["auto_offset_reset"] == "earliest"
        assert settings["enable_auto_commit"] is False


async def test_hostile_topics_have_a_subscriber_of_their_own(service: Service) -> None:
    assert len(subscribers_of(service)) == bool(service.own_topics) + len(service.outside_topics)
