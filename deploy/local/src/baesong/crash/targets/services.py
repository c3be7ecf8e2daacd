"""Services that kill themselves at named points; and two broken variants that must lose orders by the same kills."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import ClassVar

from baesong.api import Api
from baesong.crash.plan import REACHED, TELLING, Kill, in_twos, plan
from baesong.crash.stage import Stage
from baesong.crash.targets.target import Target
from baesong.errors import BaesongError
from baesong.instance import InstanceSpec
from baesong.services import SERVICES

VARIANTS = "baesong.crash.variants"  # run, never imported: it brings the whole runtime with it
BETWEEN_ACTS_S = 0.2
COUNTED = {"sku": "COUNTED-ALONE", "location_id": "KR-SEO"}


class Services(Target):
    """Each service dies at each of its points, drawn by the seed."""

    name = "services"
    variant: ClassVar[str | None] = None
    reached: ClassVar[Mapping[str, Sequence[str]]] = REACHED

    def spec(self) -> InstanceSpec:
        """Give an instance whose services know where their failpoints lie."""
        own = {service: {"BAESONG_FAILPOINTS": str(self.failpoints / service)} for service in SERVICES}
        altered = {service: ",".join(self._variants(service)) for service in SERVICES}
        modules = {service: [VARIANTS, variants, service] for service, variants in altered.items() if variants}
        return InstanceSpec(own=own, modules=modules)

    def _variants(self, service: str) -> list[str]:
        """Give how a service is altered: the one that must block orders puts some off."""
        blocks = "blocked_after_commit" in self.reached.get(service, ())
        return [*([self.variant] if self.variant else []), *(["hesitant"] if blocks else [])]

    async def strike(self, stage: Stage) -> None:
        """Kill two services at a time, the next when both are well again."""
        for kills in in_twos(plan(self.wish.seed, self.wish.kills, self.reached)):
            await asyncio.gather(*(_killed(kill, stage) for kill in kills))


class NaiveInbox(Services):
    """Killed the same way, with an inbox that only skips what it has seen: it must lose."""

    name = "naive-inbox"
    loses = True
    variant = "naive-inbox"
    reached = TELLING


class OffsetsFirst(Services):
    """Killed the same way, with offsets committed before the transaction: it must lose."""

    name = "offsets-first"
    loses = True
    variant = "offsets-first"
    reached = TELLING


async def _killed(kill: Kill, stage: Stage) -> None:
    async with _acts_of(kill, stage):
        stage.struck(await stage.kill(kill))


@asynccontextmanager
async def _acts_of(kill: Kill, stage: Stage) -> AsyncIterator[None]:
    """Nobody counts stock while orders flow: where the allocator is to die at such a request, somebody does."""
    if (kill.service, kill.point) != ("allocator", "act_after_commit"):
        yield
        return
    counting = asyncio.create_task(_count_stock(stage))
    try:
        yield
    finally:
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)


async def _count_stock(stage: Stage) -> None:
    async with Api(stage.instance.connection, "allocator") as allocator:
        for units in count(1):
            body = {"skus": [{"sku": COUNTED["sku"]}], "levels": [{**COUNTED, "on_hand": units}]}
            await _insisted(allocator, body, f"counted-{len(stage.strikes)}-{units}")
            await asyncio.sleep(BETWEEN_ACTS_S)


async def _insisted(allocator: Api, body: dict[str, object], key: str) -> None:
    """Send the same request under the same key until it is answered, as every client must."""
    while True:
        try:
            await allocator.write("PUT", "/stock", body, key)
        except BaesongError:
            await asyncio.sleep(BETWEEN_ACTS_S)
        else:
            return
