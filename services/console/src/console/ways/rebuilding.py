"""Rebuild: a projection is made anew beside the one that serves, by the service whose it is, then put in its place."""

from collections.abc import Sequence
from typing import Any

from console import store
from console.asking import Json, RefusedError
from console.desk import Desk
from console.domain.items import Item
from console.domain.jobs import Job
from console.ways.picking import selector_kept

A_PAGE = 1000


class Rebuilding:
    """See `desk.Way`; an item is a projection, named service/projection."""

    def __init__(self) -> None:
        self._read: dict[int, int] = {}  # records, of what is under way

    async def foresee(self, desk: Desk, job: Job) -> dict[str, Any]:
        """Which projections, of which tables."""
        topic, items, stands = selector_kept(job).topic, list[Item](), dict[str, dict[str, int]]()
        for service in job.services or desk.services.names:
            found = (await desk.services.get(service, "/projections"))["projections"]
            names = [str(one["name"]) for one in found if topic is None or topic in one["topics"]]
            items += [
                Item(n=len(items) + n, item=name, topic=service, wants=(service,)) for n, name in enumerate(names, 1)
            ]
            stands |= {service: {"to be rebuilt": len(names)}} if names else {}
        if not items:
            raise RefusedError("nobody who is asked keeps a projection of that: give another --topic or --service")
        await desk.save(job, items)
        return {"by_status": stands, "would_run": {service: sum(c.values()) for service, c in stands.items()},
                "effects": {}, "says": {}, "obstacles": []}  # fmt: skip

    async def prepare(self, desk: Desk, items: Sequence[Item]) -> None:
        """Nothing: see `send`."""

    async def send(self, desk: Desk, job: Job, items: Sequence[Item]) -> None:
        """Have them rebuilt, once per job."""
        for item in items:
            body = {"replay_id": job.replay_id, "actor": job.actor, "reason": job.reason}
            path = f"/projections/{item.item}/rebuild"
            await desk.services.post(item.wants[0], path, body, f"{job.replay_id}-{item.item}")
            await store.sent(desk.pool, job.replay_id, [item.n], desk.clock.now())

    async def hear(self, desk: Desk, job: Job) -> bool:
        """Which are at their end; a record more of one that is not is news too."""
        news = False
        for row in await store.items(desk.pool, job.replay_id, 0, A_PAGE):
            item = store.item_of_row(row)
            if row["state"] == "sent":
                told = await desk.services.get(item.wants[0], f"/projections/{item.item}")
                if result := _result(told, job.replay_id):
                    await store.known(desk.pool, job.replay_id, item.wants[0], [(item.n, *result)])
                news |= result is not None or told["records"] != self._read.get(item.n)
                self._read[item.n] = told["records"]
        return news


def _result(told: Json, replay_id: str) -> tuple[str, str] | None:
    """What came of it; None while it is being made."""
    if told["replay_id"] != replay_id:
        return "superseded", f"another job rebuilds it: {told['replay_id']}"
    if told["state"] == "failed":
        return "refused", str(told["error"])
    if told["state"] != "done":
        return None
    return "handled", f"{told['records']} records in {told['seconds']} s; its hash is {_compared(told)}"


def _compared(told: Json) -> str:
    if told["hash_before"] is None:
        return "not compared with the one before"
    return "the same as before" if told["hash_before"] == told["hash_after"] else "not the same as before"
