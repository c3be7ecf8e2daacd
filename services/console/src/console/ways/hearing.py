"""What became of what was sent: each service's own results, read until none is missing."""

import time

from console import store
from console.asking import A_PAGE, Json
from console.desk import Desk
from console.domain.items import is_outside
from console.domain.jobs import Job
from console.domain.pace import Patience

QUIET_S, LONGEST_S = 3.0, 60.0  # until all are read once more
STILL_RUNNING = "due"  # the one outcome that changes
HASH = 17  # `#` and 16 digits, behind the id of an outside record whose id another body had used


class Hearing:
    """Reads the results of each service from where it read last.

    Numbers are given when a result is written and seen when it is committed, so one may be passed over: while results
    are missing and nothing new comes, all are read once more, ever more rarely.
    """

    def __init__(self) -> None:
        self._patience = Patience(QUIET_S, LONGEST_S, time.monotonic())

    async def hear(self, desk: Desk, job: Job) -> bool:
        """Note what is new; whether anything was."""
        known = await store.heard(desk.pool, job.replay_id)
        again = self._patience.is_over(time.monotonic())
        news = 0
        for service in await store.open_wants(desk.pool, job.replay_id):
            news += await self._hear_of(desk, job, service, 0 if again else known.get(service, 0))
        if news or again:
            self._patience.begin(time.monotonic(), news=bool(news))
            await store.settle(desk.pool, job.replay_id)
        return bool(news)

    async def _hear_of(self, desk: Desk, job: Job, service: str, after: int) -> int:
        """How many items it is news of."""
        news = 0
        while True:
            results = await desk.services.results(service, job.replay_id, after)
            final = {name: one for one in results if one["outcome"] != STILL_RUNNING for name in _names(one)}
            if final:
                told = [(name, one["outcome"], one.get("reason")) for name, one in final.items()]
                news += await store.told(desk.pool, job.replay_id, service, told)
            if results:
                after = results[-1]["seq"]
                await store.hear(desk.pool, job.replay_id, service, after)
            if len(results) < A_PAGE:
                return news


def _names(result: Json) -> list[str]:
    """What the item may be called here."""
    item = str(result["item"])
    if is_outside(item.partition("/")[0]) and item[-HASH : 1 - HASH] == "#":
        return [item, item[:-HASH]]
    return [item]
