"""What stands for the runner in tests of a service: originals of the log, ordered again on `<topic>.replay`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from baesong.platform_only import Platform
from running_services import eventually, read_all, send
from service_runtime.reading import Place, Record
from service_runtime.replay.ticket import Mode, Ticket, ordered

KEY = b"the runner's key"


class Fed(Protocol):
    """Something that is fed by topics of its own."""

    platform: Platform
    prefix: str


async def originals(toy: Fed, topic: str = "toy.asked") -> list[Record]:
    """Every record of a topic, in its order."""
    found = await read_all(toy.platform, toy.prefix + topic)
    return [
        Record(Place(topic, raw.partition, raw.offset), raw.key, raw.value, tuple(raw.headers), raw.timestamp)
        for raw in sorted(found, key=lambda raw: (raw.timestamp, raw.partition, raw.offset))
    ]


def ticket(record: Record, job: str = "job", mode: Mode = Mode.REPROCESS, **more: Any) -> Ticket:
    at = more.pop("at", datetime.now(UTC))
    return Ticket(job, mode, "mina", "a test", record.place, record.timestamp, at, **more)


async def order(toy: Fed, records: Sequence[Record], job: str = "job", key: bytes = KEY, **more: Any) -> None:
    """Write them to their topics' replays, as the runner does."""
    signed = [ordered(record, ticket(record, job, **more), key) for record in records]
    await send(toy.platform, toy.prefix, [(r.place.topic, r.key, r.value, list(r.headers)) for r in signed])


async def results(client: httpx.AsyncClient, job: str, count: int) -> list[tuple[str, str]]:
    """Outcome by item, once there are so many."""

    async def enough() -> list[dict[str, Any]]:
        found = (await client.get(f"/replay/{job}/results")).json()["results"]
        return list(found) if len(found) >= count else []

    found = await eventually(enough)
    assert len(found) == count, found
    return [(one["item"], one["outcome"]) for one in found]


async def outcomes(client: httpx.AsyncClient, job: str, count: int) -> list[str]:
    return sorted(outcome for _, outcome in await results(client, job, count))
