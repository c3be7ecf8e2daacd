"""An operator's reset of a group to the beginning of everything it reads."""

import asyncio
import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from baesong.crash.reading import places
from baesong.crash.stage import LOOK_S, Stage, Strike
from baesong.crash.targets.target import Target
from baesong.services import SERVICES

LAST_BATCHES = 2
EMPTY_WITHIN_S = 15.0
READ_WITHIN_S = 60.0


class OffsetReset(Target):
    """A service is stopped, its groups are put back to the beginning, and it is started again: it says next to nothing.

    Kafka lets nobody else commit for a group that has members; the service leaves for good, so that it has none.
    """

    name = "offset-reset"

    async def strike(self, stage: Stage) -> None:
        """Reset one service after the other."""
        chance = Random(self.wish.seed)  # noqa: S311 - a plan to be drawn again
        for _ in range(self.strikes):
            await stage.flows()
            stage.struck(await _reset(stage, chance.choice(SERVICES)))


async def _reset(stage: Stage, service: str) -> Strike:
    await stage.instance.stop(service, for_good=True)
    lines, log = _lines(stage, service), stage.part(service).log
    since = time.monotonic()
    records = await _put_to_the_beginning(stage, service)
    await stage.instance.start(service)
    what = f"{service} put back by {records:,} records"
    if not records or not await _has_read(log, lines, records):
        return Strike(what, hit=False, why=f"it had not read them within {READ_WITHIN_S:.0f} s")
    said, most = _said_again(log, lines), await _said_by_last_batches(stage, service, lines)
    told = f"{what}; {said} records said again, at most {most} are fair"
    figures = {"said_again": said, "fair": most}
    return Strike(told, hit=said <= most, back_s=time.monotonic() - since, why=told, figures=figures)


async def _put_to_the_beginning(stage: Stage, service: str) -> int:
    """Commit 0 for every partition of the service's groups; how many records are to be read again."""
    connection = stage.instance.connection
    name = connection.topic(service.replace("_", "-"))
    admin = AIOKafkaAdminClient(bootstrap_servers=connection.bootstrap)
    await admin.start()
    try:
        groups = [group for group, *_ in await admin.list_consumer_groups() if group in {name, f"{name}.outside"}]
        records = 0
        for group in groups:
            await _until_empty(admin, group)
            committed = await admin.list_consumer_group_offsets(group)
            known = {part: found.offset for part, found in committed.items() if found.offset > 0}
            await _commit(connection.bootstrap, group, dict.fromkeys(known, 0))
            records += sum(known.values())
        return records
    finally:
        await admin.close()


async def _until_empty(admin: AIOKafkaAdminClient, group: str) -> None:
    """Wait until the group has no members: one that was killed is one until its session ends."""
    async with asyncio.timeout(EMPTY_WITHIN_S):
        while await _members(admin, group):  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(LOOK_S)


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    [answer] = await admin.describe_consumer_groups([group])
    return sum(len(found[5]) for found in answer.groups)


async def _commit(bootstrap: str, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(list(offsets))
        await consumer.commit(dict(offsets))
    finally:
        await consumer.stop()


def _lines(stage: Stage, service: str) -> int:
    return len(stage.part(service).log.read_text(errors="replace").splitlines())


def _batches(log: Path, first: int = 0, end: int | None = None) -> Iterable[Mapping[str, Any]]:
    """Give the batches that a service's log tells of, between these lines."""
    for line in log.read_text(errors="replace").splitlines()[first:end]:
        if '"batch"' in line:
            said = json.loads(line)
            if said.get("event") == "batch":
                yield said


async def _has_read(log: Path, first: int, records: int) -> bool:
    deadline = time.monotonic() + READ_WITHIN_S
    while sum(batch["records"] for batch in _batches(log, first)) < records:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_S * 4)
    return True


def _said_again(log: Path, first: int) -> int:
    return sum(batch["again"] for batch in _batches(log, first))


async def _said_by_last_batches(stage: Stage, service: str, end: int) -> int:
    """Count what the last two batches of each partition said: what a mark that lags may have said again."""
    stands = await places(stage.instance.connection)
    last: Mapping[TopicPartition, deque[int]] = defaultdict(lambda: deque(maxlen=LAST_BATCHES))
    said: list[Counter[TopicPartition]] = []
    for number, batch in enumerate(_batches(stage.part(service).log, end=end)):
        read = {event_id: stands[event_id] for _, _, event_id in batch["read"] if event_id in stands}
        said.append(Counter(read[cause] for cause, _, _ in batch["said"] if cause in read))
        for part in set(read.values()):
            last[part].append(number)
    return sum(said[number][part] for part, numbers in last.items() for number in numbers)
