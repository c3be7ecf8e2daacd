"""What those would do that would run: each service handles them, and rolls it back."""

from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import structlog

from console import store
from console.asking import Json, RefusedError
from console.desk import Desk
from console.domain.foreseeing import would_run
from console.domain.items import Item
from console.domain.jobs import Job, Mode
from service_runtime import Place, Record

LOG = structlog.get_logger("replay")
AT_ONCE = 50  # their orders wait meanwhile
PASSED_OVER = "passed_over"  # its reader's selector turns it away: it changes nothing there
MOST = 20_000  # a service; beyond that it is said how many were not rehearsed


class Rehearsal:
    """Collects what would run, by service, and then has it rehearsed."""

    def __init__(self, desk: Desk, job: Job) -> None:
        self._desk = desk
        self._job = job
        self._runs: dict[str, list[Item]] = defaultdict(list)
        self._errors: dict[str, Counter[str]] = defaultdict(Counter)
        self._not_rehearsed = 0

    def hear(self, service: str, items: Sequence[Item], standing: Sequence[Json]) -> None:
        """How these stand with a service."""
        for item, said in zip(items, standing, strict=True):
            if would_run(said["standing"], self._job.mode):
                self._runs[service].append(item)
            if said.get("error_class"):
                self._errors[service][said["error_class"]] += 1

    async def run(self) -> dict[str, Any]:
        """What would become of them, and which effects and messages would follow, by kind."""
        outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        effects, says = Counter[str](), Counter[str]()
        for service, items in self._runs.items() if self._job.mode is Mode.REPROCESS else ():
            self._not_rehearsed += max(0, len(items) - MOST)
            for some in portions(items[:MOST], AT_ONCE):
                told = await self._told(service, some)
                outcomes[service].update(told["outcomes"])
                effects.update(told["effects"])
                says.update(told["says"])
                await self._desk.tell(self._job, rehearsed=self._desk.progress.get("rehearsed", 0) + len(some))
        runs = {service: len(items) - outcomes[service][PASSED_OVER] for service, items in self._runs.items()}
        return {
            "would_run": runs,
            "errors": {service: dict(count) for service, count in self._errors.items()},
            "rehearsed": {service: dict(count) for service, count in outcomes.items()},
            "not_rehearsed": self._not_rehearsed,
            "effects": dict(effects),
            "says": dict(says),
        }

    async def _told(self, service: str, items: Sequence[Item]) -> Json:
        """What a service does not take for a rehearsal is counted; it is no reason to preview nothing."""
        try:
            return await self._rehearsed(service, items)
        except RefusedError as error:
            LOG.warning("not rehearsed", service=service, items=len(items), error=str(error))
            self._not_rehearsed += len(items)
            return {"outcomes": {}, "effects": {}, "says": {}}

    async def _rehearsed(self, service: str, items: Sequence[Item]) -> Json:
        """Nobody can say of a place alone that its record changes nothing there: who reads it can."""
        places = {item.n: Place(item.topic, item.partition, item.offset) for item in items}
        records = await self._desk.originals.at(list(places.values()))
        there = [n for n, place in places.items() if place in records]
        events = [_whole(records[places[n]]) for n in there]
        told = await self._desk.services.post(service, "/replay/rehearsal", {"events": events})
        over = {n: PASSED_OVER for n, word in zip(there, told["items"], strict=True) if word == PASSED_OVER}
        if over:
            await store.stand(self._desk.pool, self._job.replay_id, service, over)
        return told


def portions(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """So many at a time, an order's together: its queue is rehearsed whole, and must not be twice."""
    portion: list[Item] = []
    for _, its in groupby(sorted(items, key=lambda item: (item.order_id or "", item.n)), lambda item: item.order_id):
        of_the_order = list(its)
        if portion and len(portion) + len(of_the_order) > size:
            yield portion
            portion = []
        portion += of_the_order
        while len(portion) > size:
            yield portion[:size]
            portion = portion[size:]
    if portion:
        yield portion


def _whole(record: Record) -> Json:
    return {
        **record.place._asdict(),
        "timestamp": record.timestamp,
        "key": _b64(record.key),
        "value": _b64(record.value),
        "headers": [[name, _b64(text)] for name, text in record.headers],
    }


def _b64(raw: bytes | None) -> str | None:
    return None if raw is None else b64encode(raw).decode()
