"""Republish: the service that said something says its stored rows again, byte for byte, under the same ids."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

from console import store
from console.asking import Json, RefusedError
from console.desk import Desk
from console.domain.items import Item
from console.domain.jobs import Job
from console.domain.selecting import Selector, milliseconds
from console.ways.hearing import Hearing
from console.ways.picking import selector_kept

A_PAGE = 1000
ORDERS_AT_ONCE = 1000


class Republishing(Hearing):
    """See `desk.Way`. Whose rows a topic's are is found by asking: only its owner has any."""

    async def foresee(self, desk: Desk, job: Job) -> dict[str, Any]:
        """Which rows, and whose."""
        selector = selector_kept(job)
        items: list[Item] = []
        for service in job.services or desk.services.names:
            async for rows in _said(desk, service, selector):
                items += [_item(selector, service, row, len(items) + n) for n, row in enumerate(rows, 1)]
                await desk.tell(job, found=len(items))
        if not items:
            raise RefusedError(f"nobody has said anything on {selector.topic} then: look at --topic, --since, --until")
        await desk.save(job, items)
        counts: dict[str, int] = defaultdict(int)
        for item in items:
            counts[item.wants[0]] += 1
        stands = {service: {"said": count} for service, count in counts.items()}
        return {"by_status": stands, "would_run": dict(counts), "effects": {}, "says": {selector.topic: len(items)},
                "obstacles": []}  # fmt: skip

    async def prepare(self, desk: Desk, items: Sequence[Item]) -> None:
        """Nothing: see `send`."""

    async def send(self, desk: Desk, job: Job, items: Sequence[Item]) -> None:
        """Have them said again, once per job; what is gone is told at once."""
        by_service: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            by_service[item.wants[0]].append(item)
        for service, its in by_service.items():
            ids = [item.item for item in its]
            body: Json = {"topic": its[0].topic, "event_ids": ids, "actor": job.actor, "reason": job.reason}
            body |= _when(its)
            answer = await desk.services.post(service, f"/replay/{job.replay_id}/republish", body)
            gone = set(answer.get("missing", ()))
            await store.sent(desk.pool, job.replay_id, [item.n for item in its], desk.clock.now())
            missing = [(item.n, "missing", "its row is no longer stored") for item in its if item.item in gone]
            await store.known(desk.pool, job.replay_id, service, missing)


async def _said(desk: Desk, service: str, selector: Selector) -> AsyncIterator[list[Json]]:
    """What a service stored of the topic; who stores nothing at all has no such endpoint."""
    orders = sorted(selector.orders)
    portions: list[list[str] | None] = [orders[n : n + ORDERS_AT_ONCE] for n in range(0, len(orders), ORDERS_AT_ONCE)]
    for some in portions or [None]:
        after = None
        while True:
            body = {
                "topic": selector.topic,
                "since": selector.since.isoformat() if selector.since else None,
                "until": selector.until.isoformat() if selector.until else None,
                "order_ids": some,
                "after": after,
                "limit": A_PAGE,
            }
            page = await desk.services.post(service, "/replay/said", body)
            yield page["rows"]
            after = page["next"]
            if after is None:
                break


def _when(items: Sequence[Item]) -> Json:
    """The time they were said in, which is kept in whole milliseconds here: with it they are found at once."""
    times = [item.recorded_at for item in items]
    first, last = (datetime.fromtimestamp(ms / 1000, tz=UTC) for ms in (min(times) - 1, max(times) + 2))
    return {"since": first.isoformat(), "until": last.isoformat()}


def _item(selector: Selector, service: str, row: Json, n: int) -> Item:
    return Item(
        n=n,
        item=str(row["event_id"]),
        topic=selector.topic or "",
        recorded_at=milliseconds(datetime.fromisoformat(row["at"])),
        event_id=str(row["event_id"]),
        order_id=row["key"],
        wants=(service,),
    )
