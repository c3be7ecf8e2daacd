"""Only Kafka and PostgreSQL, without services: what integration tests stand on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from baesong.instance import InstanceSpec
from baesong.part import Say, silent
from baesong.running import Instance, running

Platform = Instance
BARE = InstanceSpec(services=(), mail=False, topics=False)


@asynccontextmanager
async def running_platform(say: Say = silent) -> AsyncIterator[Platform]:
    """Run a throwaway Kafka and PostgreSQL on free ports; both are gone at the end, also when the body fails."""
    async with running(BARE, say) as instance:
        yield instance
