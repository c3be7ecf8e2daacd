"""The toy as a service on a platform: what it is sent, what it keeps, what it says."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from baesong.platform_only import Platform
from running_services import Raw, read_all, said, send
from service_runtime import Service, ServiceSettings
from toy import HANDLERS, Asked, lock_counts


@dataclass
class Toy:
    platform: Platform
    prefix: str
    settings: ServiceSettings
    db: "asyncpg.Connection[asyncpg.Record]"

    def service(self, **parts: Any) -> Service:
        return Service("toy", self.settings, HANDLERS, locks=[lock_counts], **parts)

    async def send(self, *records: Raw) -> None:
        await send(self.platform, self.prefix, records)

    async def counts(self) -> dict[str, list[int]]:
        return {r["order_id"]: list(r["said"]) for r in await self.db.fetch("SELECT order_id, said FROM counted")}

    async def told(self) -> list[Any]:
        return await read_all(self.platform, self.prefix + "toy.told")

    async def counts_are(self, wanted: dict[str, list[int]]) -> bool:
        return await self.counts() == wanted

    async def holds(self, sql: str) -> bool:
        return bool(await self.db.fetchval(sql))


def ask(order: str, n: int, failures: int = 0) -> Raw:
    return said(Asked(order_id=order, n=n, failures=failures), n, f"ask {order} {n}")
