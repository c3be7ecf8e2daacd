"""Runs an instance for as long as a block of code lasts: the demo's and the tests' way, and that of `baesong up`."""

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from baesong.addresses import given_addresses
from baesong.assembly import add_services, connection_to, databases_made, http_ports, topics_made, undone
from baesong.connection import Connection
from baesong.databases import make_empty
from baesong.errors import BaesongError
from baesong.foundation import founded
from baesong.instance import InstanceSpec, State, owned_state, remove_contents
from baesong.ownership import claim, orphaned_folders
from baesong.part import Say, silent
from baesong.services import Service
from baesong.supervisor import Supervisor, stop_leftovers


class Instance:
    """An instance that runs: how to reach it, and a handle on each of its parts by name.

    Parts are `kafka`, `postgres`, `mail` and the services; further replicas are `allocator-1`, `allocator-2`.
    """

    def __init__(self, connection: Connection, supervisor: Supervisor) -> None:
        self.connection = connection
        self.supervisor = supervisor

    @property
    def bootstrap(self) -> str:
        """Where Kafka is."""
        return self.connection.bootstrap

    @property
    def admin_dsn(self) -> str:
        """PostgreSQL, as the administrator."""
        return self.connection.admin_dsn

    async def database(self, name: str) -> str:
        """Make a fresh empty database of that name, the administrator's, and give its address."""
        return await make_empty(self.admin_dsn, name)

    async def start(self, part: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a part that is down; `environment` holds settings of a service for this one start only."""
        found = self.supervisor.part(part)
        if isinstance(found, Service):
            found.next_start = dict(environment or {})
        elif environment:
            raise BaesongError(f"{part} takes no settings: it is no service")
        await self.supervisor.start([part])

    async def stop(self, part: str, *, for_good: bool = False) -> None:
        """Stop a part gracefully; it stays down until it is started. A replica that leaves for good says so."""
        await self.supervisor.stop(part, for_good=for_good)

    async def kill(self, part: str, *, stay_down: bool = False) -> None:
        """Kill a part (SIGKILL); the supervisor starts it again unless it shall stay down."""
        await self.supervisor.kill(part, stay_down=stay_down)

    async def hand_over(self, part: str) -> None:
        """Restart a service gracefully, its next process waiting before the old one stops."""
        await self.supervisor.hand_over(part)

    async def restart(self, part: str, environment: Mapping[str, str] | None = None) -> None:
        """Stop a part gracefully and start it again."""
        await self.stop(part)
        await self.start(part, environment)


@asynccontextmanager
async def running(spec: InstanceSpec, say: Say = silent) -> AsyncIterator[Instance]:
    """Start an instance, give it when all its parts are ready, and stop them all at the end, however that comes.

    Args:
        spec: what is wanted.
        say: told of each step, one line each.

    Raises:
        BaesongError: a part cannot be had; whatever was started is stopped again.
    """
    await clear_orphans()
    state = await owned_state(spec)
    supervisor = Supervisor(state.folder, say)
    try:
        async with _assembled(spec, state, supervisor, say) as connection:
            yield Instance(connection, supervisor)
    finally:
        await supervisor.stop_all()
        state.release()


@asynccontextmanager
async def _assembled(spec: InstanceSpec, state: State, supervisor: Supervisor, say: Say) -> AsyncIterator[Connection]:
    given, environment = given_addresses(os.environ, spec.mark), dict(os.environ)
    ports = http_ports(spec)
    foundation = await founded(spec, state, given, supervisor, say, environment)
    topics = await topics_made(spec, state, foundation.bootstrap)
    try:
        dsns = await databases_made(spec, state, given, foundation.admin_dsn)
        connection = connection_to(spec, state, foundation, dsns, ports)
        connection.noted()
        await supervisor.start(add_services(spec, connection, ports, supervisor, environment))
        yield connection
    finally:
        await supervisor.stop_services()
        await undone(spec, state, given, topics)


async def clear_orphans() -> None:
    """Stop and remove the temporary instances whose owner died without tidying up, but for those another clears."""
    for folder in orphaned_folders():
        with suppress(BaesongError):
            await _cleared(folder)


async def _cleared(folder: Path) -> None:
    with claim(folder):
        await stop_leftovers(folder)
        remove_contents(folder)
        shutil.rmtree(folder, ignore_errors=True)
