"""Reinterpret: order-intake reads the stored raw input of accepted orders anew, by today's rules."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from console import store
from console.asking import Json, RefusedError
from console.desk import Desk
from console.domain.items import Item
from console.domain.jobs import Job
from console.domain.selecting import Selector
from console.ways.picking import selector_kept

OWNER = "order-intake"
A_PAGE = 1000
AT_ONCE = 200
DIFFERS = "differs"
LISTED = 1000  # orders of which something had left already


class Reinterpreting:
    """See `desk.Way`. Its answer to a request is the result: nothing is heard later."""

    async def foresee(self, desk: Desk, job: Job) -> dict[str, Any]:
        """Each order's standing; of those that differ, what is held and what today's rules make of it."""
        orders = await _orders(desk, job, selector_kept(job))
        if not orders:
            raise RefusedError("no order was taken in then: look at --since, --until and --orders")
        items = [Item(n=n, item=one, order_id=one, topic=OWNER, wants=(OWNER,)) for n, one in enumerate(orders, 1)]
        await desk.save(job, items)
        counts, diffs, dispatched = Counter[str](), dict[str, list[Json]](), list[Json]()
        for start in range(0, len(items), AT_ONCE):
            some = items[start : start + AT_ONCE]
            body = {"order_ids": [one.item for one in some]}
            told = (await desk.services.post(OWNER, "/reinterpretations/preview", body))["orders"]
            by_id = {one["order_id"]: one for one in told}
            standing = {one.n: by_id.get(one.item, {}).get("standing", "no_order") for one in some}
            await store.stand(desk.pool, job.replay_id, OWNER, standing)
            counts.update(standing.values())
            diffs |= {one["order_id"]: one["diff"] for one in told if one["standing"] == DIFFERS and len(diffs) < 20}
            dispatched += [{"order_id": one["order_id"], "dispatched": one["dispatched"]} for one in told
                           if one.get("dispatched") and one["standing"] == DIFFERS]  # fmt: skip
            await desk.tell(job, asked=start + len(some))
        return {"by_status": {OWNER: dict(counts)}, "would_run": {OWNER: counts[DIFFERS]}, "effects": {},
                "says": {"order.changed": counts[DIFFERS]}, "diffs": diffs, "dispatched": dispatched[:LISTED],
                "dispatched_orders": len(dispatched), "obstacles": _obstacles(len(dispatched))}  # fmt: skip

    async def prepare(self, desk: Desk, items: Sequence[Item]) -> None:
        """Nothing: see `send`."""

    async def send(self, desk: Desk, job: Job, items: Sequence[Item]) -> None:
        """Have them read anew, each order once per job; what became of it is the answer."""
        ids = [item.item for item in items]
        body = {"order_ids": ids, "actor": job.actor, "reason": job.reason}
        answer = await desk.services.post(OWNER, f"/replay/{job.replay_id}/reinterpret", body)
        told = {one["order_id"]: one for one in answer["results"]}
        results = [(item.n, told[item.item]["outcome"], told[item.item].get("reason")) for item in items
                   if item.item in told]  # fmt: skip
        unanswered = [(item.n, "missing", "there is no answer") for item in items if item.item not in told]
        await store.known(desk.pool, job.replay_id, OWNER, [*results, *unanswered])

    async def hear(self, desk: Desk, job: Job) -> bool:  # noqa: ARG002 - see `desk.Way`
        """Nothing: see `send`."""
        return False


def _obstacles(dispatched: int) -> list[str]:
    return [f"of {dispatched} orders that differ something has left: that stays, and is listed"] if dispatched else []


async def _orders(desk: Desk, job: Job, selector: Selector) -> list[str]:
    if selector.orders:
        return sorted(selector.orders)
    found: list[str] = []
    asked: dict[str, Any] = {"limit": A_PAGE}
    asked |= {"since": selector.since.isoformat()} if selector.since else {}
    asked |= {"until": selector.until.isoformat()} if selector.until else {}
    while True:
        page = await desk.services.get(OWNER, "/raw-inputs", **asked)
        found += [str(one["order_id"]) for one in page["orders"]]
        await desk.tell(job, found=len(found))
        if page["next"] is None:
            return list(dict.fromkeys(found))
        asked["after"] = page["next"]
